# The Ansible collection. Included by CMakeLists.txt it makes the target; run by the build with -P it lays the files out.
#
# Each build is bin/PLATFORM/bulwark, and each module a link plugins/modules/PLATFORM/NAME to it, among which
# plugins/action/by_platform.py chooses. With one build it is the same.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/platform_binary.cmake")

if(NOT CMAKE_SCRIPT_MODE_FILE)
    set(collection "${PROJECT_BINARY_DIR}/collections/ansible_collections/bulwark/aix")
    file(GLOB_RECURSE collection_sources CONFIGURE_DEPENDS LICENSE CHANGELOG.md docs/* playbooks/* module/collection/*)
    require_platform_binaries("${BULWARK_PLATFORM_BINARIES}" ${PROJECT_VERSION}) # now, and when they are copied
    string(REGEX REPLACE "[^;=]*=" "" platform_files "${BULWARK_PLATFORM_BINARIES}")
    add_custom_command(
        OUTPUT "${collection}/galaxy.yml"
        COMMAND "${CMAKE_COMMAND}" "-DBINARY=$<TARGET_FILE:bulwark>" "-DSOURCE=${PROJECT_SOURCE_DIR}"
                "-DCOLLECTION=${collection}" "-DVERSION=${PROJECT_VERSION}"
                "-DMACHINE=${CMAKE_SYSTEM_PROCESSOR}" "-DREPOSITORY=${BULWARK_REPOSITORY}"
                "-DPLATFORM_BINARIES=${BULWARK_PLATFORM_BINARIES}" -P "${CMAKE_CURRENT_LIST_FILE}"
        DEPENDS bulwark ${collection_sources} ${platform_files} "${CMAKE_CURRENT_LIST_FILE}"
                "${CMAKE_CURRENT_LIST_DIR}/platform_binary.cmake"
        COMMENT "Laying out the Ansible collection"
        VERBATIM)
    add_custom_target(collection ALL DEPENDS "${collection}/galaxy.yml")
    return()
endif()

function(bulwark_doc variable)
    execute_process(COMMAND "${BINARY}" doc ${ARGN} OUTPUT_VARIABLE text ERROR_VARIABLE error RESULT_VARIABLE status)
    if(NOT status EQUAL 0 OR NOT text)
        list(JOIN ARGN " " arguments)
        message(FATAL_ERROR "bulwark doc ${arguments} printed no documentation (${status}): ${error}")
    endif()
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()

function(put_binary path name)
    file(COPY_FILE "${path}" "${COLLECTION}/bin/${name}")
    file(CHMOD "${COLLECTION}/bin/${name}" FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
         WORLD_READ WORLD_EXECUTE)
endfunction()

# A Python file that holds only the documentation of a module: ansible-doc reads it, Ansible runs a link of the same name.
function(add_documentation name)
    bulwark_doc(python --python ${name})
    file(WRITE "${COLLECTION}/plugins/modules/${name}.py" "${python}")
endfunction()

function(add_build platform path)
    if(IS_DIRECTORY "${COLLECTION}/bin/${platform}")
        message(FATAL_ERROR "BULWARK_PLATFORM_BINARIES: ${platform} is there twice, or is the platform that this build is for")
    endif()
    file(MAKE_DIRECTORY "${COLLECTION}/bin/${platform}" "${COLLECTION}/plugins/modules/${platform}")
    put_binary("${path}" ${platform}/bulwark)
    foreach(name IN LISTS modules)
        file(CREATE_LINK ../../../bin/${platform}/bulwark "${COLLECTION}/plugins/modules/${platform}/${name}" SYMBOLIC)
    endforeach()
endfunction()

# The platform that the executable was built for. One that platform_binary.cmake does not know is called as by_platform.py
# calls it; the collection is never laid out by a cross build.
function(name_own_platform variable)
    platform_of_binary(own "${BINARY}")
    if(NOT own)
        string(TOLOWER "${CMAKE_HOST_SYSTEM_NAME}_${MACHINE}" own)
    endif()
    set(${variable} "${own}" PARENT_SCOPE)
endfunction()

function(add_builds)
    require_platform_binaries("${PLATFORM_BINARIES}" "${VERSION}")
    name_own_platform(own)
    add_build("${own}" "${BINARY}")
    foreach(entry IN LISTS PLATFORM_BINARIES)
        string(REGEX MATCH "^([^=]+)=(.+)$" matched "${entry}")
        add_build("${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}")
    endforeach()
endfunction()

# "| [inetd](docs/modules/inetd.md) | Which services inetd offers |", a line a module
function(make_module_table variable)
    foreach(name IN LISTS modules)
        bulwark_doc(text ${name})
        string(REGEX MATCH "short_description: \"([^\n]*)\"\n" found "${text}")
        string(APPEND table "| [${name}](docs/modules/${name}.md) | ${CMAKE_MATCH_1} |\n")
    endforeach()
    set(${variable} "${table}" PARENT_SCOPE)
endfunction()

bulwark_doc(names --list)
string(REGEX MATCHALL "[^\n]+" modules "${names}")

file(REMOVE_RECURSE "${COLLECTION}")
add_builds()
foreach(name IN LISTS modules)
    add_documentation(${name})
endforeach()
file(COPY "${SOURCE}/LICENSE" "${SOURCE}/CHANGELOG.md" DESTINATION "${COLLECTION}")
file(COPY "${SOURCE}/docs" DESTINATION "${COLLECTION}" PATTERN architecture.md EXCLUDE) # which is about the sources
file(COPY "${SOURCE}/module/collection/plugins" DESTINATION "${COLLECTION}" PATTERN __pycache__ EXCLUDE)
# Without what is for a checkout alone.
file(COPY "${SOURCE}/playbooks" DESTINATION "${COLLECTION}"
     PATTERN demo.sh EXCLUDE PATTERN ansible.cfg EXCLUDE PATTERN *.retry EXCLUDE PATTERN __pycache__ EXCLUDE)
list(JOIN modules "\n    - " MODULES)
list(TRANSFORM modules REPLACE "(.+)" "\\1:\n      action_plugin: bulwark.aix.by_platform" OUTPUT_VARIABLE routes)
list(JOIN routes "\n    " MODULE_ROUTES)
make_module_table(MODULE_TABLE)
configure_file("${SOURCE}/module/collection/README.md.in" "${COLLECTION}/README.md" @ONLY)
configure_file("${SOURCE}/module/collection/runtime.yml.in" "${COLLECTION}/meta/runtime.yml" @ONLY)
if(REPOSITORY)
    set(REPOSITORY "\nrepository: ${REPOSITORY}")
endif()
configure_file("${SOURCE}/module/collection/galaxy.yml.in" "${COLLECTION}/galaxy.yml" @ONLY) # last: says all is there
