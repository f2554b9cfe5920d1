# cmake -DPROFILES=a.json;b.json -DOUTPUT=file.cpp -P embed_profiles.cmake
# Writes built_in_profile(), which gives the text of a.json for "a". Byte arrays have none of the limits of literals.
set(arrays "")
set(lookups "")
set(number 0)
foreach(profile IN LISTS PROFILES)
    get_filename_component(name "${profile}" NAME_WE)
    file(READ "${profile}" bytes HEX)
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
