#pragma once

#include "module.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// `bulwark doc NAME`: DOCUMENTATION, EXAMPLES and RETURN as one YAML document, as a sidecar of a binary module
/// holds it.
std::string documentation(const Module& module);

/// `bulwark doc --python NAME`: a documentation-only Python file with the same as string constants, which
/// `ansible-doc -l` reads.
std::string python_documentation(const Module& module);

/// `bulwark doc --markdown NAME`: the reference page under docs/modules.
std::string markdown_documentation(const Module& module);

/// An option as it may stand at the top level of a call.
struct TopOption {
    const Option* option = nullptr;
    bool of_item = false; // of the items of `table.items`: here it is their default, or describes the only item
};

/// All of them in the order of the documentation: those of an item follow the list that they belong to.
std::vector<TopOption> top_options(const OptionTable& table);

/// "list of dict".
std::string type_text(const Option& option);

/// What the table demands of several options together, one sentence each, names in backquotes as `spell` writes them.
std::vector<std::string> conditions(const OptionTable& table, std::string (*spell)(const std::string& name));

/// A description without its marks: "`x`" becomes x.
std::string without_marks(std::string_view description);

/// A value as a YAML document in block style. Every text is readable as exactly that text by YAML 1.1 and 1.2.
std::string yaml(const json::value& value);

} // namespace bulwark
