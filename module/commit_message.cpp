#include "commit_message.hpp"

#include "terminal/terminal.hpp"
#include "text.hpp"

#include <algorithm>
#include <utility>

namespace bulwark {
namespace {

constexpr std::size_t longest_subject = 72; // what git log --oneline shows well

std::vector<std::string> all_done(const std::vector<RuleReport>& reports) {
    std::vector<std::string> done;
    for (const RuleReport& report : reports)
        done.insert(done.end(), report.done.begin(), report.done.end());
    return done;
}

std::string of_harden(const Request& request, const std::vector<RuleReport>& reports, const Plan& plan) {
    const auto rules =
        static_cast<std::size_t>(std::count_if(reports.begin(), reports.end(), [](const RuleReport& report) {
            return !report.done.empty() && !report.rule->id.empty(); // what an earlier run owes is no rule
        }));
    return "profile " + text_of(request.arguments, "profile") + ", " + counted(rules, "rule") + ", " +
           counted(plan.changes.size(), "file");
}

/// Control characters of an identifier or a path have no business in a log.
std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
            c = '?';
    return text;
}

std::string subject(const Request& request, const std::vector<RuleReport>& reports, const Plan& plan) {
    const std::string module = request.call.module + ": ";
    const std::string words = request.call.no_log                ? "change " + counted(plan.changes.size(), "file")
                              : request.module->name == "harden" ? of_harden(request, reports, plan)
                                                                 : in_one_line(all_done(reports));
    const std::string whole = one_line(module + words);
    return whole.size() <= longest_subject ? whole : clean_utf8(whole.substr(0, longest_subject - 3)) + "...";
}

std::string body(const Request& request, const std::vector<RuleReport>& reports, const Plan& plan) {
    std::string rules, files;
    for (const RuleReport& report : reports)
        if (!report.done.empty() && !report.rule->id.empty())
            rules += wrapped("- " + report.rule->id + ": " + one_line(report.rule->title + ". " + report.rule->why), 0,
                             2, longest_subject);
    for (const FileChange& change : plan.changes)
        files += "    " + one_line(change.path) + "\n";
    std::string text;
    for (const std::string& paragraph : {request.message.empty() ? "" : one_line(request.message) + "\n", rules, files})
        text += paragraph.empty() ? "" : paragraph + "\n";
    return text;
}

std::string rule_ids(const std::vector<RuleReport>& reports) {
    std::string ids;
    for (const RuleReport& report : reports)
        if (!report.done.empty() && !report.rule->id.empty())
            ids += (ids.empty() ? "" : ", ") + report.rule->id;
    return ids;
}

std::string action_line(const Action& action, bool no_log) {
    if (no_log)
        return action.argv[0] + (action.argv.size() > 1 ? " ********" : "");
    return one_line(joined(action.argv, " "));
}

std::string trailers(const Request& request, const std::vector<RuleReport>& reports, const Plan& plan) {
    std::string text = "Bulwark-Version: " BULWARK_VERSION "\n";
    const bool no_log = request.call.no_log;
    if (const std::string ids = rule_ids(reports); !ids.empty() && !no_log)
        text += "Bulwark-Rules: " + ids + "\n";
    for (const Action& action : plan.actions)
        if (action.skip.empty())
            text += "Bulwark-Actions: " + action_line(action, no_log) + "\n";
    return text;
}

std::string details(const Request& request, const std::vector<RuleReport>& reports, const Plan& plan) {
    if (request.call.no_log)
        return {}; // rules and paths of a task may come from its options
    return body(request, reports, plan);
}

} // namespace

std::string commit_message(const Request& request, const std::vector<RuleReport>& reports, const Plan& plan) {
    return subject(request, reports, plan) + "\n\n" + details(request, reports, plan) +
           trailers(request, reports, plan);
}

} // namespace bulwark
