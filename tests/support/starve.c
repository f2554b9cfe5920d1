/* Preloaded before libc: counts what a program asks memory for, and gives it none at one of these calls.
 *
 *   STARVE_AT     the number of the call, from 1; "7+" also at all that come after
 *   STARVE_COUNT  a file that gets how many calls there were, when the program ends
 *
 * tests/acceptance/memory.py is its user.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own, under the names that it has them by when somebody takes their place. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

static long at, seen;
static int and_after, ready;

__attribute__((constructor)) static void set_up(void) {
    const char *text = getenv("STARVE_AT");
    if (text) {
        at = atol(text);
        and_after = strchr(text, '+') != NULL;
    }
    ready = 1;
}

__attribute__((destructor)) static void tell(void) {
    const char *name = getenv("STARVE_COUNT");
    char text[32];
    int size = snprintf(text, sizeof text, "%ld\n", seen);
    int file = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (file >= 0 && write(file, text, (size_t)size) != size)
        abort();
}

static int starves(void) {
    if (!ready || (++seen != at && !(and_after && at && seen > at)))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) { return starves() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return starves() ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return starves() ? NULL : __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { return starves() ? NULL : __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **place, size_t alignment, size_t size) {
    void *room = memalign(alignment, size);
    if (room)
        *place = room;
    return room ? 0 : ENOMEM;
}
