#include "plan/rule.hpp"

#include "plan/difference.hpp"
#include "text.hpp"

#include <algorithm>
#include <span>

namespace bulwark {
namespace {

std::vector<std::string> changed_paths(const Snapshot& before, const Snapshot& after) {
    std::vector<std::string> paths;
    for (const auto& [path, state] : after.files) {
        const auto was = before.files.find(path);
        if (was == before.files.end() || !(was->second == state))
            paths.push_back(path);
    }
    return paths;
}

/// Why commands would be all there is to do, and none of them can be run here; empty where it is otherwise.
std::string all_skipped(const Snapshot& before, const Snapshot& after) {
    const Plan earlier = difference(before, before); // what the rules before this one ask for is no business of it
    Plan plan = difference(before, after);
    std::erase_if(plan.actions, [&](const Action& action) {
        return std::any_of(earlier.actions.begin(), earlier.actions.end(),
                           [&](const Action& other) { return other.argv == action.argv; });
    });
    if (plan.actions.empty() || !plan.empty())
        return {};
    std::vector<std::string> reasons;
    for (const Action& action : plan.actions)
        reasons.push_back(joined(action.argv, " ") + " is not run: " + action.skip);
    return joined(reasons, "; ");
}

void report_change(RuleReport& report, const Snapshot& before, const Snapshot& after) {
    report.changed = changed_paths(before, after);
    if (const std::string why = report.changed.empty() ? all_skipped(before, after) : ""; !why.empty()) {
        report.status = RuleReport::Status::not_applicable;
        report.detail = why;
        report.done.clear(); // nothing is
        return;
    }
    report.status = RuleReport::Status::differs;
    report.detail = in_one_line(report.done);
    if (!report.changed.empty())
        report.detail += " in " + enumerate(report.changed);
    else if (!after.same_state(before)) // else it has undone what it did
        report.detail += " in the running system";
}

void report_findings(RuleReport& report, const Snapshot& before, const Snapshot& after) {
    report.findings.assign(after.findings.begin() + static_cast<std::ptrdiff_t>(before.findings.size()),
                           after.findings.end());
    if (report.findings.empty())
        return;
    if (report.status == RuleReport::Status::compliant)
        report.status = RuleReport::Status::finding;
    report.detail += (report.detail.empty() ? "" : "; ") + joined(report.findings, "; ");
}

/// Whether that changed anything of what was before.
bool apply(const Wanted& wanted, Snapshot& snapshot, const Snapshot& before) {
    wanted.apply_to(snapshot);
    return !snapshot.same_state(before);
}

/// Of a rule that has been applied already.
bool disagrees(const RuleReport& repeated) { return repeated.altered || repeated.status == RuleReport::Status::failed; }

std::string name_of(const Rule& rule) { return rule.id.empty() ? "what is asked for" : "rule " + rule.id; }

/// Which of the later rules takes back what an earlier one has just done again, as far as it can be told: one that the
/// running system alone would show to be undone cannot.
std::string opponent(std::span<const Rule> later, const Snapshot& again) {
    for (const Rule& rule : later)
        if (Snapshot attempt = again; disagrees(ensure(rule, attempt)))
            return name_of(rule);
    return later.empty() ? "itself" : "itself or a later rule";
}

} // namespace

void Needs::merge(const Needs& more) {
    using Names = std::set<std::string> Needs::*;
    for (const Names names :
         {&Needs::files, &Needs::entries, &Needs::logs, &Needs::presence, &Needs::trees, &Needs::past,
          &Needs::script_directories, &Needs::subsystems, &Needs::network_options, &Needs::rollback_targets,
          &Needs::revert_targets, &Needs::fixes, &Needs::filesets, &Needs::removals})
        (this->*names).insert((more.*names).begin(), (more.*names).end());
    accounts = accounts || more.accounts;
    boot_values = boot_values || more.boot_values;
    inetd_serves = inetd_serves || more.inetd_serves;
}

std::string in_one_line(const std::vector<std::string>& done) {
    std::vector<std::pair<std::string, std::string>> by_verb;
    for (const std::string& words : done) {
        const std::size_t blank = words.find(' ');
        const std::string verb = words.substr(0, blank);
        const std::string object = blank == std::string::npos ? "" : words.substr(blank);
        const auto found =
            std::find_if(by_verb.begin(), by_verb.end(), [&](const auto& one) { return one.first == verb; });
        if (found == by_verb.end())
            by_verb.emplace_back(verb, object);
        else
            found->second += "," + object;
    }
    std::string text;
    for (const auto& [verb, objects] : by_verb)
        text += (text.empty() ? "" : "; ") + verb + objects;
    return text;
}

Needs needs(const std::vector<Rule>& rules, const Snapshot& snapshot) {
    Needs all;
    for (const Rule& rule : rules)
        for (const Wanted& wanted : rule.wanted)
            all.merge(wanted.needed(snapshot));
    return all;
}

RuleReport ensure(const Rule& rule, Snapshot& snapshot) {
    RuleReport report;
    report.rule = &rule;
    Snapshot attempt = snapshot; // what a rule that fails half way has done is forgotten
    try {
        for (const Wanted& wanted : rule.wanted)
            if (apply(wanted, attempt, rule.wanted.size() == 1 ? snapshot : Snapshot(attempt)))
                report.done.push_back(wanted.in_words());
    } catch (const NotApplicable& error) {
        report.status = rule.of_profile ? RuleReport::Status::not_applicable : RuleReport::Status::failed;
        report.detail = error.what();
        return report;
    } catch (const Error& error) {
        report.status = RuleReport::Status::failed;
        report.detail = error.what();
        return report;
    }
    report.altered = !report.done.empty();
    if (report.altered)
        report_change(report, snapshot, attempt);
    report_findings(report, snapshot, attempt);
    snapshot = std::move(attempt);
    return report;
}

void require_agreement(const std::vector<Rule>& rules, const std::vector<RuleReport>& reports, const Snapshot& after) {
    Snapshot again = after;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (reports[i].status == RuleReport::Status::not_applicable && !reports[i].altered)
            continue;
        const RuleReport repeated = ensure(rules[i], again);
        if (disagrees(repeated))
            throw Error(name_of(rules[i]) + " contradicts " + opponent(std::span(rules).subspan(i + 1), again) + " (" +
                        repeated.detail + "): each run would undo the one before; leave out one of the two");
    }
}

} // namespace bulwark
