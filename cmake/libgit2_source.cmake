# libgit2_source: an unpacked source tree of libgit2 in which no fault that matters to security is known.
#
# It is, in this order, BULWARK_LIBGIT2_SOURCE (a tree, or an archive of libgit2's release), what an earlier configure left in
# BULWARK_CACHE, what Debian has of this release, the release itself on GitHub, and last, where Debian has no longer this
# release and GitHub cannot be reached, what Debian's stable release builds with security fixes put in.
set(libgit2_version 1.9.7)
set(libgit2_release "https://github.com/libgit2/libgit2/archive/refs/tags/v${libgit2_version}.tar.gz")
set(libgit2_release_sha256 1a4fbe7589e814777ae76b64734ad80f4ecad22cd33a22682a2aaea4ae5375e7)
# The same files without the bundled libraries but xdiff. Debian's own changes to it are of libgit2's tests alone.
set(libgit2_debian pool/main/libg/libgit2/libgit2_${libgit2_version}+ds.orig.tar.xz)
set(libgit2_debian_sha256 9fa36a88e816cebe0fa9b526800f24550a46de248b989b1560de0990fb8746cc)
# Debian 13: CVE-2026-5917 and CVE-2026-53583 to 53587, which 1.9.7 has, are fixed from deb13u1 on.
set(libgit2_stable_version 1.9.0+ds-2+deb13u)
set(libgit2_stable_sha256 08f1f9137c4804ac4be4748f7141f8a6a9b7a12c942ac2fd4db5a28f8b65caa2) # of its .orig.tar.xz

# Unpacks an archive that has one directory; the destination is complete or not there.
function(unpack_libgit2 archive destination)
    set(directory "${destination}.unpacking")
    file(REMOVE_RECURSE "${directory}")
    file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${directory}")
    file(GLOB tree LIST_DIRECTORIES true "${directory}/*")
    file(RENAME "${tree}" "${destination}")
    file(REMOVE_RECURSE "${directory}")
endfunction()

function(require_sha256 archive)
    if(NOT EXISTS "${archive}")
        message(FATAL_ERROR "${archive} does not exist; BULWARK_LIBGIT2_SOURCE has to be a source tree of libgit2 or its archive")
    endif()
    file(SHA256 "${archive}" sha256)
    if(NOT sha256 IN_LIST ARGN)
        message(FATAL_ERROR "${archive} is none of the files that libgit2 ${libgit2_version} is built from: its SHA256 is "
            "${sha256}, expected was ${ARGN}. Get ${libgit2_release} once more")
    endif()
endfunction()

# The places of which apt is configured to get Debian's packages.
function(find_debian_mirrors result)
    execute_process(COMMAND apt-get indextargets --no-release-info --format "$(COMPONENT) $(REPO_URI)" "Identifier: Packages"
        OUTPUT_VARIABLE targets ERROR_QUIET)
    string(REGEX MATCHALL "main [^\n]+" mirrors "${targets}")
    list(TRANSFORM mirrors REPLACE "^main " "")
    list(REMOVE_DUPLICATES mirrors)
    set(${result} ${mirrors} PARENT_SCOPE)
endfunction()

