/* libc as AIX has it, where a program can tell it from this system's: loaded before libc, it answers in its place.
 *
 * What AIX does is known from its documentation and from what portable programs (gnulib, git, libuv) had to do about it;
 * behaviours[] below has a line for each. tests/acceptance/aix_behaviour.py compiles this with
 *
 *   COUNTS         the number of a System V shared memory segment with two longs for each behaviour: how often a function was
 *                  called that behaves so, and how often that made a difference. No file: tests look at those that are open
 *
 * and the functions aix_ at the end are for it alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum behaviour { DUPLICATING, SYNCING, LINKS, ACCESS, TEXTS, NO_MEMORY, ERRNO, NOT_EMPTY, WAITING, HANGING_UP, PROC, DIRECTORIES };

static const char *const behaviours[] = {
    [DUPLICATING] = "fcntl does not know F_DUPFD_CLOEXEC",
    [SYNCING] = "fsync wants a descriptor that is open for writing",
    [LINKS] = "readlink fails where there is too little room",
    [ACCESS] = "access lets root execute every file",
    [TEXTS] = "strerror says whole sentences",
    [NO_MEMORY] = "no bytes of memory are a null pointer",
    [ERRNO] = "malloc and free change errno",
    [NOT_EMPTY] = "a directory that is not empty is EEXIST",
    [WAITING] = "waitid does not know WNOWAIT",
    [HANGING_UP] = "poll says of a closed pipe that it can be read",
    [PROC] = "there is no /proc",
    [DIRECTORIES] = "directories can be read like files",
    NULL};

/* What stands for "the real one" of a function here. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static struct {
    long calls, differences;
} *counts;

__attribute__((constructor)) static void attach_counts(void) {
    void *memory = shmat(COUNTS, NULL, 0);
    counts = memory == (void *)-1 ? NULL : memory;
}

static void count_call(enum behaviour which) {
    if (counts)
        __atomic_add_fetch(&counts[which].calls, 1, __ATOMIC_RELAXED);
}

static void count_difference(enum behaviour which) {
    if (counts)
        __atomic_add_fetch(&counts[which].differences, 1, __ATOMIC_RELAXED);
}

static int failed(enum behaviour which, int error) {
    count_difference(which);
    errno = error;
    return -1;
}

/* ---- descriptors */

int fcntl(int file, int command, ...) {
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    count_call(DUPLICATING);
    return command == F_DUPFD_CLOEXEC ? failed(DUPLICATING, EINVAL) : REAL(fcntl)(file, command, argument);
}

/* What is refused is done all the same: kill.py compares the calls with those that strace sees. */
int fsync(int file) {
    count_call(SYNCING);
    int flags = REAL(fcntl)(file, F_GETFL), result = REAL(fsync)(file);
    return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY ? failed(SYNCING, EBADF) : result;
}

int poll(struct pollfd *files, nfds_t number, int time) {
    count_call(HANGING_UP);
    int result = REAL(poll)(files, number, time);
    for (nfds_t i = 0; result > 0 && i < number; ++i)
        if (files[i].revents & POLLHUP) {
            count_difference(HANGING_UP);
            files[i].revents = (short)((files[i].revents & ~POLLHUP) | (files[i].events & POLLIN));
        }
    return result;
}

/* ---- opening */

static int is_in_proc(const char *path) {
    count_call(PROC);
    return strcmp(path, "/proc") == 0 || strncmp(path, "/proc/", 6) == 0;
}

