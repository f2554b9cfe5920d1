# The Ansible collection. Included by CMakeLists.txt it makes the target; run by the build with -P it lays the files out.
if(NOT CMAKE_SCRIPT_MODE_FILE)
    set(collection "${PROJECT_BINARY_DIR}/collections/ansible_collections/bulwark/aix")
    file(GLOB collection_sources CONFIGURE_DEPENDS README.md LICENSE CHANGELOG.md playbooks/*.yml
        playbooks/group_vars/* module/collection/*)
    add_custom_command(
        OUTPUT "${collection}/galaxy.yml"
        COMMAND "${CMAKE_COMMAND}" "-DBINARY=$<TARGET_FILE:bulwark>" "-DSOURCE=${PROJECT_SOURCE_DIR}"
                "-DCOLLECTION=${collection}" "-DVERSION=${PROJECT_VERSION}" -P "${CMAKE_CURRENT_LIST_FILE}"
        DEPENDS bulwark ${collection_sources} "${CMAKE_CURRENT_LIST_FILE}"
        COMMENT "Laying out the Ansible collection"
        VERBATIM)
    add_custom_target(collection ALL DEPENDS "${collection}/galaxy.yml")
    return()
endif()

cmake_minimum_required(VERSION 3.25)

function(bulwark_doc variable)
    execute_process(COMMAND "${BINARY}" doc ${ARGN} OUTPUT_VARIABLE text ERROR_VARIABLE error RESULT_VARIABLE status)
    if(NOT status EQUAL 0 OR NOT text)
        list(JOIN ARGN " " arguments)
        message(FATAL_ERROR "bulwark doc ${arguments} printed no documentation (${status}): ${error}")
    endif()
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# The one binary under each module's name, and beside each link a Python file that holds only its documentation:
# Ansible runs the link, ansible-doc reads the file.
function(add_module name)
    file(CREATE_LINK ../../bin/bulwark "${COLLECTION}/plugins/modules/${name}" SYMBOLIC)
    bulwark_doc(python --python ${name})
    file(WRITE "${COLLECTION}/plugins/modules/${name}.py" "${python}")
endfunction()

bulwark_doc(names --list)
string(REGEX MATCHALL "[^\n]+" modules "${names}")
list(JOIN modules ", " MODULES)

file(REMOVE_RECURSE "${COLLECTION}")
file(MAKE_DIRECTORY "${COLLECTION}/bin" "${COLLECTION}/plugins/modules")
file(COPY_FILE "${BINARY}" "${COLLECTION}/bin/bulwark")
foreach(name IN LISTS modules)
    add_module(${name})
endforeach()
file(GLOB documents "${SOURCE}/README.md" "${SOURCE}/LICENSE" "${SOURCE}/CHANGELOG.md")
file(GLOB playbooks "${SOURCE}/playbooks/*.yml" "${SOURCE}/playbooks/group_vars")
file(COPY ${documents} DESTINATION "${COLLECTION}")
file(COPY ${playbooks} DESTINATION "${COLLECTION}/playbooks")
configure_file("${SOURCE}/module/collection/runtime.yml.in" "${COLLECTION}/meta/runtime.yml" @ONLY)
configure_file("${SOURCE}/module/collection/galaxy.yml.in" "${COLLECTION}/galaxy.yml" @ONLY) # last: says all is there
