#include "plan/sendmail.hpp"
#include "modules/modules.hpp"

#include <algorithm>

namespace bulwark {
namespace {

/// Absolute, and one word: it stands in lines and commands whose words blanks separate.
std::string path_of(const json::object& arguments, const std::string& option) {
    const std::string path = text_of(arguments, option);
    const auto is_printable = [](unsigned char byte) { return byte > ' ' && byte != 0x7f; };
    if (!path.empty() &&
        (path.front() != '/' || path.back() == '/' || !std::all_of(path.begin(), path.end(), is_printable)))
        throw Error("option " + option + " is '" + path + "': it must be the absolute path of a file, without blanks");
    return path;
}

std::set<std::string> names_of(const json::object& arguments, const std::string& option) {
    std::set<std::string> names;
    for (const std::string& name : texts_of(arguments, option)) {
        if (name.empty() || name.find_first_of(" \t\r\n()`',") != std::string::npos)
            throw Error("option " + option + " has '" + name + "': give the name alone, as in `promiscuous_relay`");
        names.insert(name);
    }
    return names;
}

std::optional<std::vector<std::string>> list_of(const json::object& arguments, const std::string& option) {
    if (!is_given(arguments, option))
        return std::nullopt;
    return texts_of(arguments, option);
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller&) {
    return {rule_of(module, {Sendmail{.mc = path_of(arguments, "mc"),
                                      .cf = path_of(arguments, "cf"),
                                      .ostype = optional_text(arguments, "ostype"),
                                      .features_absent = names_of(arguments, "features_absent"),
                                      .mailers_absent = names_of(arguments, "mailers_absent"),
                                      .host_names = list_of(arguments, "host_names"),
                                      .relay_domains = list_of(arguments, "relay_domains"),
                                      .host_names_file = path_of(arguments, "host_names_file"),
                                      .relay_domains_file = path_of(arguments, "relay_domains_file")}})};
}

std::vector<Option> options() {
    return {
        {.name = "mc",
         .type = Type::path,
         .description = "The source that the configuration is built from with m4. Without it: "
                        "`/usr/samples/tcpip/sendmail/cf/aix433.mc` or, where that is not there, `aixsample.mc` beside "
                        "it. A mail server whose configuration was built from another source needs this option, or its "
                        "configuration is replaced by what the sample builds."},
        {.name = "cf",
         .type = Type::path,
         .description = "The configuration that is installed. Without it: `/etc/mail/sendmail.cf` where that is there, "
                        "else `/etc/sendmail.cf`; symbolic links are followed."},
        {.name = "ostype",
         .description =
             "The argument of OSTYPE: a file of the directory `../ostype`, seen from the source, without its "
             "`.m4`. Without this option only `aix43`, a mistake of the sample of AIX 4.3.3, becomes "
             "`aix433`, and only where `../ostype` does not speak against it."},
        {.name = "features_absent",
         .type = Type::list,
         .description = "Names of features whose FEATURE lines are removed from the source. `virtusertable` and "
                        "`virtualusertable` mean the same.",
         .elements = Type::str},
        {.name = "mailers_absent",
         .type = Type::list,
         .description = "Names of mailers whose MAILER lines are removed from the source.",
         .elements = Type::str},
        {.name = "host_names",
         .type = Type::list,
         .description = "All the names that this host accepts mail for (class w). Their file gets exactly these names, "
                        "comments kept, and is created if it is not there, even without a name. Without this option it "
                        "stays as it is.",
         .elements = Type::str},
        {.name = "host_names_file",
         .type = Type::path,
         .description = "The file of these names. Without it: the one that the configuration reads, "
                        "`/etc/sendmail.cw` or `/etc/mail/local-host-names`."},
        {.name = "relay_domains",
         .type = Type::list,
         .description = "All the domains that mail is relayed for (class R). Their file gets exactly these names, "
                        "comments kept. An empty list creates no file, and empties one that is there. Without this "
                        "option it stays as it is.",
         .elements = Type::str},
        {.name = "relay_domains_file",
         .type = Type::path,
         .description = "The file of these domains. Without it: the one that the configuration reads, "
                        "`/etc/mail/relay-domains`."},
    };
}

constexpr Example examples[] = {
    {"Close the open relay of AIX 4.3.3",
     R"({"features_absent": ["genericstable", "mailertable", "virtusertable", "domaintable", "allmasquerade",
                             "promiscuous_relay", "accept_unresolvable_domains", "accept_unqualified_senders"],
         "mailers_absent": ["uucp"]})"},
    {"A mail server with a source of its own, which receives for two domains and relays for one",
     R"({"mc": "/usr/samples/tcpip/sendmail/cf/mailhost.mc",
         "features_absent": ["promiscuous_relay"],
         "host_names": ["example.com", "mailhost.example.com"],
         "relay_domains": ["branch.example.com"]})"},
};

} // namespace

Module sendmail_module() {
    return {
        .name = "sendmail",
        .summary = "The sendmail configuration, built from its source",
        .description =
            {"Edits the m4 source of the configuration, builds the configuration from it with m4, has sendmail try the "
             "result (`sendmail -C... -bt`), installs it only if sendmail accepts it, and restarts sendmail where it "
             "is "
             "active and a boot script starts it. A line that reads a class from a file that is not there is commented "
             "out, for sendmail would not start with it.",
             "The source decides: a configuration that differs from what the source builds is replaced, be it that it "
             "was edited by hand or built from another source, and even if nothing in the source has to change. The "
             "old one stays in the history; a check run with `diff` shows first what would be lost. What differs only "
             "in who built it, and when, is left as it is.",
             "A feature that the file named in DOMAIN turns on is not seen.",
             "The source and its library come with the fileset bos.net.tcp.adt, m4 with bos.adt.base. Where the source "
             "is not there the call fails; a rule of a profile is then not applicable.",
             "In an alternate root the source and the files of names are edited; build and test are reported as "
             "skipped, and the configuration stays as it is until a live run.",
             "sendmail waits a minute, in the test as at its start, on a host whose own name has no domain."},
        .table = {.options = with_common_options(options())},
        .examples = examples,
        .rules = rules};
}

} // namespace bulwark
