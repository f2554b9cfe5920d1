# bulwark.1 beside the executable, which prints it.
add_custom_command(
    OUTPUT bulwark.1
    COMMAND bulwark doc --man > bulwark.1
    DEPENDS bulwark
    COMMENT "Writing the manual page"
    VERBATIM)
add_custom_target(man_page ALL DEPENDS bulwark.1)
