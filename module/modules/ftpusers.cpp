#include "plan/ftpusers.hpp"
#include "modules/modules.hpp"

namespace bulwark {
namespace {

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller&) {
    std::vector<Wanted> wanted;
    for (const std::string& name : texts_of(arguments, "users"))
        wanted.emplace_back(FtpUser{name, text_of(arguments, "state") == "present"});
    return {rule_of(module, std::move(wanted))};
}

constexpr Example examples[] = {
    {"No system account may use ftp",
     R"({"users": ["root", "daemon", "bin", "sys", "adm", "uucp", "guest", "nobody", "lpd"]})"},
    {"The upload account may use it again", R"({"users": "upload", "state": "absent"})"},
};

} // namespace

Module ftpusers_module() {
    return {
        .name = "ftpusers",
        .summary = "Who may not use ftp",
        .description =
            {"Adds login names to `/etc/ftpusers` and removes them. Whoever stands there is denied: `present` keeps "
             "a user out, `absent` lets him in.",
             "A file that is missing is created with mode 0640. New names go to the end; names that are there "
             "already, and lines that are no name, stay as they are. ftpd compares whole lines: a name with blanks "
             "or a carriage return beside it keeps nobody out, and is added once more without.",
             "ftpd reads the file for every session, so nothing needs to be refreshed."},
        .table = {.options = with_common_options(
                      {{.name = "users",
                        .type = Type::list,
                        .description = "Login names.",
                        .required = true,
                        .elements = Type::str},
                       {.name = "state",
                        .description = "`present`: each of them stands in the file, once at least. `absent`: no line "
                                       "of the file names one of them.",
                        .choices = {"present", "absent"},
                        .fallback = "present"}})},
        .examples = examples,
        .rules = rules};
}

} // namespace bulwark
