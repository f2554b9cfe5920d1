# bulwark::git2: libgit2 as a static library that needs nothing but libc, without ssh and https.
#
# Its source is, in this order, BULWARK_LIBGIT2_SOURCE, what an earlier configure left in BULWARK_CACHE, the source
# package where this is Debian, or the release on GitHub. Both are one release of libgit2: Debian's has the bundled
# libraries taken out and security fixes put in.
set(libgit2_version 1.5.1)
set(libgit2_debian_sha256 96369433500bb528f036c16be9921bd437c098b745f1aaeccb91290815518970)
set(libgit2_release_sha256 7074f1e2697992b82402501182db254fe62d64877b12f6e4c64656516f4cde88)

if(BULWARK_SYSTEM_LIBGIT2)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(system_libgit2 REQUIRED IMPORTED_TARGET libgit2)
    add_library(bulwark::git2 ALIAS PkgConfig::system_libgit2)
    return()
endif()

# What apt is configured to get packages from, as places to get sources from. The machine's own lists stay as they are.
function(write_debian_source_lists directory)
    file(GLOB lists /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
    foreach(list IN LISTS lists)
        file(READ "${list}" text)
        string(REGEX REPLACE "(^|\n)deb([ \t])" "\\1deb-src\\2" text "${text}")
        string(REGEX REPLACE "(^|\n)Types:[^\n]*" "\\1Types: deb-src" text "${text}")
        get_filename_component(name "${list}" NAME)
        if(name STREQUAL "sources.list")
            set(name main.list)
        endif()
        file(WRITE "${directory}/${name}" "${text}")
    endforeach()
endfunction()

# Tries each version of the package that is based on our release: a mirror may list one that it no longer has.
function(download_debian_source directory)
    set(apt -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=${directory}/sources"
            -o "Dir::State::Lists=${directory}/lists" -o "Dir::Cache=${directory}/cache" -o "APT::Sandbox::User=root")
    set(quiet WORKING_DIRECTORY "${directory}" OUTPUT_QUIET ERROR_VARIABLE error)
    write_debian_source_lists("${directory}/sources")
    file(MAKE_DIRECTORY "${directory}/lists/partial" "${directory}/cache/archives/partial")
    execute_process(COMMAND apt-get ${apt} update ${quiet})
    execute_process(COMMAND apt-cache ${apt} showsrc libgit2 OUTPUT_VARIABLE records ERROR_QUIET)
    string(REGEX MATCHALL "\nVersion: ${libgit2_version}[^\n]*" versions "\n${records}")
    list(TRANSFORM versions REPLACE "\nVersion: " "")
    list(SORT versions COMPARE NATURAL ORDER DESCENDING)
    foreach(version IN LISTS versions)
        execute_process(COMMAND apt-get ${apt} source --download-only libgit2=${version} RESULT_VARIABLE status ${quiet})
        if(status EQUAL 0)
            return()
        endif()
        file(GLOB incomplete "${directory}/libgit2_*")
        foreach(file IN LISTS incomplete)
            file(REMOVE "${file}")
        endforeach()
    endforeach()
    message(STATUS "apt-get has no source of libgit2 ${libgit2_version}: ${error}")
endfunction()

function(unpack_debian_source directory destination)
    file(GLOB archive "${directory}/libgit2_*.orig.tar.*z")
    file(GLOB description "${directory}/libgit2_*.dsc")
    if(NOT archive OR NOT description)
        return()
    endif()
    file(SHA256 "${archive}" sha256)
    if(NOT sha256 STREQUAL libgit2_debian_sha256)
        message(FATAL_ERROR "${archive} is not the expected file: its SHA256 is ${sha256}")
    endif()
    execute_process(COMMAND dpkg-source -x "${description}" "${directory}/tree"
        RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE error)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "Unpacking ${description}: ${error}")
    endif()
    file(RENAME "${directory}/tree" "${destination}") # last, so that the destination is complete or not there
endfunction()

function(get_debian_source destination)
    find_program(APT_GET apt-get)
    find_program(DPKG_SOURCE dpkg-source)
    if(NOT APT_GET OR NOT DPKG_SOURCE)
        return()
    endif()
    message(STATUS "Getting libgit2 ${libgit2_version} from Debian's source package")
    set(directory "${BULWARK_CACHE}/libgit2-debian")
    file(REMOVE_RECURSE "${directory}")
    file(MAKE_DIRECTORY "${directory}")
    download_debian_source("${directory}")
    unpack_debian_source("${directory}" "${destination}")
    file(REMOVE_RECURSE "${directory}")
endfunction()

function(get_released_source destination)
    message(STATUS "Getting libgit2 ${libgit2_version} from GitHub. Without the internet, give an unpacked source with "
                   "-DBULWARK_LIBGIT2_SOURCE=DIR or link the installed library with -DBULWARK_SYSTEM_LIBGIT2=ON")
    include(FetchContent)
    FetchContent_Populate(libgit2
        URL "https://github.com/libgit2/libgit2/archive/refs/tags/v${libgit2_version}.tar.gz"
        URL_HASH SHA256=${libgit2_release_sha256}
        DOWNLOAD_EXTRACT_TIMESTAMP ON
        SOURCE_DIR "${destination}"
        SUBBUILD_DIR "${BULWARK_CACHE}/libgit2-release"
        BINARY_DIR "${PROJECT_BINARY_DIR}/libgit2")
endfunction()

# Everything optional off. zlib and http-parser: the bundled ones, or the system's static libraries where the source
# has none. Regular expressions are libc's.
function(build_libgit2 source)
    set(CMAKE_POLICY_DEFAULT_CMP0069 NEW) # link time optimization
    set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # its option()s and cache entries yield to the variables set here
    set(CMAKE_POLICY_DEFAULT_CMP0126 NEW)
    set(CMAKE_COMPILE_WARNING_AS_ERROR OFF)
    set(CMAKE_MESSAGE_LOG_LEVEL WARNING)
    set(CMAKE_SUPPRESS_DEVELOPER_WARNINGS ON CACHE INTERNAL "")
    string(APPEND CMAKE_C_FLAGS " -w")
    foreach(feature IN ITEMS BUILD_CLI BUILD_SHARED_LIBS BUILD_TESTS USE_GSSAPI USE_HTTPS USE_ICONV USE_NTLMCLIENT
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
    if(NOT EXISTS "${source}/deps/http-parser")
        set(USE_HTTP_PARSER system)
        find_library(HTTP_PARSER_LIBRARY NAMES libhttp_parser.a REQUIRED)
    endif()
    add_subdirectory("${source}" "${PROJECT_BINARY_DIR}/libgit2" EXCLUDE_FROM_ALL SYSTEM)
    add_library(bulwark_git2 INTERFACE)
    add_library(bulwark::git2 ALIAS bulwark_git2)
    target_include_directories(bulwark_git2 SYSTEM INTERFACE "${source}/include")
    target_link_libraries(bulwark_git2 INTERFACE libgit2package)
endfunction()

set(libgit2_source "${BULWARK_LIBGIT2_SOURCE}")
if(NOT libgit2_source)
    set(libgit2_source "${BULWARK_CACHE}/libgit2-${libgit2_version}")
    if(NOT EXISTS "${libgit2_source}/CMakeLists.txt")
        get_debian_source("${libgit2_source}")
    endif()
    if(NOT EXISTS "${libgit2_source}/CMakeLists.txt")
        get_released_source("${libgit2_source}")
    endif()
endif()
build_libgit2("${libgit2_source}")
