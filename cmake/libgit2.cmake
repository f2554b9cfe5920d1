# bulwark::git2: libgit2 as a static library that needs nothing but libc, without ssh and https.
include(libgit2_source)

# Everything optional off. zlib and http-parser: the bundled ones, or the system's static libraries where the source
# has none. Regular expressions are libc's.
function(build_libgit2 source)
    set(CMAKE_POLICY_DEFAULT_CMP0069 NEW) # link time optimization
    set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # its option()s and cache entries yield to the variables set here
    set(CMAKE_POLICY_DEFAULT_CMP0126 NEW)
    set(CMAKE_COMPILE_WARNING_AS_ERROR OFF)
    set(CMAKE_MESSAGE_LOG_LEVEL WARNING)
    set(CMAKE_SUPPRESS_DEVELOPER_WARNINGS ON CACHE INTERNAL "")
    # A function that a C library hides would return pointers cut to 32 bits. Times in nanoseconds are not everywhere
    # (aix_facts.md, compiler and linker), and of use for its index alone.
    string(APPEND CMAKE_C_FLAGS " -Werror=implicit-function-declaration")
    foreach(feature IN ITEMS BUILD_CLI BUILD_SHARED_LIBS BUILD_TESTS USE_GSSAPI USE_HTTPS USE_ICONV USE_NSEC USE_NTLMCLIENT
                             USE_SSH USE_THREADS)
        set(${feature} OFF)
    endforeach()
    set(USE_SHA1 CollisionDetection)
    set(USE_SHA256 Builtin)
    set(REGEX_BACKEND regcomp)
    if(EXISTS "${source}/deps/zlib")
        set(USE_BUNDLED_ZLIB ON)
    else()
        set(ZLIB_USE_STATIC_LIBS ON)
    endif()
    if(NOT EXISTS "${source}/deps/llhttp")
        set(USE_HTTP_PARSER http-parser)
        find_library(HTTP_PARSER_LIBRARY NAMES libhttp_parser.a REQUIRED)
    endif()
    add_subdirectory("${source}" "${PROJECT_BINARY_DIR}/libgit2" EXCLUDE_FROM_ALL SYSTEM)
    add_library(bulwark_git2 INTERFACE)
    add_library(bulwark::git2 ALIAS bulwark_git2)
    target_include_directories(bulwark_git2 SYSTEM INTERFACE "${source}/include")
    target_link_libraries(bulwark_git2 INTERFACE libgit2package)
endfunction()

build_libgit2("${libgit2_source}")
