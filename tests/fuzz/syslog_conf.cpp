#include "document/syslog_conf.hpp"

#include "documents.hpp"
#include "targets.hpp"

#include <algorithm>

namespace bulwark::fuzz {
namespace {

using Done = std::function<void(SyslogConf&)>;

SyslogRule rule_of(const Edit& edit) {
    SyslogRule rule{edit.argument(0), edit.argument(1), {}};
    if (edit.arguments.size() <= 2)
        return rule;
    rule.rotation = SyslogRotation{edit.optional(2), edit.optional(3), edit.optional(4), edit.optional(5), {}};
    if (const std::optional<std::string> compress = edit.optional(6))
        rule.rotation->compress = *compress == "yes";
    return rule;
}

bool edit_rule(SyslogConf& conf, const SyslogRule& rule, const Done& done) {
    const std::string before = conf.text();
    if (!is_done(conf, done))
        return false;
    require_settled(conf, done);
    require_kept(before, conf.text(), [&](std::string_view line) { return SyslogConf::parse(line).remove(rule); });
    return true;
}

bool is_rotated_so(const SyslogRule& found, const SyslogRotation& wanted) {
    const SyslogRotation rotation = found.rotation.value_or(SyslogRotation{});
    const auto is_so = [](const auto& one, const auto& other) { return !other || one == other; };
    return is_so(rotation.size, wanted.size) && is_so(rotation.time, wanted.time) &&
           is_so(rotation.files, wanted.files) && is_so(rotation.archive, wanted.archive) &&
           rotation.compress.value_or(false) == wanted.compress.value_or(rotation.compress.value_or(false));
}

void set(SyslogConf& conf, const Edit& edit) {
    const SyslogRule rule = rule_of(edit);
    if (!edit_rule(conf, rule, [&](SyslogConf& one) { one.set(rule); }))
        return;
    std::size_t found = 0;
    for (const SyslogRule& one : conf.rules()) {
        const std::string line = one.selector + " " + one.destination;
        if (!SyslogConf::parse(line).remove(rule))
            continue;
        ++found;
        require(!rule.rotation || is_rotated_so(one, *rule.rotation), "a rule is rotated as was asked", conf.text());
    }
    require(found > 0, "a rule that was set is there", conf.text());
}

void remove(SyslogConf& conf, const Edit& edit) {
    const SyslogRule rule = rule_of(edit);
    if (edit_rule(conf, rule, [&](SyslogConf& one) { one.remove(rule); }))
        require(!SyslogConf(conf).remove(rule), "what is removed is gone", conf.text());
}

constexpr std::array<Verb<SyslogConf>, 2> verbs = {{{"set", set}, {"remove", remove}}};

} // namespace

void syslog_conf(std::string_view bytes) { parse_and_edit(verbs, read_input(bytes)); }

} // namespace bulwark::fuzz