# apt-helper goes through the proxies that apt goes through.
function(get_libgit2_of_debian destination)
    if(NOT EXISTS /usr/lib/apt/apt-helper)
        return()
    endif()
    message(STATUS "Getting libgit2 ${libgit2_version} from Debian")
    set(archive "${destination}.orig.tar.xz")
    find_debian_mirrors(mirrors)
    foreach(mirror IN LISTS mirrors)
        execute_process(
            COMMAND /usr/lib/apt/apt-helper -o "APT::Sandbox::User=root" download-file
                    "${mirror}${libgit2_debian}" "${archive}" "SHA256:${libgit2_debian_sha256}"
            RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
        if(status EQUAL 0)
            require_sha256("${archive}" ${libgit2_debian_sha256})
            unpack_libgit2("${archive}" "${destination}")
            break()
        endif()
    endforeach()
    file(REMOVE "${archive}" "${archive}.FAILED")
endfunction()

function(get_released_libgit2 destination)
    message(STATUS "Getting libgit2 ${libgit2_version} from GitHub")
    set(archive "${destination}.tar.gz")
    file(DOWNLOAD "${libgit2_release}" "${archive}" STATUS status INACTIVITY_TIMEOUT 30)
    list(GET status 0 code)
    if(code EQUAL 0)
        require_sha256("${archive}" ${libgit2_release_sha256})
        unpack_libgit2("${archive}" "${destination}")
    endif()
    file(REMOVE "${archive}")
endfunction()

# apt-get with lists and a cache of its own, so that the machine's stay as they are.
function(get_libgit2_of_stable_debian destination)
    find_program(APT_GET apt-get)
    find_program(DPKG_SOURCE dpkg-source)
    if(NOT APT_GET OR NOT DPKG_SOURCE)
        return()
    endif()
    message(STATUS "Getting libgit2 ${libgit2_stable_version}, with its security fixes, from Debian's stable release")
    set(directory "${destination}.getting")
    find_debian_mirrors(mirrors)
    list(JOIN mirrors " " uris)
    file(WRITE "${directory}/sources/stable.sources" "Types: deb-src\nURIs: ${uris}\n"
        "Suites: trixie trixie-security trixie-updates\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n")
    file(MAKE_DIRECTORY "${directory}/lists/partial" "${directory}/cache/archives/partial")
    set(apt -q -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=${directory}/sources"
        -o "Dir::State::Lists=${directory}/lists" -o "Dir::Cache=${directory}/cache" -o "APT::Sandbox::User=root")
    set(quiet WORKING_DIRECTORY "${directory}" OUTPUT_QUIET ERROR_QUIET)
    execute_process(COMMAND "${APT_GET}" ${apt} update ${quiet}) # one source out of order need not matter
    execute_process(COMMAND "${APT_GET}" ${apt} source --download-only libgit2 ${quiet})
    file(GLOB archive "${directory}/libgit2_*.orig.tar.xz")
    file(GLOB description "${directory}/libgit2_*.dsc")
    if(archive AND description)
        require_sha256("${archive}" ${libgit2_stable_sha256})
        execute_process(COMMAND "${DPKG_SOURCE}" -x "${description}" "${directory}/tree"
            OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
        file(RENAME "${directory}/tree" "${destination}")
    endif()
    file(REMOVE_RECURSE "${directory}")
endfunction()

# However it came here.
function(require_maintained_libgit2 source)
    if(NOT EXISTS "${source}/include/git2/version.h")
        message(FATAL_ERROR "${source} is no source of libgit2 that can be built: it has no include/git2/version.h")
    endif()
    file(STRINGS "${source}/include/git2/version.h" version REGEX "define LIBGIT2_VERSION +\"")
    string(REGEX REPLACE ".*\"([0-9.]+).*" "\\1" version "${version}")
    set(package "")
    if(EXISTS "${source}/debian/changelog")
        file(STRINGS "${source}/debian/changelog" package LIMIT_COUNT 1)
    endif()
    string(FIND "${package}" "libgit2 (${libgit2_stable_version}" position)
    if(version VERSION_LESS libgit2_version AND NOT position EQUAL 0)
        message(FATAL_ERROR "${source} is libgit2 ${version}, which has faults that are known and that later versions do not "
            "have (CVE-2024-24575, CVE-2024-24577, CVE-2026-53585 and others). Take ${libgit2_version}: ${libgit2_release}")
    endif()
endfunction()

function(get_libgit2 destination)
    file(MAKE_DIRECTORY "${BULWARK_CACHE}")
    foreach(get IN ITEMS get_libgit2_of_debian get_released_libgit2 get_libgit2_of_stable_debian)
        if(NOT IS_DIRECTORY "${destination}")
            cmake_language(CALL ${get} "${destination}")
        endif()
    endforeach()
    if(NOT IS_DIRECTORY "${destination}")
        message(FATAL_ERROR "The source of libgit2 ${libgit2_version} is not in ${destination}, and neither Debian nor GitHub "
            "can be reached. Bring ${libgit2_release} here (SHA256 ${libgit2_release_sha256}) and add "
            "-DBULWARK_LIBGIT2_SOURCE=/path/to/v${libgit2_version}.tar.gz")
    endif()
endfunction()

set(libgit2_source "${BULWARK_CACHE}/libgit2-${libgit2_version}")
if(IS_DIRECTORY "${BULWARK_LIBGIT2_SOURCE}")
    set(libgit2_source "${BULWARK_LIBGIT2_SOURCE}")
elseif(BULWARK_LIBGIT2_SOURCE)
    require_sha256("${BULWARK_LIBGIT2_SOURCE}" ${libgit2_release_sha256} ${libgit2_debian_sha256})
    file(REMOVE_RECURSE "${libgit2_source}")
    unpack_libgit2("${BULWARK_LIBGIT2_SOURCE}" "${libgit2_source}")
else()
    get_libgit2("${libgit2_source}")
endif()
require_maintained_libgit2("${libgit2_source}")
