# A cross build for another architecture of Debian, with Debian's cross compiler. A toolchain file sets
# cross_architecture (Debian's name) and cross_triplet (the compilers' prefix), and includes this.
#
# GCC 11 is preferred, since AIX may have no later one (aix_facts.md, releases and compiler). The target's C library is
# in the cross compiler's packages; sysroot.cmake gets the other libraries.
set(CMAKE_SYSTEM_NAME Linux)
set(BULWARK_SYSROOT_ARCHITECTURE ${cross_architecture})
set(BULWARK_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/../build/_deps/sysroot-${cross_architecture}")

function(find_cross_program variable package)
    find_program(${variable} NAMES ${ARGN})
    if(NOT ${variable})
        list(GET ARGN 0 name)
        message(FATAL_ERROR "There is no ${name}, which the ${cross_architecture} build needs. "
                            "On Debian: apt-get install ${package}")
    endif()
endfunction()

find_cross_program(CROSS_C_COMPILER g++-11-${cross_triplet} ${cross_triplet}-gcc-11 ${cross_triplet}-gcc)
find_cross_program(CROSS_CXX_COMPILER g++-11-${cross_triplet} ${cross_triplet}-g++-11 ${cross_triplet}-g++)
set(CMAKE_C_COMPILER "${CROSS_C_COMPILER}")
set(CMAKE_CXX_COMPILER "${CROSS_CXX_COMPILER}")

set(CMAKE_FIND_ROOT_PATH "${BULWARK_SYSROOT}" "/usr/${cross_triplet}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
