#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS // so that AddressSanitizer says where a crash came from
#include <doctest/doctest.h>
