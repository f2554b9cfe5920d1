#pragma once

#include "options/option.hpp"

#include <string>
#include <vector>

namespace bulwark {

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

/// An option's name as it is typed: "--lock-timeout".
std::string spelled(const std::string& name);

/// An option's name as the table has it; for `conditions`.
std::string as_it_is(const std::string& name);

/// Its name and aliases, as the table writes them.
std::vector<std::string> names_of(const Option& option);

/// What is said of an option behind its names: " (list; default: auto)"; nothing where there is nothing to say.
std::string facts(const Option& option);

/// The options inside an option, which `path` names as in "--rules.refs". Those of the items of `table.items` are none:
/// they stand with the others.
struct KeySection {
    std::string path;
    const std::vector<Option>* keys;
};
std::vector<KeySection> key_sections(const OptionTable& table);

} // namespace bulwark
