#include "report.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

Call call_of(const std::string& module, bool no_log) {
    Call call;
    call.module = module;
    call.no_log = no_log;
    return call;
}

json::object object(std::string_view text) { return parse_lenient(text).as_object(); }

/// The result of a run, with everything that one can have.
const json::object& a_result() {
    static const json::object result = object(R"({
        "changed": true, "msg": "1 file changed", "commit": "4f2a91c03b77", "name": "secret", "version": "secret",
        "files": [{"path": "/etc/secret", "change": "created", "diff": "+secret"}],
        "diff": [{"before_header": "/etc/secret", "after_header": "/etc/secret", "before": "", "after": "secret"}],
        "actions": [{"argv": ["crontab", "secret", "secret"], "status": "failed", "reason": "secret", "rc": 1,
                     "stdout": "secret", "stderr": "secret"}, {"argv": ["telinit"], "status": "ran"}],
        "rules": [{"id": "secret", "title": "secret", "tags": ["secret"], "status": "changed", "detail": "secret",
                   "findings": ["secret"], "evidence": [{"path": "secret", "line": 7, "found": "secret"}]}],
        "warnings": ["secret", "secret"], "fixes": [{"name": "secret", "status": "installed"}],
        "invocation": {"module_args": {"secret": 1}}})");
    return result;
}

} // namespace

TEST_CASE("under no_log a result has words of ours, numbers and the id of the commit") {
    CHECK(told(call_of("inittab", true), a_result()) == object(R"({
        "changed": true, "msg": "1 file changed", "commit": "4f2a91c03b77", "name": "********", "version": "********",
        "files": [{"path": "********", "change": "created", "diff": "********"}],
        "actions": [{"argv": ["crontab", "********"], "status": "failed", "reason": "********", "rc": 1,
                     "stdout": "********", "stderr": "********"}, {"argv": ["telinit"], "status": "ran"}],
        "rules": [{"id": "********", "title": "********", "tags": ["********"], "status": "changed",
                   "detail": "********", "findings": ["********"],
                   "evidence": [{"path": "********", "line": 7, "found": "********"}]}],
        "warnings": ["2 warnings are hidden by no_log; leave no_log out to read them"],
        "fixes": [{"name": "********", "status": "installed"}]})"));
}

TEST_CASE("without no_log a result is told as it is") {
    CHECK(told(call_of("inittab", false), a_result()) == a_result());
}

TEST_CASE("under no_log an answer has its numbers, and a message that says why") {
    CHECK(
        told(call_of("history_info", true),
             object(R"({"changed": false, "msg": "1 commit, 1 file differs from secret", "last": "4f2a",
                          "commits": [{"id": "4f2a", "subject": "secret", "files": [{"path": "secret"}]}]})")) ==
        object(R"({"changed": false, "msg": "no_log hides the answer; leave no_log out to read it", "last": "********",
                     "commits": [{"id": "********", "subject": "********", "files": [{"path": "********"}]}]})"));
}

TEST_CASE("under no_log a failure says that it is one, and of what") {
    CHECK(failure(call_of("inetd", true), "/etc/secret is not there") == object(R"({"failed": true, "changed": false,
                     "msg": "inetd failed; no_log hides the reason: run it without no_log to read it"})"));
}
