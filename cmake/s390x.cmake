# Toolchain of the preset s390x: 64 bit, big-endian as AIX is. What it builds runs in qemu's user mode.
set(cross_architecture s390x)
set(cross_triplet s390x-linux-gnu)
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(CMAKE_LIBRARY_ARCHITECTURE s390x-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")

find_cross_program(QEMU qemu-user-static qemu-s390x-static qemu-s390x)
set(CMAKE_CROSSCOMPILING_EMULATOR "${QEMU}")
