#include "plan/syslog.hpp"
#include "modules/modules.hpp"

namespace bulwark {
namespace {

std::vector<Option> rule_options() {
    return {
        {.name = "selector",
         .description =
             "Which messages: `facility.priority`, as in `auth.info`, which means that priority and all above it. "
             "Facilities are separated by commas, several such pairs by semicolons; `*` means all facilities. "
             "`authpriv` is none of IBM's, but some releases take it.",
         .required = true},
        {.name = "destination",
         .description =
             "Where they go: the absolute path of a file, users with commas between them, `@host`, `*` for all users "
             "that are logged in, or `errlog`. One selector may have several destinations: each is a rule of its own. "
             "Required unless `state` is `absent`, where none means all rules of the selector."},
        {.name = "rotate_size",
         .description = "Rotate the file when it has this size: a number with `k` or `m` attached, `10k` at least. "
                        "Not for AIX 4.3, whose syslogd knows no rotation."},
        {.name = "rotate_time",
         .description = "Rotate the file after this time: a number with `h`, `d`, `w`, `m` or `y` attached. With "
                        "`rotate_size` whichever comes first. Not for AIX 4.3."},
        {.name = "files",
         .type = Type::integer,
         .description =
             "How many files to keep when rotating: 2 or more; without it syslogd keeps all. Not for AIX 4.3."},
        {.name = "compress",
         .type = Type::boolean,
         .description = "Whether rotated files are compressed; without it that stays as it is. Not for AIX 4.3."},
        {.name = "archive",
         .type = Type::path,
         .description = "The directory that rotated files are moved to; it must be there. Not for AIX 4.3."},
        {.name = "state",
         .description =
             "`present`: there is such a rule; of a rotation the words given are as given, the others stay. `absent`: "
             "there is none; the log file stays.",
         .choices = {"present", "absent"},
         .fallback = "present"},
    };
}

/// Nothing where no word of it is given.
std::optional<SyslogRotation> rotation_of(const json::object& item) {
    SyslogRotation rotation{.size = optional_text(item, "rotate_size"),
                            .time = optional_text(item, "rotate_time"),
                            .files = {},
                            .archive = optional_text(item, "archive"),
                            .compress = optional_flag(item, "compress")};
    if (is_given(item, "files"))
        rotation.files = std::to_string(integer_of(item, "files"));
    return rotation == SyslogRotation{} ? std::nullopt : std::optional(rotation);
}

/// `0640`. A mode that YAML has read as the number 0640 comes as 416, which is refused for the x in it.
unsigned mode_of(const std::string& text) {
    constexpr unsigned owner_reads_and_writes = 0600, nobody_executes = 0666;
    unsigned mode = 0;
    bool good = text.size() == 3 || (text.size() == 4 && text.front() == '0');
    for (const char digit : text) {
        good = good && digit >= '0' && digit <= '7';
        mode = mode * 8 + static_cast<unsigned>(digit - '0');
    }
    if (!good || (mode & owner_reads_and_writes) != owner_reads_and_writes ||
        (mode | nobody_executes) != nobody_executes)
        throw Error("log_mode is '" + text +
                    "': it must be an octal number in quotes with which the owner can read and write and nobody can "
                    "execute, as in '0640'");
    return mode;
}

WantedSyslogRule rule_of(const json::object& item, unsigned log_mode) {
    WantedSyslogRule wanted{{text_of(item, "selector"), text_of(item, "destination"), rotation_of(item)},
                            value_of<SyslogState>(text_of(item, "state"),
                                                  {{"present", SyslogState::present}, {"absent", SyslogState::absent}}),
                            log_mode};
    if (wanted.rule.selector.empty())
        throw Error("a rule without a selector cannot be edited; give its selector, as in the first column of "
                    "syslog.conf");
    if (wanted.state == SyslogState::present)
        require_rule(wanted.rule);
    return wanted;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller& caller) {
    const unsigned log_mode = mode_of(text_of(arguments, "log_mode"));
    std::vector<Wanted> wanted;
    for (const json::object& item : items(module.table, arguments, caller))
        wanted.emplace_back(rule_of(item, log_mode));
    return {rule_of(module, std::move(wanted))};
}

constexpr Example examples[] = {
    {"Log what the tutorial logs",
     R"({"rules": [{"selector": "*.alert", "destination": "errlog"},
                   {"selector": "*.err", "destination": "/var/adm/errorlog"},
                   {"selector": "mail.info", "destination": "/var/adm/mail.log"},
                   {"selector": "auth.info", "destination": "/var/adm/auth.log"},
                   {"selector": "daemon.info", "destination": "/var/adm/daemon.log"}]})"},
    {"Authorization messages also go to the log host; the file keeps eight weeks",
     R"({"rules": [{"selector": "auth.info", "destination": "@loghost"},
                   {"selector": "auth.info",
                    "destination": "/var/adm/auth.log",
                    "rotate_time": "1w",
                    "files": 8,
                    "compress": true}]})"},
    {"Nothing is logged to terminals any more", R"({"selector": "*.emerg", "destination": "*", "state": "absent"})"},
};

} // namespace

Module syslog_module() {
    return {
        .name = "syslog",
        .summary = "What syslogd logs, and where",
        .description =
            {"Adds, changes and removes rules of `/etc/syslog.conf`, and refreshes syslogd when something changed "
             "and it is active.",
             "syslogd writes to no file that is not there: log files that are missing are created with "
             "`log_mode`, empty and before syslogd is refreshed, and so are the directories they belong in. A log "
             "that is there keeps its mode and content, and no log is ever removed by `state: absent`. A log is never "
             "made through a symbolic link. Where others than root can write to its directory - on AIX group adm "
             "can write to /var/adm - that is a finding: they can remove the log, or put something else in its "
             "place.",
             "A rule that says the same in other words counts as present and is not rewritten: other spacing, "
             "`warn` for `warning`, facilities in another order. Comments, and lines that this module does not "
             "understand, stay as they are."},
        .table = {.options = with_common_options(
                      {{.name = "rules",
                        .type = Type::list,
                        .description = "Rules to look after, in one transaction. Options beside the list are the "
                                       "items' defaults; an item that is a plain string is a selector.",
                        .elements = Type::dict,
                        .options = rule_options()},
                       {.name = "log_mode",
                        .description = "The mode of a log file that is created, octal and in quotes.",
                        .fallback = "0640"}}),
                  .items = "rules",
                  .required_one_of = {{"rules", "selector"}}},
        .examples = examples,
        .rules = rules};
}

} // namespace bulwark
