# How everything is compiled and linked, libgit2 included, and four targets for our own code: bulwark::strict (language
# and warnings), bulwark::posix (what the C library declares to us), bulwark::measured (of which is counted what the tests
# run) and bulwark::executable (what only a final link needs).
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# What GCC and the linker of AIX want (aix_facts.md, compiler and linker). Without -pthread GCC takes its C++ library without
# threads, with which Boost.JSON does not compile; what is included as of the system is taken for C there; one table of contents
# holds 64 KiB; and a program looks for its libraries where its compiler had them, unless it is told where.
if(CMAKE_SYSTEM_NAME STREQUAL "AIX")
    add_compile_options(-pthread)
    add_link_options(-pthread -Wl,-bbigtoc)
    foreach(language IN ITEMS C CXX)
        unset(CMAKE_INCLUDE_SYSTEM_FLAG_${language})
        unset(CMAKE_${language}_USE_IMPLICIT_LINK_DIRECTORIES_IN_RUNTIME_PATH)
    endforeach()
    string(REPLACE ":" ";" CMAKE_PLATFORM_REQUIRED_RUNTIME_PATH "${BULWARK_SHARED_RUNTIME};/usr/lib;/lib")
    list(REMOVE_ITEM CMAKE_PLATFORM_REQUIRED_RUNTIME_PATH "")
    set(CMAKE_BUILD_WITH_INSTALL_RPATH ON) # else CMake keeps room for another path behind a colon: for the working directory
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

add_library(bulwark_strict INTERFACE)
add_library(bulwark::strict ALIAS bulwark_strict)
target_compile_options(bulwark_strict INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wpedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
    target_compile_options(bulwark_strict INTERFACE -Wno-maybe-uninitialized) # its false alarms about std::optional
endif()

# See strict_posix.hpp. The libraries and the program alone: the tests use more of Linux, namespaces for example.
add_library(bulwark_posix INTERFACE)
add_library(bulwark::posix ALIAS bulwark_posix)
if(BULWARK_STRICT_POSIX)
    target_compile_options(bulwark_posix INTERFACE -U_GNU_SOURCE -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700
        -include "${CMAKE_CURRENT_LIST_DIR}/strict_posix.hpp")
endif()

add_library(bulwark_measured INTERFACE)
add_library(bulwark::measured ALIAS bulwark_measured)

add_library(bulwark_executable INTERFACE)
add_library(bulwark::executable ALIAS bulwark_executable)

if(BULWARK_SANITIZE)
    set(CMAKE_CXX_FLAGS_DEBUG "-Og -g")
    set(CMAKE_C_FLAGS_DEBUG "-Og -g")
    add_compile_options(-fsanitize=address -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
    target_compile_options(bulwark_strict INTERFACE -fsanitize=undefined -fno-sanitize-recover=all)
    target_compile_definitions(bulwark_strict INTERFACE _GLIBCXX_ASSERTIONS)
    return()
endif()

# In both, libgit2 is left as it is: its faults are found by others, and its lines are not ours to cover.
if(BULWARK_FUZZ)
    set(CMAKE_C_FLAGS_DEBUG "-O1")
    set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")
    add_link_options(-fsanitize=address,undefined)
    target_compile_options(bulwark_strict INTERFACE
        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_definitions(bulwark_strict INTERFACE _GLIBCXX_ASSERTIONS)
    return()
endif()

if(BULWARK_COVERAGE)
    set(CMAKE_C_FLAGS_DEBUG "-O1") # as above, so that a compiler cache has it
    set(CMAKE_CXX_FLAGS_DEBUG "-O0")
    add_link_options(-fprofile-instr-generate)
    target_compile_options(bulwark_measured INTERFACE -fprofile-instr-generate -fcoverage-mapping
        "SHELL:-mllvm -runtime-counter-relocation") # for %c in LLVM_PROFILE_FILE, see tests/long/coverage.py
    return()
endif()

if(CMAKE_BUILD_TYPE STREQUAL "MinSizeRel")
    include(CheckCXXCompilerFlag)
    check_cxx_compiler_flag(-Oz HAVE_SMALLEST) # GCC 12 and clang; the GCC 11 of AIX has -Os
    if(HAVE_SMALLEST)
        set(CMAKE_C_FLAGS_MINSIZEREL "-Oz -DNDEBUG")
        set(CMAKE_CXX_FLAGS_MINSIZEREL "-Oz -DNDEBUG")
    endif()
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-fno-asynchronous-unwind-tables>) # no exception passes through C: 41 kB
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT CMAKE_SYSTEM_NAME STREQUAL "AIX") # nobody has seen LTO work there
    include(CheckIPOSupported)
    check_ipo_supported(RESULT CMAKE_INTERPROCEDURAL_OPTIMIZATION OUTPUT unused LANGUAGES C CXX)
endif()
add_compile_options(-ffunction-sections -fdata-sections)
add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=") # the same binary wherever it is built
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_link_options(bulwark_executable INTERFACE -s -Wno-stringop-overread) # LTO's false alarm about Boost.JSON
endif()

# The linker and the C library of AIX know nothing of these; its linker drops unused sections by itself.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    add_compile_options(-fPIE -fstack-protector-strong)
    if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
        add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    endif()
    target_link_options(bulwark_executable INTERFACE -Wl,--gc-sections -Wl,--as-needed -Wl,-z,relro,-z,now)
    include(CheckLinkerFlag)
    check_linker_flag(CXX -Wl,-z,pack-relative-relocs HAVE_RELATIVE_RELOCATIONS)
    if(HAVE_RELATIVE_RELOCATIONS) # 80 kB less
        target_link_options(bulwark_executable INTERFACE -Wl,-z,pack-relative-relocs)
    endif()
endif()

# Nothing but libc may be dynamic, unless that is what an exception needs to be caught (docs/aix.md, Plan B). libm follows libstdc++, whose conversions of numbers need it.
if(BULWARK_STATIC)
    include(CheckLinkerFlag)
    check_linker_flag(CXX -static-pie HAVE_STATIC_PIE) # some C libraries have no rcrt1.o
    target_link_options(bulwark_executable INTERFACE $<IF:$<BOOL:${HAVE_STATIC_PIE}>,-static-pie,-static>)
elseif(BULWARK_SHARED_RUNTIME)
    target_link_options(bulwark_executable INTERFACE -shared-libgcc)
elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_link_options(bulwark_executable INTERFACE -pie -static-libgcc)
    target_link_libraries(bulwark_executable INTERFACE -l:libstdc++.a -l:libm.a)
else()
    target_link_options(bulwark_executable INTERFACE -static-libstdc++ -static-libgcc)
endif()
