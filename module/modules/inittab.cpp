#include "plan/inittab.hpp"
#include "modules/modules.hpp"

namespace bulwark {
namespace {

std::vector<Option> entry_options() {
    return {
        {.name = "id",
         .description = "The identifier of the entry: 1 to 14 characters.",
         .required = true,
         .aliases = {"name", "service"}},
        {.name = "runlevel", .description = "The run levels in which the entry counts; empty means all of them."},
        {.name = "action",
         .description = "What init does with the command.",
         .choices = {"boot", "bootwait", "hold", "initdefault", "off", "once", "ondemand", "powerfail", "powerwait",
                     "respawn", "sysinit", "wait"}},
        {.name = "command", .description = "The command; it may contain colons, quotes and `#`, but no newline."},
        {.name = "insertafter",
         .description =
             "The entry after which a new one is placed; without it a new one goes to the end. The position of an "
             "entry that exists is left alone."},
        {.name = "state",
         .description =
             "`present`: there and enabled, with the fields given; a new entry needs runlevel, action and command. "
             "`absent`: not there, not even commented out. `disabled`: init does not start it, by `method`. "
             "`enabled`: undoes either method.",
         .choices = {"present", "absent", "disabled", "enabled"},
         .fallback = "present"},
        {.name = "method",
         .description =
             "How `disabled` does it. `comment`: a colon becomes the first character of the line, which loses "
             "nothing. `off`: the action field becomes `off`; lsitab still shows the entry.",
         .choices = {"comment", "off"},
         .fallback = "comment"},
        {.name = "force",
         .type = Type::boolean,
         .description = "Also make a change after which the host may not boot to where it boots now.",
         .fallback = false},
    };
}

InittabEntry entry_of(const json::object& item) {
    InittabEntry entry{
        .identifier = text_of(item, "id"),
        .state = value_of<InittabState>(text_of(item, "state"), {{"present", InittabState::present},
                                                                 {"absent", InittabState::absent},
                                                                 {"disabled", InittabState::disabled},
                                                                 {"enabled", InittabState::enabled}}),
        .fields = {optional_text(item, "runlevel"), optional_text(item, "action"), optional_text(item, "command")},
        .insert_after = optional_text(item, "insertafter"),
        .method = text_of(item, "method") == "off" ? InittabMethod::off : InittabMethod::comment,
        .force = flag_of(item, "force"),
        .now = flag_of(item, "now")};
    if (entry.identifier.empty())
        throw Error("an inittab entry without an identifier cannot be edited; give its id");
    return entry;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller& caller) {
    std::vector<Wanted> wanted;
    for (json::object item : items(module.table, arguments, caller)) {
        item["now"] = flag_of(arguments, "now"); // of the call, not of an item
        wanted.emplace_back(entry_of(item));
    }
    return {rule_of(module, std::move(wanted))};
}

/// Playbooks written for community.general.aix_inittab read the entry's name from the result.
void name_of_entry(const json::object& arguments, const Snapshot&, const Snapshot&, json::object& result) {
    if (const std::optional<std::string> identifier = optional_text(arguments, "id"); identifier)
        result["name"] = *identifier;
}

constexpr Example examples[] = {
    {"Keep the documentation search and CDE from starting",
     R"({"entries": ["httpdlite", "imnss", "imqss", "dt"], "state": "disabled"})"},
    {"Start our agent after cron",
     R"({"id": "agent",
         "runlevel": "23456789",
         "action": "respawn",
         "command": "/opt/agent/bin/agent -c /etc/agent.conf > /dev/null 2>&1",
         "insertafter": "cron"})"},
    {"The same entry as for community.general.aix_inittab",
     R"({"name": "startmyservice", "runlevel": "4", "action": "once", "command": "echo hello", "state": "absent"})"},
};

} // namespace

Module inittab_module() {
    return {.name = "inittab",
            .summary = "What init starts",
            .description =
                {"Adds, changes, removes, disables and enables entries of `/etc/inittab`: lsitab, mkitab, chitab and "
                 "rmitab in one, with check mode, diff and rollback.",
                 "An edit after which the host would not boot to where it booted before is refused unless `force` is "
                 "true; an edit of an identifier that stands twice is always refused.",
                 "A change counts from the next boot, as with mkitab, unless `now` is true."},
            .table = {.options = with_common_options(
                          {{.name = "entries",
                            .type = Type::list,
                            .description =
                                "Entries to look after, in one transaction. An item that is a plain string is an "
                                "identifier; options beside the list are the items' defaults.",
                            .elements = Type::dict,
                            .options = entry_options()},
                           {.name = "now",
                            .type = Type::boolean,
                            .description = "Run `telinit q` after a change, so that init reads the file at once.",
                            .fallback = false}}),
                      .items = "entries",
                      .required_one_of = {{"entries", "id"}}},
            .examples = examples,
            .returns = {{"name", "str", "where one entry's options stand at the top level",
                         "The identifier of the entry, as `community.general.aix_inittab` returns it."}},
            .rules = rules,
            .facts = name_of_entry};
}

} // namespace bulwark
