/* AIX's access control lists, as far as we call them, after IBM's "Technical Reference: Base Operating System and Extensions"
 * (aclx_get, aclx_put). Declares; nothing is behind it. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef union {
    uint64_t u64;
    char id[8];
} acl_type_t;

#define ACL_ANY 0
#define SET_ACL 0x1
#define SET_MODE_S_BITS 0x2
#define S_IXACL 0x2000000

int aclx_fget(int file, uint64_t flags, acl_type_t* type, void* list, size_t* size, mode_t* mode);
int aclx_fput(int file, uint64_t flags, acl_type_t type, void* list, size_t size, mode_t mode);

#ifdef __cplusplus
}
#endif
