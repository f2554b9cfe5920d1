#include "report.hpp"

#include "document/lines.hpp"
#include "system/history/history.hpp"
#include "text.hpp"

#include <algorithm>

namespace bulwark {
namespace {

template <class Texts>
json::array array_of(const Texts& texts) {
    return json::array(texts.begin(), texts.end());
}

std::string_view word_for(FileChange::Kind kind) {
    switch (kind) {
    case FileChange::Kind::created:
        return "created";
    case FileChange::Kind::modified:
        return "modified";
    case FileChange::Kind::removed:
        return "removed";
    default:
        return "mode";
    }
}

std::string octal(unsigned mode) {
    std::string digits;
    for (int shift = 9; shift >= 0; shift -= 3)
        digits += static_cast<char>('0' + (mode >> shift & 7));
    return digits;
}

std::string owners(const FileState& state, const FileState& other) {
    return "owner " + state.owner.told_from(other.owner) + ", group " + state.group.told_from(other.group) + "\n";
}

std::string attributes(const FileState& state, const FileState& other) {
    return "mode " + octal(state.mode) + ", " + owners(state, other);
}

/// What a diff shows of one side, beside the `other`. A change of mode or owner alone has no other text to show.
std::string shown(const FileChange& change, const FileState& state, const FileState& other) {
    if (state.kind == FileState::Kind::directory)
        return "directory, " + attributes(state, other);
    if (state.kind == FileState::Kind::link)
        return "symbolic link to " + state.text + ", " + owners(state, other);
    return change.kind() == FileChange::Kind::mode ? attributes(state, other) : state.text;
}

json::array diff_of(const Plan& plan) {
    json::array diffs;
    for (const FileChange& change : plan.changes)
        diffs.push_back({{"before_header", change.path},
                         {"after_header", change.path},
                         {"before", shown(change, change.before, change.after)},
                         {"after", shown(change, change.after, change.before)}});
    return diffs;
}

/// With `details`, for a report: also the unified diff of each file.
json::array files_of(const Plan& plan, bool details) {
    json::array files;
    for (const FileChange& change : plan.changes) {
        json::object file{{"path", change.path}, {"change", word_for(change.kind())}};
        if (details)
            file["diff"] = unified_diff(change.path, shown(change, change.before, change.after),
                                        shown(change, change.after, change.before));
        files.push_back(std::move(file));
    }
    return files;
}

std::string_view word_for(ActionResult::Status status) {
    switch (status) {
    case ActionResult::Status::ran:
        return "ran";
    case ActionResult::Status::would_run:
        return "would_run";
    case ActionResult::Status::failed:
        return "failed";
    default:
        return "skipped";
    }
}

json::object action_of(const ActionResult& done) {
    json::object action{{"argv", array_of(done.action->argv)}, {"status", word_for(done.status)}};
    if (!done.reason.empty())
        action["reason"] = done.reason;
    if (!done.result)
        return action;
    action["rc"] = done.result->status;
    action["stdout"] = done.result->out;
    action["stderr"] = done.result->err;
    return action;
}

json::object check_of(const CheckedText& text) {
    json::object action{{"argv", array_of(text.check->argv)}, {"status", text.skipped.empty() ? "ran" : "skipped"}};
    if (!text.skipped.empty())
        action["reason"] = text.skipped;
    return action;
}

json::array actions_of(const std::vector<CheckedText>& checked, const Outcome& outcome) {
    json::array actions;
    for (const CheckedText& text : checked)
        actions.push_back(check_of(text));
    for (const ActionResult& done : outcome.actions)
        actions.push_back(action_of(done));
    return actions;
}

std::string_view word_for(RuleReport::Status status, bool check_mode) {
    switch (status) {
    case RuleReport::Status::compliant:
        return "compliant";
    case RuleReport::Status::differs:
        return check_mode ? "non_compliant" : "changed";
    case RuleReport::Status::finding:
        return "non_compliant";
    case RuleReport::Status::not_applicable:
        return "not_applicable";
    default:
        return "failed";
    }
}

json::object rule_of(const RuleReport& report, bool check_mode) {
    json::object rule{{"id", report.rule->id},
                      {"title", report.rule->title},
                      {"why", report.rule->why},
                      {"severity", report.rule->severity},
                      {"tags", array_of(report.rule->tags)},
                      {"refs", array_of(report.rule->refs)},
                      {"status", word_for(report.status, check_mode)},
                      {"detail", report.detail},
                      {"files", array_of(report.changed)}};
    if (!report.findings.empty())
        rule["findings"] = array_of(report.findings);
    return rule;
}

/// Of every rule that has an id: those of `harden`.
json::array rules_of(const std::vector<RuleReport>& reports, bool check_mode, bool nothing_written) {
    json::array rules;
    for (const RuleReport& report : reports)
        if (!report.rule->id.empty())
            rules.push_back(rule_of(report, check_mode || nothing_written));
    return rules;
}

template <class Items, class Is>
std::size_t count_if(const Items& items, Is is) {
    return static_cast<std::size_t>(std::count_if(items.begin(), items.end(), is));
}

std::size_t runnable(const Outcome& outcome) {
    return count_if(outcome.actions, [](const ActionResult& a) { return a.status != ActionResult::Status::skipped; });
}

/// "2 files would be changed, 1 command would be run"
std::string what_happened(const Request& request, const Plan& plan, const Outcome& outcome) {
    if (plan.empty())
        return "nothing to change";
    const bool check = request.call.check_mode;
    std::vector<std::string> parts;
    if (!plan.changes.empty())
        parts.push_back(counted(plan.changes.size(), "file") + (check ? " would be" : "") + " changed");
    if (const std::size_t commands = runnable(outcome); commands > 0)
        parts.push_back(counted(commands, "command") + (check ? " would be" : "") + " run");
    return enumerate(parts);
}

/// "40 of 44 rules compliant, 4 not applicable; ", or of a run that changed something "44 of 44 rules put into effect; ".
std::string rule_counts(const std::vector<RuleReport>& reports, bool check_mode) {
    const auto of = [&](RuleReport::Status status) {
        return count_if(reports,
                        [&](const auto& report) { return !report.rule->id.empty() && report.status == status; });
    };
    const std::size_t rules = count_if(reports, [](const auto& report) { return !report.rule->id.empty(); });
    if (rules == 0)
        return {};
    const std::size_t changed = check_mode ? 0 : of(RuleReport::Status::differs);
    std::string text = std::to_string(changed > 0 ? changed : of(RuleReport::Status::compliant)) + " of " +
                       counted(rules, "rule") + (changed > 0 ? " put into effect" : " compliant");
    if (const std::size_t found = of(RuleReport::Status::finding); found > 0)
        text += ", " + std::to_string(found) + " for a person to look after";
    if (const std::size_t none = of(RuleReport::Status::not_applicable); none > 0)
        text += ", " + std::to_string(none) + " not applicable";
    return text + "; ";
}

/// What a plain call has found that no run can change; harden's rules have it, each its own.
std::string findings(const Request& request, const Snapshot& after) {
    if (after.findings.empty() || request.call.no_log || request.module->name == "harden")
        return {};
    return joined(after.findings, "; ") + "; ";
}

std::string failure_of_commands(const Request& request, const Plan& plan, const Outcome& outcome) {
    const std::string what = request.call.no_log ? "see the host" : outcome.failure;
    return (plan.changes.empty() ? "" : "the files are changed, but ") + std::string("a command failed: ") + what +
           "; the next run tries it again";
}

/// Why rules cannot be planned, each cause once: "rules inetd-shell and inetd-exec: ...".
std::vector<std::string> causes(const std::vector<RuleReport>& reports) {
    std::vector<std::pair<std::string, std::vector<std::string>>> by_cause;
    for (const RuleReport& report : reports) {
        if (report.status != RuleReport::Status::failed)
            continue;
        const auto known = std::find_if(by_cause.begin(), by_cause.end(),
                                        [&](const auto& cause) { return cause.first == report.detail; });
        auto& ids =
            (known == by_cause.end() ? by_cause.emplace_back(report.detail, std::vector<std::string>()) : *known)
                .second;
        if (!report.rule->id.empty())
            ids.push_back(report.rule->id);
    }
    std::vector<std::string> sentences;
    for (const auto& [cause, ids] : by_cause)
        sentences.push_back(ids.empty()       ? cause
                            : ids.size() == 1 ? "rule " + ids.front() + ": " + cause
                            : ids.size() > 3
                                ? std::to_string(ids.size()) + " rules, " + ids.front() + " first: " + cause
                                : "rules " + enumerate(ids) + ": " + cause);
    return sentences;
}

/// What is refused may itself hold newlines and escape sequences: they are shown, not sent.
std::string one_line(const std::string& message) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string line;
    for (const char c : message) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte != 0x7f)
            line += c;
        else
            line.append("\\x") += {digits[byte >> 4], digits[byte & 15]};
    }
    return line;
}

