# cmake -DSOURCE=DIR -P check_layers.cmake
# Fails if a file includes what its layer must not know: document <- plan <- system <- module. And of the C library all
# of them know the headers of POSIX.1-2008 with XSI alone.
cmake_minimum_required(VERSION 3.25)

# The includes of the files below `directory` that match none of the allowed names.
function(check_layer directory)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "ALLOWED;FORBIDDEN")
    list(JOIN layer_ALLOWED "|" allowed)
    list(JOIN layer_FORBIDDEN "|" forbidden)
    file(GLOB_RECURSE files RELATIVE "${SOURCE}" "${SOURCE}/${directory}/*.cpp" "${SOURCE}/${directory}/*.hpp")
    foreach(file IN LISTS files)
        file(STRINGS "${SOURCE}/${file}" lines REGEX "^[ \t]*#[ \t]*include")
        foreach(line IN LISTS lines)
            if(line MATCHES "\"(.*)\"" AND NOT CMAKE_MATCH_1 MATCHES "^(${allowed})")
                message(SEND_ERROR "${file}: ${line}: not a lower layer")
            elseif(line MATCHES "<(.*)>" AND CMAKE_MATCH_1 MATCHES "^(${forbidden})")
                message(SEND_ERROR "${file}: ${line}: not for this layer")
            endif()
        endforeach()
    endforeach()
endfunction()

# Others: inside of an #if for the system that has them, or had everywhere.
set(beyond_posix
    "lib/system/access_control_list.cpp: sys/xattr.h" # Linux
    "lib/system/access_control_list.cpp: sys/acl.h"   # AIX
    "lib/system/extended_attributes.cpp: sys/xattr.h" # Linux
    "lib/system/extended_attributes.cpp: sys/ea.h"    # AIX
    "module/main.cpp: sys/ioctl.h")                   # the width of a terminal; POSIX has none before 2024

set(posix_headers
    aio arpa/inet assert complex cpio ctype dirent dlfcn errno fcntl fenv float fmtmsg fnmatch ftw glob grp iconv
    inttypes iso646 langinfo libgen limits locale math monetary mqueue ndbm net/if netdb netinet/in netinet/tcp nl_types
    poll pthread pwd regex sched search semaphore setjmp signal spawn stdarg stdbool stddef stdint stdio stdlib string
    strings stropts sys/ipc sys/mman sys/msg sys/resource sys/select sys/sem sys/shm sys/socket sys/stat sys/statvfs
    sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar termios tgmath time trace ulimit unistd
    utime utmpx wchar wctype wordexp)

function(check_system_headers)
    file(GLOB_RECURSE files RELATIVE "${SOURCE}" "${SOURCE}/lib/*.[ch]pp" "${SOURCE}/module/*.[ch]pp")
    foreach(file IN LISTS files)
        file(STRINGS "${SOURCE}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*<[a-z_/0-9]+\\.h>")
        foreach(line IN LISTS lines)
            string(REGEX REPLACE ".*<(.*)\\.h>.*" "\\1" header "${line}")
            if(NOT header IN_LIST posix_headers AND NOT header MATCHES "^git2(/|$)"
               AND NOT "${file}: ${header}.h" IN_LIST beyond_posix)
                message(SEND_ERROR "${file}: ${line}: not in POSIX.1-2008 with XSI")
            endif()
        endforeach()
    endforeach()
endfunction()

set(system_headers "[a-z_/0-9]+\\.h$") # unistd.h, sys/stat.h, ...: the C library beyond the standard C++ headers
check_layer(lib/document ALLOWED error.hpp document/ FORBIDDEN boost/ git2 ${system_headers})
check_layer(lib/plan ALLOWED error.hpp document/ plan/ FORBIDDEN boost/ git2 ${system_headers})
check_layer(lib/system ALLOWED error.hpp document/ plan/ system/ FORBIDDEN boost/)
check_layer(module ALLOWED "" FORBIDDEN git2)
check_system_headers()
