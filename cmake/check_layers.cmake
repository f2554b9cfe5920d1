# cmake -DSOURCE=DIR -P check_layers.cmake
# Fails if a file includes what its layer must not know: text <- document <- plan <- system <- module, and so on within system and
# module. And of the C library all of them know the headers of POSIX.1-2008 with XSI alone.
cmake_minimum_required(VERSION 3.25)

# The includes of the files below `directory` that match none of the allowed names. A directory with rooms: the files directly
# in it, `directory/.`.
function(check_layer directory)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "ALLOWED;FORBIDDEN;EXCEPT")
    list(JOIN layer_ALLOWED "|" allowed)
    list(JOIN layer_FORBIDDEN "|" forbidden)
    if(directory MATCHES "/\\.$")
        file(GLOB files RELATIVE "${SOURCE}" "${SOURCE}/${directory}/*.cpp" "${SOURCE}/${directory}/*.hpp")
    else()
        file(GLOB_RECURSE files RELATIVE "${SOURCE}" "${SOURCE}/${directory}/*.cpp" "${SOURCE}/${directory}/*.hpp")
    endif()
    list(REMOVE_ITEM files ${layer_EXCEPT})
    if(NOT files)
        message(SEND_ERROR "there is no source in ${directory}")
    endif()
    foreach(file IN LISTS files)
        file(STRINGS "${SOURCE}/${file}" lines REGEX "^[ \t]*#[ \t]*include")
        foreach(line IN LISTS lines)
            if(line MATCHES "\"(.*)\"" AND NOT CMAKE_MATCH_1 MATCHES "^(${allowed})")
                message(SEND_ERROR "${file}: ${line}: not a lower layer")
            elseif(line MATCHES "<(.*)>" AND CMAKE_MATCH_1 MATCHES "^(${forbidden})")
                message(SEND_ERROR "${file}: ${line}: not for this layer")
            endif()
        endforeach()
    endforeach()
endfunction()

# Others: inside of an #if for the system that has them, or had everywhere.
set(beyond_posix
    "lib/system/host/access_control_list.cpp: sys/xattr.h" # Linux
    "lib/system/host/access_control_list.cpp: sys/acl.h"   # AIX
    "lib/system/host/extended_attributes.cpp: sys/xattr.h" # Linux
    "lib/system/host/extended_attributes.cpp: sys/ea.h"    # AIX
    "module/main.cpp: sys/ioctl.h")                   # the width of a terminal; POSIX has none before 2024

set(posix_headers
    aio arpa/inet assert complex cpio ctype dirent dlfcn errno fcntl fenv float fmtmsg fnmatch ftw glob grp iconv
    inttypes iso646 langinfo libgen limits locale math monetary mqueue ndbm net/if netdb netinet/in netinet/tcp nl_types
    poll pthread pwd regex sched search semaphore setjmp signal spawn stdarg stdbool stddef stdint stdio stdlib string
    strings stropts sys/ipc sys/mman sys/msg sys/resource sys/select sys/sem sys/shm sys/socket sys/stat sys/statvfs
    sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar termios tgmath time trace ulimit unistd
    utime utmpx wchar wctype wordexp)

function(check_system_headers)
    file(GLOB_RECURSE files RELATIVE "${SOURCE}" "${SOURCE}/lib/*.[ch]pp" "${SOURCE}/module/*.[ch]pp")
    foreach(file IN LISTS files)
        file(STRINGS "${SOURCE}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*<[a-z_/0-9]+\\.h>")
        foreach(line IN LISTS lines)
            string(REGEX REPLACE ".*<(.*)\\.h>.*" "\\1" header "${line}")
            if(NOT header IN_LIST posix_headers AND NOT header MATCHES "^git2(/|$)"
               AND NOT "${file}: ${header}.h" IN_LIST beyond_posix)
                message(SEND_ERROR "${file}: ${line}: not in POSIX.1-2008 with XSI")
            endif()
        endforeach()
    endforeach()
endfunction()

set(system_headers "[a-z_/0-9]+\\.h$") # unistd.h, sys/stat.h, ...: the C library beyond the standard C++ headers
set(text error.hpp text.hpp utf8.hpp)
set(lib ${text} document/ plan/ system/)
check_layer(lib/. ALLOWED ${text} FORBIDDEN boost/ git2 ${system_headers})
check_layer(lib/document ALLOWED ${text} document/ FORBIDDEN boost/ git2 ${system_headers})
check_layer(lib/plan ALLOWED ${text} document/ plan/ FORBIDDEN boost/ git2 ${system_headers})
check_layer(lib/system ALLOWED ${lib} FORBIDDEN boost/)
set(of_system system/host.hpp system/landing.hpp system/metadata.hpp)
check_layer(lib/system/host ALLOWED ${text} document/ plan/ ${of_system} system/host/ FORBIDDEN boost/ git2)
check_layer(lib/system/history ALLOWED ${text} document/ plan/ ${of_system} system/host/ system/history/ FORBIDDEN boost/)

# The rooms of module/, each with what it may know beside lib and itself.
check_layer(module/python ALLOWED ${text} python/ FORBIDDEN git2)
check_layer(module/options ALLOWED ${text} document/ python/ options/ FORBIDDEN git2)
check_layer(module/terminal ALLOWED ${text} python/ terminal/ FORBIDDEN git2)
set(core module.hpp protocol.hpp profile.hpp request.hpp report.hpp run.hpp commit_message.hpp)
check_layer(module/modules ALLOWED ${lib} python/ options/ ${core} modules/ FORBIDDEN git2)
check_layer(module/cli ALLOWED ${lib} python/ options/ terminal/ ${core} cli/ FORBIDDEN git2)
check_layer(module/docs ALLOWED ${lib} python/ options/ terminal/ ${core} cli/ docs/ FORBIDDEN git2)
check_layer(module/. ALLOWED ${lib} python/ options/ terminal/ ${core} modules/ FORBIDDEN git2 EXCEPT module/main.cpp)
check_layer(module ALLOWED "" FORBIDDEN git2) # main.cpp knows every room
check_system_headers()