json::value commit_of(const Outcome& outcome) {
    return outcome.commit ? json::value(*outcome.commit) : json::value(nullptr);
}

constexpr std::string_view hidden = "********";

void hide(json::value& value);

/// Of a command its name stays.
void hide_words(json::array& argv) {
    if (argv.size() > 1)
        argv = {argv.front(), hidden};
}

void hide_members(json::object& object) {
    for (auto& [key, value] : object) {
        if (key == "argv" && value.is_array())
            hide_words(value.get_array());
        else if (key != "status" && key != "change") // words of ours
            hide(value);
    }
}

void hide(json::value& value) {
    if (value.is_object())
        hide_members(value.get_object());
    else if (value.is_array())
        std::for_each(value.get_array().begin(), value.get_array().end(), hide);
    else if (value.is_string())
        value = hidden;
}

} // namespace

json::object told(const Call& call, json::object result) {
    if (!call.no_log)
        return result;
    const Module* const module = find_module(call.module);
    const bool changes = module && module->changes();
    const json::object open = result;
    for (const char* const of_options : {"invocation", "diff"})
        result.erase(of_options);
    hide_members(result);
    result["msg"] = changes ? open.at("msg") : json::value("no_log hides the answer; leave no_log out to read it");
    if (changes && open.contains("commit"))
        result["commit"] = open.at("commit");
    if (const std::size_t count = texts_of(open, "warnings").size())
        result["warnings"] = {counted(count, "warning") + (count == 1 ? " is" : " are") +
                              " hidden by no_log; leave no_log out to read " + (count == 1 ? "it" : "them")};
    return result;
}

