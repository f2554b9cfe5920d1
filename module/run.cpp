#include "run.hpp"

#include "commit_message.hpp"
#include "report.hpp"
#include "system/load.hpp"
#include "system/transaction.hpp"

#include <algorithm>
#include <iterator>

namespace bulwark {
namespace {

std::vector<Rule> with_owed(const Interrupted& interrupted, const std::vector<Rule>& rules) {
    std::vector<Rule> all = interrupted.owed;
    all.insert(all.end(), rules.begin(), rules.end());
    return all;
}

bool failed(const std::vector<RuleReport>& reports) {
    return std::any_of(reports.begin(), reports.end(),
                       [](const RuleReport& report) { return report.status == RuleReport::Status::failed; });
}

/// A run before this one did not come to its end: the operator should know.
void warn_of_interrupted(const Interrupted& interrupted, bool check_mode, Plan& plan) {
    plan.warnings.insert(plan.warnings.end(), interrupted.warnings.begin(), interrupted.warnings.end());
    if (!interrupted.put_back.empty())
        plan.warnings.push_back(check_mode ? "a run before was interrupted; the next real run first puts its files back"
                                           : "a run before was interrupted; its files were put back first");
    if (!interrupted.owed.empty())
        plan.warnings.push_back("commands of an earlier run are not done yet; they are tried again");
}

json::object change(const Request& request, Host& host) {
    std::unique_ptr<Host::Lock> lock;
    if (!request.call.check_mode) // the only place that tells a check run from a real one
        lock = lock_history(host, request.history, std::chrono::seconds(request.lock_timeout));
    History history = open_history(host, request.history);
    const Interrupted interrupted = find_interrupted(host, history);
    if (lock)
        recover(interrupted, host, history);

    const std::vector<Rule> rules = with_owed(interrupted, request.rules);
    const Snapshot before = load(rules, interrupted.put_back, request.not_live, host, history);
    Snapshot after = before;
    std::vector<RuleReport> reports;
    for (const Rule& rule : rules)
        reports.push_back(ensure(rule, after));
    if (failed(reports))
        return refusal(request, reports);
    require_agreement(rules, reports, after);

    Plan plan = difference(before, after);
    warn_of_interrupted(interrupted, !lock, plan);
    const std::vector<CheckedScript> scripts = check_scripts(plan, host);
    const Outcome outcome = lock ? apply(plan, commit_message(request, reports, plan), host, history) : foresee(plan);
    return report(request, reports, plan, scripts, outcome);
}

json::object look(const Request& request, Host& host) {
    const History history = open_history(host, request.history);
    json::object result = request.module->answer(request.arguments, host, history);
    result["changed"] = false;
    return with_invocation(std::move(result), request);
}

} // namespace

json::object run(const Request& request, Host& host) {
    return request.module->changes() ? change(request, host) : look(request, host);
}

} // namespace bulwark
