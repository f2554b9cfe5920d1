# Toolchain of a build on AIX: GCC of the AIX Toolbox, 64 bit. Beside it OBJECT_MODE=64 has to be in the environment, while
# configuring and while building, for the tools that GCC calls; tests/aix/build.sh sees to it.
#
# The flags are here and not in CC, which CMake takes apart. ar and its like are AIX's own: GNU's, which the Toolbox puts first
# in PATH, do not know AIX's object files (aix_facts.md, compiler and linker).
set(CMAKE_C_FLAGS_INIT -maix64)
set(CMAKE_CXX_FLAGS_INIT -maix64)
set(CMAKE_EXE_LINKER_FLAGS_INIT -maix64)
set(CMAKE_AR /usr/bin/ar CACHE FILEPATH "")
set(CMAKE_RANLIB /usr/bin/ranlib CACHE FILEPATH "")
set(CMAKE_NM /usr/bin/nm CACHE FILEPATH "")
set(CMAKE_STRIP /usr/bin/strip CACHE FILEPATH "")
if(NOT CMAKE_C_COMPILER)
    set(CMAKE_C_COMPILER gcc)
    set(CMAKE_CXX_COMPILER g++)
endif()