int openat(int directory, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? (mode_t)va_arg(more, int) : 0;
    va_end(more);
    return is_in_proc(path) ? failed(PROC, ENOENT) : REAL(openat)(directory, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? (mode_t)va_arg(more, int) : 0;
    va_end(more);
    return is_in_proc(path) ? failed(PROC, ENOENT) : REAL(open)(path, flags, mode);
}

DIR *opendir(const char *path) {
    if (!is_in_proc(path))
        return REAL(opendir)(path);
    failed(PROC, ENOENT);
    return NULL;
}

/* The entries of System V, as a program sees them that reads a directory like a file. */
static char entries[32] = "\0\2.\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2..";

FILE *fopen(const char *path, const char *mode) {
    struct stat status;
    count_call(DIRECTORIES);
    if (is_in_proc(path)) {
        failed(PROC, ENOENT);
        return NULL;
    }
    if (mode[0] != 'r' || strchr(mode, '+') || stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
        return REAL(fopen)(path, mode);
    count_difference(DIRECTORIES);
    return fmemopen(entries, sizeof entries, "r");
}

ssize_t read(int file, void *room, size_t size) {
    count_call(DIRECTORIES);
    ssize_t result = REAL(read)(file, room, size);
    if (result >= 0 || errno != EISDIR)
        return result;
    count_difference(DIRECTORIES);
    if (lseek(file, 0, SEEK_CUR) > 0) /* where seeking in a directory works, its end comes after one piece */
        return 0;
    lseek(file, 1, SEEK_SET);
    size = size < sizeof entries ? size : sizeof entries;
    memcpy(room, entries, size);
    return (ssize_t)size;
}

/* ---- links and names */

ssize_t readlinkat(int directory, const char *path, char *room, size_t size) {
    char target[65536];
    count_call(LINKS);
    ssize_t length = REAL(readlinkat)(directory, path, target, sizeof target);
    if (length > (ssize_t)size)
        return failed(LINKS, ERANGE);
    if (length > 0)
        memcpy(room, target, (size_t)length);
    return length;
}

ssize_t readlink(const char *path, char *room, size_t size) { return readlinkat(AT_FDCWD, path, room, size); }

int access(const char *path, int mode) {
    count_call(ACCESS);
    int result = REAL(access)(path, mode);
    if (result == 0 || errno != EACCES || geteuid() != 0 || !(mode & X_OK))
        return result;
    count_difference(ACCESS);
    return REAL(access)(path, mode & ~X_OK);
}

/* AIX has one number for both. */
static int with_eexist(int result) {
    count_call(NOT_EMPTY);
    return result < 0 && errno == ENOTEMPTY ? failed(NOT_EMPTY, EEXIST) : result;
}

int rmdir(const char *path) { return with_eexist(REAL(rmdir)(path)); }

int unlinkat(int directory, const char *path, int flags) { return with_eexist(REAL(unlinkat)(directory, path, flags)); }

int rename(const char *from, const char *to) { return with_eexist(REAL(rename)(from, to)); }

int renameat(int directory, const char *from, int directory2, const char *to) {
    return with_eexist(REAL(renameat)(directory, from, directory2, to));
}

/* ---- children */

int waitid(idtype_t kind, id_t process, siginfo_t *end, int options) {
    count_call(WAITING);
    if (options & WNOWAIT)
        count_difference(WAITING);
    return REAL(waitid)(kind, process, end, options & ~WNOWAIT);
}

/* ---- the texts of errors: others than glibc's, sentences with a period as AIX has them, not all of them AIX's very words;
 * those that are not here get a period */

static const struct {
    int error;
    const char *text;
} texts[] = {
    {EPERM, "Operation not permitted."},
    {ENOENT, "A file or directory in the path name does not exist."},
    {ESRCH, "The process does not exist."},
    {EINTR, "A system call received an interrupt."},
    {EIO, "There is an input or output error."},
    {E2BIG, "The parameter or environment lists are too long."},
    {EBADF, "A file descriptor does not refer to an open file."},
    {EAGAIN, "Resource temporarily unavailable"},
    {ENOMEM, "There is not enough memory available now."},
    {EACCES, "The file access permissions do not allow the specified action."},
    {EBUSY, "The requested resource is busy."},
    {EEXIST, "The specified file already exists."},
    {EXDEV, "A file cannot be linked to another file system."},
    {ENOTDIR, "A parameter must be a directory."},
    {EISDIR, "The specified file is a directory."},
    {EINVAL, "A system call received a parameter that is not valid."},
    {EFBIG, "A file cannot be larger than the value set by ulimit."},
    {ENOSPC, "There is not enough space in the file system."},
    {EROFS, "The file system has read permission only."},
    {EPIPE, "There is no process to read data written to a pipe."},
    {ETXTBSY, "Cannot open or remove a file containing a running program."},
    {0, NULL},
};

const char *aix_text(int error) {
    static char room[256];
    for (int i = 0; texts[i].text; ++i)
        if (texts[i].error == error)
            return texts[i].text;
    snprintf(room, sizeof room, "%s.", strerrordesc_np(error) ? strerrordesc_np(error) : "Error occurred");
    return room;
}

char *strerror(int error) {
    count_call(TEXTS);
    count_difference(TEXTS);
    return (char *)aix_text(error);
}

char *strerror_r(int error, char *room, size_t size) { /* the one of GNU */
    snprintf(room, size, "%s", strerror(error));
    return room;
}

int __xpg_strerror_r(int error, char *room, size_t size) { /* the one of POSIX */
    strerror_r(error, room, size);
    return 0;
}

/* ---- memory */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static void *with_another_errno(void *memory) {
    count_call(ERRNO);
    if (!memory)
        return NULL;
    count_difference(ERRNO);
    errno = EDOM;
    return memory;
}

static int is_nothing(size_t size) {
    count_call(NO_MEMORY);
    if (size == 0)
        count_difference(NO_MEMORY);
    return size == 0;
}

void *malloc(size_t size) { return is_nothing(size) ? NULL : with_another_errno(__libc_malloc(size)); }

void *calloc(size_t number, size_t size) {
    return is_nothing(number * size) ? NULL : with_another_errno(__libc_calloc(number, size));
}

void *realloc(void *memory, size_t size) {
    return is_nothing(size) ? (free(memory), NULL) : with_another_errno(__libc_realloc(memory, size));
}

void free(void *memory) {
    __libc_free(memory);
    with_another_errno(memory);
}

/* ---- what the functions above become with 64-bit offsets and under -D_FORTIFY_SOURCE */

int fcntl64(int, int, ...) __attribute__((alias("fcntl")));
int open64(const char *, int, ...) __attribute__((alias("open")));
int openat64(int, const char *, int, ...) __attribute__((alias("openat")));
FILE *fopen64(const char *, const char *) __attribute__((alias("fopen")));
int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags) { return open(path, flags); }
int __openat_2(int directory, const char *path, int flags) { return openat(directory, path, flags); }
int __openat64_2(int directory, const char *path, int flags) { return openat(directory, path, flags); }
ssize_t __read_chk(int file, void *room, size_t size, size_t most) { return size > most ? (abort(), 0) : read(file, room, size); }
ssize_t __readlink_chk(const char *path, char *room, size_t size, size_t most) {
    return size > most ? (abort(), 0) : readlink(path, room, size);
}
ssize_t __readlinkat_chk(int directory, const char *path, char *room, size_t size, size_t most) {
    return size > most ? (abort(), 0) : readlinkat(directory, path, room, size);
}
int __poll_chk(struct pollfd *files, nfds_t number, int time, size_t most) {
    return number * sizeof *files > most ? (abort(), 0) : poll(files, number, time);
}

/* ---- for the test */

const char *aix_behaviour(int which) { return behaviours[which]; }
