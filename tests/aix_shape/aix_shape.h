/* Comes before all else when the product is compiled as AIX compiles it, see `compiler` beside this: what of Linux's headers AIX
 * does not have goes, and what AIX has in another form gets that form. */
#pragma once

/* off_t is long, off64_t is long long: for C++ and for typedefs another type. */
#define off64_t off64_t_of_linux
#include <sys/types.h>
#undef off64_t
typedef long long off64_t;

#ifdef __cplusplus
#include <version>
/* GCC has a C++ library with threads and one without; -pthread chooses. Without, Boost.JSON does not compile. */
#ifndef _REENTRANT
#undef _GLIBCXX_HAS_GTHREADS
#endif
/* C++ does not see mkdtemp. */
#define mkdtemp not_declared_by_aix
#include <stdlib.h>
#undef mkdtemp
#endif

/* The times of a file are of a type of their own. Linux's struct stat alone gets it, not utimensat and its like. */
struct st_timespec {
    time_t tv_sec;
    int tv_nsec;
};
#include <time.h>
#define _FCNTL_H 1 /* <bits/stat.h> wants to be included by one of its two owners */
#define timespec st_timespec
#include <bits/stat.h>
#undef timespec
#undef _FCNTL_H

/* AIX 7.2 before TL2 refuses F_DUPFD_CLOEXEC; 7.1 does not have it. */
#include <fcntl.h>
#undef F_DUPFD_CLOEXEC
#define F_CLOSEM 10 /* closes all descriptors from one on */
