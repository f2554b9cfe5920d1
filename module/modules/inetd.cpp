#include "plan/inetd.hpp"
#include "modules/modules.hpp"

namespace bulwark {
namespace {

std::vector<Option> service_options() {
    return {
        {.name = "name",
         .description =
             "The service, as in the first column; `echo/tcp` means the one entry of that protocol, `echo` all "
             "entries of that name.",
         .required = true,
         .aliases = {"service"}},
        {.name = "protocol",
         .description =
             "The third column. `tcp` and `tcp6` are different protocols. Without it every entry of that name is "
             "meant.",
         .choices = {"tcp", "udp", "tcp6", "udp6"}},
        {.name = "socket_type",
         .description = "The second column.",
         .choices = {"stream", "dgram", "sunrpc_tcp", "sunrpc_udp"}},
        {.name = "wait",
         .description = "The fourth column. With `SRC` inetd starts the server through the System Resource Controller.",
         .choices = {"wait", "nowait", "SRC"}},
        {.name = "user", .description = "The login name under which the server runs."},
        {.name = "server", .description = "The absolute path of the server program, or `internal`."},
        {.name = "args",
         .description = "The arguments of the server, beginning with its own name as argv[0], as in the file: `ftpd -l "
                        "-u077`. RPC entries end in program number and versions."},
        {.name = "state",
         .description =
             "`enabled`: an entry that is there is not commented out. `disabled`: a `#` is put in front, nothing if "
             "there is no entry. `absent`: no entry, not even a disabled one. `present`: there, enabled, with the "
             "fields given, the rest kept; added if need be. `configured`: the fields given where the service is "
             "enabled, nothing elsewhere.",
         .choices = {"enabled", "disabled", "absent", "present", "configured"},
         .required = true},
    };
}

/// "echo/tcp" names its protocol itself.
InetdKey key_of(const json::object& item) {
    const std::string name = text_of(item, "name");
    const std::string protocol = text_of(item, "protocol");
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos)
        return {name, protocol};
    const InetdKey key{name.substr(0, slash), name.substr(slash + 1)};
    if (!protocol.empty() && protocol != key.protocol)
        throw Error("service " + name + " is asked for with protocol " + protocol + "; name one of the two");
    if (key.protocol != "tcp" && key.protocol != "udp" && key.protocol != "tcp6" && key.protocol != "udp6")
        throw Error("service " + name + ": the protocol behind the slash must be tcp, udp, tcp6 or udp6");
    return key;
}

InetdService service_of(const json::object& item) {
    InetdService service{key_of(item),
                         value_of<ServiceState>(text_of(item, "state"), {{"enabled", ServiceState::enabled},
                                                                         {"disabled", ServiceState::disabled},
                                                                         {"absent", ServiceState::absent},
                                                                         {"present", ServiceState::present},
                                                                         {"configured", ServiceState::configured}}),
                         {optional_text(item, "socket_type"), optional_text(item, "wait"), optional_text(item, "user"),
                          optional_text(item, "server"), optional_text(item, "args")}};
    if (service.key.service.empty())
        throw Error("a service without a name cannot be edited; give its name as in the first column of inetd.conf");
    if (service.fields.arguments && service.fields.arguments->starts_with("-"))
        throw Error("args of " + describe(service.key) + " are '" + *service.fields.arguments +
                    "': they must begin with the name of the server (argv[0]), as in 'ftpd -l'");
    return service;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller& caller) {
    std::vector<Wanted> wanted;
    for (const json::object& item : items(module.table, arguments, caller))
        wanted.emplace_back(service_of(item));
    return {rule_of(module, std::move(wanted))};
}

constexpr Example examples[] = {
    {"Disable the r-commands and the small services",
     R"({"services": ["shell", "login", "exec", "echo", "discard", "chargen", "daytime", "time"],
         "state": "disabled"})"},
    {"Log what ftp does, if it is enabled at all",
     R"({"name": "ftp", "args": "ftpd -l -u077", "state": "configured"})"},
    {"Let echo answer over TCP only",
     R"({"services": [{"name": "echo/tcp", "state": "enabled"}, {"name": "echo/udp", "state": "disabled"}]})"},
};

} // namespace

Module inetd_module() {
    return {.name = "inetd",
            .summary = "Which services inetd offers",
            .description =
                {"Enables, disables, changes, adds and removes entries of `/etc/inetd.conf`, and refreshes inetd when "
                 "something changed and it is active.",
                 "A disabled entry is told from prose in a comment: only text that parses as a whole entry is ever "
                 "brought back. Bytes that an edit is not about stay as they are.",
                 "On a live host what inetd has loaded is compared with the file as well: a daemon that somebody "
                 "forgot to refresh is refreshed, and that is a change."},
            .table = {.options = with_common_options(
                          {{.name = "services",
                            .type = Type::list,
                            .description = "Services to look after, in one transaction. An item that "
                                           "is a plain string is a name; options beside the list "
                                           "are the items' defaults.",
                            .elements = Type::dict,
                            .options = service_options()}}),
                      .items = "services",
                      .required_one_of = {{"services", "name"}}},
            .examples = examples,
            .rules = rules};
}

} // namespace bulwark
