/* Preloaded before libc: counts the system calls of a program, and disturbs it at one of them.
 *
 *   DISTURB_CALLS  which calls count: "writing" (all that change a file, the default) or names: "open,fsync". To open
 *                  a file for reading is "look"
 *   DISTURB_AT     the number of the call, from 1; "7+" also all that come after
 *   DISTURB_DO     "kill" (the call is not made any more), "SIGTERM" (which comes before it), "short" (a write of half the bytes), a number of errno, or
 *                  what an editor does before it: "replace" (renames DISTURB_FROM to DISTURB_TO) or "append" (adds
 *                  DISTURB_TEXT to DISTURB_TO)
 *   DISTURB_LOG    a file that gets a record for each call that counts: its name and ordinal, its paths, and its data
 *   DISTURB_TIME   what time it is, in seconds since 1970, always: two runs then write the same commits
 *
 * tests/acceptance/disturbed.py is its user; kill.py holds the list of calls below against what strace sees.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static const char *calls = "writing";
static long at, seen;
static int and_after, shortens, error, log_file = -1;
static time_t now;
static void replace(void), append(void), ask(void), (*edit)(void);

/* What stands for "the real one" of a function here. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void set_up(void) {
    const char *text;
    if ((text = getenv("DISTURB_CALLS")))
        calls = text;
    if ((text = getenv("DISTURB_AT"))) {
        at = atol(text);
        and_after = strchr(text, '+') != NULL;
    }
    if ((text = getenv("DISTURB_DO"))) {
        shortens = strcmp(text, "short") == 0;
        edit = strcmp(text, "replace") == 0 ? replace : strcmp(text, "append") == 0 ? append : strcmp(text, "SIGTERM") == 0 ? ask : NULL;
        error = atoi(text);
    }
    if ((text = getenv("DISTURB_TIME")))
        now = atol(text);
    if ((text = getenv("DISTURB_LOG"))) {
        int low = REAL(open)(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        log_file = fcntl(low, F_DUPFD, 500); /* out of the way: the program's descriptors stay as they are */
        fcntl(log_file, F_SETFD, FD_CLOEXEC);
        REAL(close)(low);
    }
}

static int counts(const char *call, int writes) {
    if (strcmp(calls, "writing") == 0)
        return writes;
    size_t size = strlen(call);
    for (const char *name = calls; name; name = strchr(name, ',') ? strchr(name, ',') + 1 : NULL)
        if (strncmp(name, call, size) == 0 && (name[size] == ',' || name[size] == '\0'))
            return 1;
    return 0;
}

