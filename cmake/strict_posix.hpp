// Comes before all else in a build with BULWARK_STRICT_POSIX. There the C library declares POSIX.1-2008 with XSI alone
// (-U_GNU_SOURCE -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700). GCC's C++ library for Linux has been configured with
// more; what of its headers calls more, none of which we use, it can leave out.
#pragma once

#include <version>

#undef _GLIBCXX_HAVE_LINUX_FUTEX
#undef _GLIBCXX_USE_PTHREAD_COND_CLOCKWAIT
#undef _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
#undef _GLIBCXX_USE_PTHREAD_RWLOCK_CLOCKLOCK
