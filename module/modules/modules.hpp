#pragma once

#include "module.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulwark {

struct OpenPort;

// One function a module; each builds its table when the module is first asked for.
Module inittab_module();
Module rc_script_module();
Module inetd_module();
Module network_options_module();
Module syslog_module();
Module crontab_module();
Module ftpusers_module();
Module sendmail_module();
Module path_module();
Module subsystem_module();
Module software_module();
Module harden_module();
Module rollback_module();
Module history_info_module();
Module ports_info_module();

/// `own` and, behind them, the options common to modules that change something (or to those that only look).
std::vector<Option> with_common_options(std::vector<Option> own, bool changes = true);

/// The value that stands beside the text; the choices of the option have let no other through.
template <class Value>
Value value_of(std::string_view text, std::initializer_list<std::pair<std::string_view, Value>> values) {
    for (const auto& [name, value] : values)
        if (name == text)
            return value;
    throw std::logic_error("no value for the choice " + std::string(text));
}

/// Ports as results have them, and the documentation of that.
json::array array_of(const std::vector<OpenPort>& ports);
std::vector<Return> port_fields();

/// A plain call of a module is one rule without an id.
Rule rule_of(const Module& module, std::vector<Wanted> wanted);

} // namespace bulwark
