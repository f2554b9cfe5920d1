/* AIX's extended attributes, as far as we call them, after IBM's "Technical Reference: Base Operating System and Extensions"
 * (getea, setea, listea). Declares; nothing is behind it. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

ssize_t fgetea(int file, const char* name, void* value, size_t size);
ssize_t flistea(int file, char* list, size_t size);
int fsetea(int file, const char* name, void* value, size_t size, int flags);

#ifdef __cplusplus
}
#endif
