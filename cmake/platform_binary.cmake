# Names of platforms, as collections use them, and what an executable for each of them begins with.
#
# The names are what module/collection/by_platform.py makes of a host's uname: linux_ and the machine, aix_ppc64, aix_ppc.

# ELF: class, byte order, machine; XCOFF: magic number (aix_facts.md, releases and compiler). In hexadecimal digits, as
# the file has them.
set(signature_linux_aarch64 elf 0201b700)
set(signature_linux_i386 elf 01010300)
set(signature_linux_ppc64 elf 02020015)
set(signature_linux_ppc64le elf 02011500)
set(signature_linux_riscv64 elf 0201f300)
set(signature_linux_s390x elf 02020016)
set(signature_linux_x86_64 elf 02013e00)
set(signature_aix_ppc xcoff 01df)
set(signature_aix_ppc64 xcoff 01f7)
set(platforms linux_aarch64 linux_i386 linux_ppc64 linux_ppc64le linux_riscv64 linux_s390x linux_x86_64
    aix_ppc aix_ppc64)

# What the file is, as one of the signatures above; empty if it is no program of Linux or AIX, an object file for instance.
function(read_signature variable path)
    file(READ "${path}" header LIMIT 20 HEX)
    set(signature "")
    # e_ident (magic, class, byte order, version, the ABI of System V or Linux), e_type EXEC or DYN, e_machine
    if(header MATCHES "^7f454c46(01|02)(01|02)01(00|03)................(0200|0300|0002|0003)(....)$")
        set(signature elf "${CMAKE_MATCH_1}${CMAKE_MATCH_2}${CMAKE_MATCH_5}")
    elseif(header MATCHES "^(01f7|01df)................................(....)$")
        set(magic "${CMAKE_MATCH_1}")
        math(EXPR is_executable "0x${CMAKE_MATCH_2} & 2") # F_EXEC of f_flags
        if(is_executable)
            set(signature xcoff ${magic})
        endif()
    endif()
    set(${variable} "${signature}" PARENT_SCOPE)
endfunction()

# "linux_s390x" for a program of it, empty for what is none of these platforms.
function(platform_of_binary variable path)
    read_signature(signature "${path}")
    set(found "")
    foreach(platform IN LISTS platforms)
        if(signature AND signature STREQUAL signature_${platform})
            set(found ${platform})
        endif()
    endforeach()
    set(${variable} "${found}" PARENT_SCOPE)
endfunction()

# Its version can be told without running it: the executable holds the text that `bulwark --version` prints, and that of
# the trailer that its commits get.
function(version_of_binary variable path)
    file(STRINGS "${path}" texts LIMIT_COUNT 1 REGEX "^(bulwark |Bulwark-Version: )[0-9]+\\.[0-9]+\\.[0-9]+")
    string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+.*" version "${texts}")
    set(${variable} "${version}" PARENT_SCOPE)
endfunction()

# Stops the build unless `path` is an executable of this version of Bulwark for `platform`.
function(require_binary platform path version)
    set(what "BULWARK_PLATFORM_BINARIES: ${path}, given for ${platform}, ")
    if(NOT platform IN_LIST platforms)
        list(JOIN platforms ", " known)
        message(FATAL_ERROR "BULWARK_PLATFORM_BINARIES: there is no platform \"${platform}\"; those known are ${known}")
    elseif(NOT IS_ABSOLUTE "${path}" OR NOT EXISTS "${path}" OR IS_DIRECTORY "${path}")
        message(FATAL_ERROR "${what}is not the absolute path of a file")
    endif()
    platform_of_binary(found "${path}")
    version_of_binary(has "${path}")
    if(NOT found)
        message(FATAL_ERROR "${what}is no executable for any platform that is known")
    elseif(NOT found STREQUAL platform)
        message(FATAL_ERROR "${what}is an executable for ${found}")
    elseif(NOT has)
        message(FATAL_ERROR "${what}is not Bulwark: the text \"bulwark VERSION\" is not in it")
    elseif(NOT has STREQUAL version)
        message(FATAL_ERROR "${what}is Bulwark ${has}, but this is ${version}; build that version for ${platform} too")
    endif()
endfunction()

# The same for all of BULWARK_PLATFORM_BINARIES.
function(require_platform_binaries entries version)
    foreach(entry IN LISTS entries)
        if(NOT entry MATCHES "^([^=]+)=(.+)$")
            message(FATAL_ERROR "BULWARK_PLATFORM_BINARIES: \"${entry}\" is not PLATFORM=FILE")
        endif()
        require_binary("${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}" "${version}")
    endforeach()
endfunction()
