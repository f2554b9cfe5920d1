/* What AIX's C library alone has, for a file system that has none of it. */
#include <errno.h>
#include <sys/acl.h>
#include <sys/ea.h>

static int without(void) {
    errno = ENOSYS;
    return -1;
}

int aclx_fget(int file, uint64_t flags, acl_type_t* type, void* list, size_t* size, mode_t* mode) { return without(); }
int aclx_fput(int file, uint64_t flags, acl_type_t type, void* list, size_t size, mode_t mode) { return without(); }
ssize_t fgetea(int file, const char* name, void* value, size_t size) { return without(); }
ssize_t flistea(int file, char* list, size_t size) { return without(); }
int fsetea(int file, const char* name, void* value, size_t size, int flags) { return without(); }
