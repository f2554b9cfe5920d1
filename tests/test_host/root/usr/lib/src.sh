# Sourced by the commands that act on subsystems, and by the others that note their calls.
name=${0##*/}
state=/var/adm/test_host # which processes were started, what was called, what is to fail

# The shape that the tests of the whole project use: a name, or a name with all its words.
if grep -qxF -e "$name" -e "$name $*" $state/fails 2>/dev/null; then
	echo "0513-999 $name was told to fail" >&2
	exit 1
fi

log() { echo "$name $*" >>$state/calls; }

# The first words are options of which each has a value, joined to it or not: -s NAME, -sNAME, -a ARGUMENTS.
subsystem='' arguments=''
take_options() {
	typeset option
	while getopts s:a: option; do
		case $option in
		s) subsystem=$OPTARG ;;
		a) arguments=$OPTARG ;;
		*) exit 1 ;;
		esac
	done
}

# What the SRC of this host has on file.
group_of() {
	case $1 in
	inetd | snmpd | dpid2) echo tcpip ;;
	syslogd) echo ras ;;
	portmap) echo portmap ;;
	sendmail) echo mail ;;
	biod | nfsd | rpc.mountd | rpc.statd | rpc.lockd) echo nfs ;;
	lpd | qdaemon | writesrv) echo spooler ;;
	*) return 1 ;;
	esac
}

require_on_file() {
	group_of "$1" >/dev/null || {
		echo "0513-085 The $1 Subsystem is not on file." >&2
		exit 1
	}
}

# The process that startsrc has started, while it runs; one that has ended and is not yet buried does not.
pid_of() {
	typeset pid line
	pid=$(cat $state/pids/"$1" 2>/dev/null) && line=$(cat /proc/"$pid"/stat 2>/dev/null) && [[ $line != *') Z '* ]] &&
		echo "$pid"
}
