# fuzz_NAME: the target NAME of tests/fuzz/targets.hpp as a program of libFuzzer's.
file(STRINGS tests/fuzz/targets.hpp declarations REGEX "^void [a-z_]+\\(")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS tests/fuzz/targets.hpp)

file(GLOB sources CONFIGURE_DEPENDS tests/fuzz/*.cpp)
list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
add_library(bulwark_fuzz STATIC ${sources} tests/support/ksh.cpp tests/support/memory_host.cpp tests/support/posix_files.cpp)
target_include_directories(bulwark_fuzz PUBLIC tests tests/fuzz)
target_link_libraries(bulwark_fuzz PUBLIC bulwark_module bulwark::git2 PRIVATE bulwark::strict)

foreach(declaration IN LISTS declarations)
    string(REGEX REPLACE "^void ([a-z_]+)\\(.*" "\\1" name "${declaration}")
    add_executable(fuzz_${name} tests/fuzz/libfuzzer/main.cpp)
    target_compile_definitions(fuzz_${name} PRIVATE BULWARK_FUZZ_TARGET=${name})
    target_link_libraries(fuzz_${name} PRIVATE bulwark_fuzz bulwark::strict)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
