# cmake -DPROFILES=a.json;b.json -DOUTPUT=file.cpp -P embed_profiles.cmake
# Writes built_in_profile(), which gives the text of a.json, without the blanks between its tokens, for "a". Byte arrays
# have none of the limits of literals.
cmake_minimum_required(VERSION 3.25)

set(arrays "")
set(lookups "")
set(number 0)
foreach(profile IN LISTS PROFILES)
    get_filename_component(name "${profile}" NAME_WE)
    file(READ "${profile}" text)
    string(JSON type ERROR_VARIABLE error TYPE "${text}")
    if(error)
        message(FATAL_ERROR "${profile}: ${error}")
    endif()
    # A string is matched as a whole, so that blanks behind a token are left out and those inside of one are not.
    string(STRIP "${text}" text)
    string(REGEX REPLACE "(\"([^\"\\]|\\\\.)*\"|[^\" \t\r\n])[ \t\r\n]*" "\\1" text "${text}")
    string(HEX "${text}" bytes)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "constexpr unsigned char profile_${number}[] = {${bytes}};\n")
    string(APPEND lookups "    if (name == \"${name}\")\n"
        "        return {reinterpret_cast<const char*>(profile_${number}), sizeof profile_${number}};\n")
    math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}" "// Generated from the .json files of module/profiles.
#include <string_view>

namespace bulwark {
namespace {
${arrays}} // namespace

std::string_view built_in_profile(std::string_view name);
std::string_view built_in_profile([[maybe_unused]] std::string_view name) {
${lookups}    return {};
}
} // namespace bulwark
")