json::object with_invocation(json::object result, const Request& request) {
    std::vector<std::string> warnings = texts_of(result, "warnings"); // of the module
    warnings.insert(warnings.end(), request.warnings.begin(), request.warnings.end());
    if (!warnings.empty())
        result["warnings"] = array_of(warnings);
    if (request.call.invocation)
        result["invocation"] = {{"module_args", masked(request.module->table, request.arguments)}};
    return result;
}

json::object report(const Request& request, const Snapshot& before, const Planned& planned, const Plan& plan,
                    const std::vector<CheckedText>& checked, const Outcome& outcome) {
    const Call& call = request.call;
    const std::vector<RuleReport>& reports = planned.reports;
    json::object result{{"changed", !plan.empty()},
                        {"msg", rule_counts(reports, call.check_mode) + findings(request, planned.after) +
                                    what_happened(request, plan, outcome)},
                        {"files", files_of(plan, optional_flag(request.arguments, "details").value_or(false))},
                        {"actions", actions_of(checked, outcome)},
                        {"commit", commit_of(outcome)}};
    if (!outcome.failure.empty()) {
        result["failed"] = true;
        result["msg"] = failure_of_commands(request, plan, outcome);
    }
    if (call.diff)
        result["diff"] = diff_of(plan);
    if (json::array rules = rules_of(reports, call.check_mode, false); request.module->name == "harden")
        result["rules"] = std::move(rules);
    if (request.module->facts)
        request.module->facts(request.arguments, before, planned.after, result);
    Request with_warnings = request;
    with_warnings.warnings.insert(with_warnings.warnings.end(), plan.warnings.begin(), plan.warnings.end());
    return with_invocation(std::move(result), with_warnings);
}

json::object refusal(const Request& request, const std::vector<RuleReport>& reports) {
    json::object result = failure(request.call, joined(causes(reports), "; "));
    if (request.module->name == "harden")
        result["rules"] = rules_of(reports, request.call.check_mode, true);
    return with_invocation(std::move(result), request);
}

std::string hidden_failure(const std::string& module) {
    return module + " failed; no_log hides the reason: run it without no_log to read it";
}

json::object failure(const Call& call, const std::string& message) {
    return {
        {"failed", true}, {"changed", false}, {"msg", call.no_log ? hidden_failure(call.module) : one_line(message)}};
}

} // namespace bulwark
