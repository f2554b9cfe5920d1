# Toolchain of the preset i686: 32 bit, with 64 bit file offsets and with the 32 bit time_t that AIX has there
# (aix_facts.md, releases and compiler). A kernel for x86-64 runs what it builds.
set(cross_architecture i386)
set(cross_triplet i686-linux-gnu)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(CMAKE_LIBRARY_ARCHITECTURE i386-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")