/* An absolute path, of a name in a directory or of an open file. */
static const char *path_of(char *room, int directory, const char *name) {
    char link[64], place[4096] = "";
    ssize_t size = 0;
    if (name && name[0] == '/')
        return name;
    if (directory == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    size = syscall(SYS_readlinkat, AT_FDCWD, link, place, sizeof place - 1);
    place[size < 0 ? 0 : size] = '\0';
    snprintf(room, 8192, name ? "%s/%s" : "%s%s", place, name ? name : "");
    return room;
}

struct call {
    const char *name;
    int writes;         /* it changes a file */
    int directory;      /* with a path: where that begins */
    const char *path;   /* or the file itself, if there is none */
    int directory2;
    const char *path2;
    long number;        /* offset, mode, length, owner ... */
    const void *data;
    size_t size;
};

static void record(const struct call *call) {
    char room[8192], room2[8192], head[20000];
    const char *path = path_of(room, call->directory, call->path);
    const char *path2 = call->path2 ? path_of(room2, call->directory2, call->path2) : "";
    int size = snprintf(head, sizeof head, "%s\t%s\t%s\t%ld\t%zu\n", call->name, path, path2, call->number, call->size);
    struct iovec parts[] = {{head, (size_t)size}, {(void *)call->data, call->size}, {"\n", 1}};
    syscall(SYS_writev, log_file, parts, 3);
}

static void replace(void) { REAL(rename)(getenv("DISTURB_FROM"), getenv("DISTURB_TO")); }

static void append(void) {
    const char *text = getenv("DISTURB_TEXT");
    int to = REAL(open)(getenv("DISTURB_TO"), O_WRONLY | O_APPEND);
    if (REAL(write)(to, text, strlen(text)) < 0)
        abort();
    REAL(close)(to);
}

static void ask(void) { kill(getpid(), SIGTERM); }

/* Whether this call is to fail; errno says how. */
static int disturbed(struct call call) {
    int before = errno;
    if (!counts(call.name, call.writes))
        return 0;
    ++seen;
    if (log_file >= 0)
        record(&call);
    if (edit && seen == at)
        edit();
    errno = before;
    if (at == 0 || seen < at || (seen > at && !and_after) || shortens || edit)
        return 0;
    if (error == 0)
        kill(getpid(), SIGKILL);
    errno = error;
    return 1;
}

static size_t perhaps_less(size_t size) {
    return shortens && size > 1 && (seen == at || (and_after && seen > at)) ? size / 2 : size;
}

/* ---- opening */

static int is_writing(int flags) { return (flags & (O_CREAT | O_TRUNC)) || (flags & O_ACCMODE) != O_RDONLY; }

static mode_t mode_from(int flags, va_list more) {
    return flags & O_CREAT ? (mode_t)va_arg(more, int) : 0;
}

#define MODE(mode)                                                                                                     \
    va_list more;                                                                                                      \
    va_start(more, flags);                                                                                             \
    mode = mode_from(flags, more);                                                                                     \
    va_end(more)

int openat(int directory, const char *path, int flags, ...) {
    mode_t mode;
    char octal[16];
    MODE(mode);
    int size = snprintf(octal, sizeof octal, "%o", (unsigned)mode);
    if (disturbed((struct call){is_writing(flags) ? "open" : "look", is_writing(flags), directory, path, .number = flags, .data = octal, .size = (size_t)size}))
        return -1;
    return REAL(openat)(directory, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    mode_t mode;
    MODE(mode);
    return openat(AT_FDCWD, path, flags, mode);
}

/* What open and openat become under -D_FORTIFY_SOURCE. */
int __open_2(const char *path, int flags) { return open(path, flags); }
int __openat_2(int directory, const char *path, int flags) { return openat(directory, path, flags); }

/* ---- files */

ssize_t read(int file, void *room, size_t size) {
    if (disturbed((struct call){"read", 0, file}))
        return -1;
    return REAL(read)(file, room, size);
}

ssize_t pread(int file, void *room, size_t size, off_t offset) {
    if (disturbed((struct call){"read", 0, file}))
        return -1;
    return REAL(pread)(file, room, size, offset);
}

/* Standard output and what the binary says there are not files of the host. */
ssize_t write(int file, const void *data, size_t size) {
    if (file > 2 && disturbed((struct call){"write", 1, file, .number = lseek(file, 0, SEEK_CUR), .data = data, .size = size}))
        return -1;
    return REAL(write)(file, data, file > 2 ? perhaps_less(size) : size);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
    if (disturbed((struct call){"write", 1, file, .number = offset, .data = data, .size = size}))
        return -1;
    return REAL(pwrite)(file, data, perhaps_less(size), offset);
}

int ftruncate(int file, off_t size) {
    if (disturbed((struct call){"ftruncate", 1, file, .number = size}))
        return -1;
    return REAL(ftruncate)(file, size);
}

int fsync(int file) {
    if (disturbed((struct call){"fsync", 1, file}))
        return -1;
    return REAL(fsync)(file);
}

int fdatasync(int file) {
    if (disturbed((struct call){"fsync", 1, file}))
        return -1;
    return REAL(fdatasync)(file);
}

/* ---- names */

int rename(const char *from, const char *to) {
    if (disturbed((struct call){"rename", 1, AT_FDCWD, from, AT_FDCWD, to}))
        return -1;
    return REAL(rename)(from, to);
}

int renameat(int directory, const char *from, int directory2, const char *to) {
    if (disturbed((struct call){"rename", 1, directory, from, directory2, to}))
        return -1;
    return REAL(renameat)(directory, from, directory2, to);
}

int link(const char *from, const char *to) {
    if (disturbed((struct call){"link", 1, AT_FDCWD, from, AT_FDCWD, to}))
        return -1;
    return REAL(link)(from, to);
}

int linkat(int directory, const char *from, int directory2, const char *to, int flags) {
    if (disturbed((struct call){"link", 1, directory, from, directory2, to}))
        return -1;
    return REAL(linkat)(directory, from, directory2, to, flags);
}

int symlink(const char *target, const char *path) {
    if (disturbed((struct call){"symlink", 1, AT_FDCWD, path, .data = target, .size = strlen(target)}))
        return -1;
    return REAL(symlink)(target, path);
}

int symlinkat(const char *target, int directory, const char *path) {
    if (disturbed((struct call){"symlink", 1, directory, path, .data = target, .size = strlen(target)}))
        return -1;
    return REAL(symlinkat)(target, directory, path);
}

int unlink(const char *path) {
    if (disturbed((struct call){"unlink", 1, AT_FDCWD, path}))
        return -1;
    return REAL(unlink)(path);
}

int unlinkat(int directory, const char *path, int flags) {
    if (disturbed((struct call){flags & AT_REMOVEDIR ? "rmdir" : "unlink", 1, directory, path}))
        return -1;
    return REAL(unlinkat)(directory, path, flags);
}

int rmdir(const char *path) {
    if (disturbed((struct call){"rmdir", 1, AT_FDCWD, path}))
        return -1;
    return REAL(rmdir)(path);
}

int remove(const char *path) { /* libc's calls its own unlink, unseen */
    return unlink(path) == 0 ? 0 : errno == EISDIR || errno == EPERM ? rmdir(path) : -1;
}

int mkdir(const char *path, mode_t mode) {
    if (disturbed((struct call){"mkdir", 1, AT_FDCWD, path, .number = mode}))
        return -1;
    return REAL(mkdir)(path, mode);
}

int mkdirat(int directory, const char *path, mode_t mode) {
    if (disturbed((struct call){"mkdir", 1, directory, path, .number = mode}))
        return -1;
    return REAL(mkdirat)(directory, path, mode);
}

/* ---- attributes */

int chmod(const char *path, mode_t mode) {
    if (disturbed((struct call){"chmod", 1, AT_FDCWD, path, .number = mode}))
        return -1;
    return REAL(chmod)(path, mode);
}

int fchmod(int file, mode_t mode) {
    if (disturbed((struct call){"chmod", 1, file, .number = mode}))
        return -1;
    return REAL(fchmod)(file, mode);
}

int fchmodat(int directory, const char *path, mode_t mode, int flags) {
    if (disturbed((struct call){"chmod", 1, directory, path, .number = mode}))
        return -1;
    return REAL(fchmodat)(directory, path, mode, flags);
}

int fchown(int file, uid_t owner, gid_t group) {
    if (disturbed((struct call){"chown", 1, file, .number = owner}))
        return -1;
    return REAL(fchown)(file, owner, group);
}

int fchownat(int directory, const char *path, uid_t owner, gid_t group, int flags) {
    if (disturbed((struct call){"chown", 1, directory, path, .number = owner}))
        return -1;
    return REAL(fchownat)(directory, path, owner, group, flags);
}

int fsetxattr(int file, const char *name, const void *value, size_t size, int flags) {
    if (disturbed((struct call){"setxattr", 1, file, .data = value, .size = size}))
        return -1;
    return REAL(fsetxattr)(file, name, value, size, flags);
}

int fremovexattr(int file, const char *name) {
    if (disturbed((struct call){"removexattr", 1, file}))
        return -1;
    return REAL(fremovexattr)(file, name);
}

int utimes(const char *path, const struct timeval times[2]) {
    if (disturbed((struct call){"utimes", 1, AT_FDCWD, path}))
        return -1;
    return REAL(utimes)(path, times);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
    if (disturbed((struct call){"utimes", 1, directory, path}))
        return -1;
    return REAL(utimensat)(directory, path, times, flags);
}

/* ---- the time, and what else differs from run to run */

int getentropy(void *room, size_t size) {
    if (!now)
        return REAL(getentropy)(room, size);
    memset(room, 1, size);
    return 0;
}

time_t time(time_t *room) {
    time_t result = now ? now : REAL(time)(NULL);
    if (room)
        *room = result;
    return result;
}

int gettimeofday(struct timeval *restrict room, void *restrict zone) {
    int result = REAL(gettimeofday)(room, zone);
    if (now)
        *room = (struct timeval){now, 0};
    return result;
}
