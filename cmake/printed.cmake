# What the executable prints of itself, beside it: bulwark.1, and completions/bulwark (bash) and completions/_bulwark (zsh), named
# as those shells look for them. A cross build has them where an emulator runs the executable; they are the same on every platform.
set(printed_files "")

function(print_file file)
    add_custom_command(
        OUTPUT "${file}"
        COMMAND bulwark doc ${ARGN} > "${file}"
        DEPENDS bulwark
        COMMENT "Writing ${file}"
        VERBATIM)
    set(printed_files ${printed_files} "${PROJECT_BINARY_DIR}/${file}" PARENT_SCOPE) # "completions/bulwark" would be the target
endfunction()

if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
    message(STATUS "No manual page and no completions: nothing here can run the executable, which prints them. "
                   "CMAKE_CROSSCOMPILING_EMULATOR names what can")
else()
    file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/completions")
    print_file(bulwark.1 --man)
    print_file(completions/bulwark --completion bash)
    print_file(completions/_bulwark --completion zsh)
endif()
add_custom_target(printed ALL DEPENDS ${printed_files})
