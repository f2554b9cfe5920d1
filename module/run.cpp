#include "run.hpp"

#include "commit_message.hpp"
#include "report.hpp"
#include "system/load.hpp"
#include "system/out_of_memory.hpp"
#include "system/places.hpp"
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
    if (!interrupted.put_back.empty() && !interrupted.busy)
        plan.warnings.emplace_back(check_mode
                                       ? "a run before was interrupted; the next real run first puts its files back"
                                       : "a run before was interrupted; its files were put back first");
    if (!interrupted.owed.empty())
        plan.warnings.emplace_back("commands of an earlier run are not done yet; they are tried again");
}

/// What all rules want. The text of a sendmail configuration is known only once its source is planned and m4 has read
/// it: then everything is planned again.
Planned plan_over(Snapshot& before, const std::vector<Rule>& rules, const std::vector<FileChange>& put_back, Host& host,
                  const History& history) {
    for (;;) {
        Planned planned{before, {}};
        for (const Rule& rule : rules)
            planned.reports.push_back(ensure(rule, planned.after));
        if (!before.live || planned.after.to_build.empty())
            return planned;
        build(planned.after.to_build, before, host);
        load_more(rules, put_back, before, host, history); // a configuration names files
    }
}

json::object change(const Request& request, Host& host) {
    std::unique_ptr<Host::Lock> lock;
    if (!request.call.check_mode) // the only place that tells a check run from a real one
        lock = lock_history(host, request.history, std::chrono::seconds(request.lock_timeout));
    History history = open_history(host, request.history);
    const Interrupted interrupted =
        lock ? find_interrupted(host, history, request.history) : foresee_interrupted(host, history, request.history);
    if (lock)
        recover(interrupted, host, history);

    const std::vector<Rule> rules = with_owed(interrupted, request.rules);
    Snapshot before = load(rules, interrupted.put_back, request.not_live, host, history);
    const Planned planned = plan_over(before, rules, interrupted.put_back, host, history);
    if (failed(planned.reports))
        return refusal(request, planned.reports);
    require_agreement(rules, planned.reports, planned.after);

    Plan plan = difference(before, planned.after);
    require_history_kept(plan, request.history, host);
    settle_hard_links(plan, request.hard_links);
    take_places_of_links(plan, host);
    require_writable_places(plan, planned.after, host);
    warn_of_interrupted(interrupted, !lock, plan);
    const std::vector<CheckedText> checked = check_texts(plan, host);
    const Outcome outcome =
        lock ? apply(plan, commit_message(request, planned.reports, plan), host, history) : foresee(plan);
    return or_say(outcome.commit ? "there is not enough memory to tell what was done; the change is made and recorded: "
                                   "bulwark history log tells it"
                                 : "there is not enough memory to tell what the run has come to",
                  [&] { return report(request, before, planned, plan, checked, outcome); });
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
