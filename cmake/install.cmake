# `cmake --install build [--prefix DIR]`, with DESTDIR before it if wanted: the command, what it prints of itself, and the
# documents. Packages are made of the same files; docs/packages.md names them.
if(CMAKE_SYSTEM_NAME STREQUAL "AIX" AND CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
    set_property(CACHE CMAKE_INSTALL_PREFIX PROPERTY VALUE /opt/freeware) # where the AIX Toolbox has everything
endif()
include(GNUInstallDirs)

install(TARGETS bulwark RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY docs DESTINATION "${CMAKE_INSTALL_DOCDIR}")
if(printed_files)
    install(FILES "${PROJECT_BINARY_DIR}/bulwark.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
    install(FILES "${PROJECT_BINARY_DIR}/completions/bulwark"
            DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
    install(FILES "${PROJECT_BINARY_DIR}/completions/_bulwark" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
endif()

# The RPM's specification, ready for `rpmbuild -bb build/packaging/bulwark.spec`. It packs what is built, and builds nothing.
set(BULWARK_PACKAGE_PREFIX /opt/freeware CACHE PATH "Where the RPM installs: the AIX Toolbox's place")
set(package_group root)
if(CMAKE_SYSTEM_NAME STREQUAL "AIX")
    set(package_group system)
endif()
configure_file(packaging/bulwark.spec.in packaging/bulwark.spec @ONLY)
