# Fills BULWARK_SYSROOT with the libraries that a cross build needs, from Debian's packages for that architecture. Those
# cannot be installed beside the machine's own, so they are only unpacked, and got with an apt configuration that has its
# own lists and cache: the machine's stay as they are.
if(EXISTS "${BULWARK_SYSROOT}/complete")
    return()
endif()

function(apt_for_sysroot directory)
    file(MAKE_DIRECTORY "${directory}/lists/partial" "${directory}/cache/archives/partial")
    execute_process(
        COMMAND apt-get -q -o "APT::Architecture=${BULWARK_SYSROOT_ARCHITECTURE}"
                -o "APT::Architectures=${BULWARK_SYSROOT_ARCHITECTURE}" -o "Dir::State::Lists=${directory}/lists"
                -o "Dir::State::status=/dev/null" -o "Dir::Cache=${directory}/cache" -o "APT::Sandbox::User=root"
                -o "Acquire::Languages=none" ${ARGN}
        WORKING_DIRECTORY "${directory}" RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE error)
    set(apt_status ${status} PARENT_SCOPE)
    set(apt_error "${error}" PARENT_SCOPE)
endfunction()

function(fill_sysroot sysroot)
    set(packages zlib1g-dev libhttp-parser-dev doctest-dev)
    list(JOIN packages ", " names)
    message(STATUS "Getting ${names} for ${BULWARK_SYSROOT_ARCHITECTURE}")
    apt_for_sysroot("${sysroot}/apt" update) # one repository out of order need not matter
    apt_for_sysroot("${sysroot}/apt" download ${packages})
    if(NOT apt_status EQUAL 0)
        message(FATAL_ERROR "apt-get could not download ${names} for the architecture ${BULWARK_SYSROOT_ARCHITECTURE}, "
            "which this cross build needs: ${apt_error}\nUse a mirror of Debian that has this architecture.")
    endif()
    file(GLOB archives "${sysroot}/apt/*.deb")
    foreach(archive IN LISTS archives)
        execute_process(COMMAND dpkg-deb -x "${archive}" "${sysroot}" COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
    file(REMOVE_RECURSE "${sysroot}/apt")
endfunction()

# Headers alone, the same for every architecture.
function(link_boost sysroot)
    find_path(BULWARK_BOOST boost/json.hpp NO_CACHE NO_CMAKE_FIND_ROOT_PATH)
    if(NOT BULWARK_BOOST)
        message(FATAL_ERROR "There are no headers of Boost.JSON. On Debian: apt-get install libboost-json1.81-dev")
    endif()
    file(CREATE_LINK "${BULWARK_BOOST}/boost" "${sysroot}/usr/include/boost" SYMBOLIC)
endfunction()

file(REMOVE_RECURSE "${BULWARK_SYSROOT}")
file(MAKE_DIRECTORY "${BULWARK_SYSROOT}")
fill_sysroot("${BULWARK_SYSROOT}")
link_boost("${BULWARK_SYSROOT}")
file(TOUCH "${BULWARK_SYSROOT}/complete")
