# bulwark_tests: every test of tests/document, plan, system, module and fuzz in one program.
find_package(doctest CONFIG REQUIRED)

file(GLOB tests CONFIGURE_DEPENDS tests/main.cpp tests/document/*.cpp tests/document/*/*.cpp tests/plan/*.cpp tests/system/*.cpp
    tests/system/*/*.cpp tests/module/*.cpp tests/module/*/*.cpp tests/fuzz/*.cpp tests/support/*.cpp)
add_executable(bulwark_tests ${tests})
target_include_directories(bulwark_tests PRIVATE tests tests/fuzz)
target_compile_definitions(bulwark_tests PRIVATE
    BULWARK_CORPUS="${PROJECT_SOURCE_DIR}/tests/fuzz/corpus" BULWARK_SAMPLES="${PROJECT_SOURCE_DIR}/tests/samples")
# A test that runs itself once more needs its emulator before it.
set_property(SOURCE tests/system/history/history_test.cpp APPEND PROPERTY
    COMPILE_DEFINITIONS BULWARK_EMULATOR="${CMAKE_CROSSCOMPILING_EMULATOR}")
if(CMAKE_CROSSCOMPILING)
    target_link_options(bulwark_tests PRIVATE -static) # runs where the target's libraries are not
endif()
target_link_libraries(bulwark_tests PRIVATE
    bulwark_module bulwark::git2 doctest::doctest bulwark::strict bulwark::measured)

add_test(NAME unit COMMAND bulwark_tests)
# That BULWARK_STRICT_POSIX is no empty word: what Linux has beyond POSIX is not there.
if(BULWARK_STRICT_POSIX)
    add_test(NAME strict_posix COMMAND_EXPAND_LISTS COMMAND "${CMAKE_CXX_COMPILER}" -std=c++20 -fsyntax-only
        $<TARGET_PROPERTY:bulwark_posix,INTERFACE_COMPILE_OPTIONS> "${PROJECT_SOURCE_DIR}/tests/beyond_posix.cpp")
    set_property(TEST strict_posix PROPERTY PASS_REGULAR_EXPRESSION "^[^\n]*\n[^\n]*error: [^\n]*pipe2[^\n]*not declared")
endif()
add_test(NAME layers COMMAND "${CMAKE_COMMAND}" "-DSOURCE=${PROJECT_SOURCE_DIR}"
    -P "${PROJECT_SOURCE_DIR}/cmake/check_layers.cmake")
find_package(Python3 COMPONENTS Interpreter) # which a host of AIX need not have
if(Python3_FOUND)
    add_test(NAME citations COMMAND "${Python3_EXECUTABLE}" -B
        "${PROJECT_SOURCE_DIR}/cmake/check_citations.py" "${PROJECT_SOURCE_DIR}")
endif()
