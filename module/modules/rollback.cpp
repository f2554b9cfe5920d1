#include "plan/rollback.hpp"
#include "modules/modules.hpp"

namespace bulwark {
namespace {

std::set<std::string> paths_of(const json::object& arguments) {
    std::set<std::string> paths;
    for (std::string path : texts_of(arguments, "paths")) {
        if (!path.starts_with("/"))
            throw Error("path '" + path + "' must be absolute, as the history knows it: /etc/inetd.conf");
        while (path.size() > 1 && path.ends_with('/')) // as a shell completes the name of a directory
            path.pop_back();
        paths.insert(std::move(path));
    }
    return paths;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller&) {
    const auto to = optional_text(arguments, "to");
    const auto revert = optional_text(arguments, "revert");
    if (to.value_or(revert.value_or("")).empty())
        throw Error("nothing is named to roll back to; give `to` or `revert`, as in `to: HEAD~1`");
    if (to)
        return {rule_of(module, {Rollback{*to, paths_of(arguments)}})};
    return {rule_of(module, {Revert{*revert, paths_of(arguments)}})};
}

constexpr Example examples[] = {
    {"Undo the last run", R"({"to": "HEAD~1"})"},
    {"Go back to how things were on Sunday evening", R"({"to": "2026-11-15T18:00"})"},
    {"Everything as it was when it was first seen", R"({"to": "original"})"},
    {"Undo one commit and keep what came after it", R"({"revert": "4f2a91c03b77"})"},
};

} // namespace

Module rollback_module() {
    return {
        .name = "rollback",
        .summary = "Takes changes back",
        .description =
            {"Brings files, modes, owners, network options and subsystems back to an earlier state of the history. It "
             "is itself an ordinary transaction, with check mode, diff, refresh and a commit of its own, so it can "
             "be taken back as well.",
             "What is on the host is recorded first. A file that a run created goes again, unless somebody has "
             "written to it since: then it is kept and reported. So is a directory with something else in it.",
             "Owners and groups go back by their recorded numbers. A number that belongs to another name by now is not "
             "put back, and a warning says so: no file becomes somebody else's."},
        .table = {.options = with_common_options(
                      {{.name = "to",
                        .description =
                            "The commit to go back to: an id or the beginning of one, `HEAD~2`, an ISO 8601 date or "
                            "time (local unless it names a zone), or `original`, what each file was when first "
                            "seen."},
                       {.name = "revert",
                        .description = "The one commit to undo, named as for `to`; changes made after it are kept. "
                                       "What has been undone "
                                       "already stays as it is, so a second time changes nothing."},
                       {.name = "paths",
                        .type = Type::list,
                        .description =
                            "Only these files; a directory stands for all that is in it. Network options and "
                            "subsystems then stay as they are.",
                        .elements = Type::path}}),
                  .mutually_exclusive = {{"to", "revert"}},
                  .required_one_of = {{"to", "revert"}}},
        .examples = examples,
        .rules = rules};
}

} // namespace bulwark
