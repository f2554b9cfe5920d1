#include "plan/inetd.hpp"

#include <map>

namespace bulwark {
namespace {

void require_present(InetdConf& conf, const InetdService& wanted) {
    if (conf.enable(wanted.key))
        conf.configure(wanted.key, wanted.fields);
    else
        conf.add(wanted.key, wanted.fields);
}

void require_enabled(InetdConf& conf, const InetdService& wanted) {
    if (!conf.enable(wanted.key))
        throw Error("there is no entry for " + describe(wanted.key) +
                    " to enable, not even a disabled one; state present adds one");
    conf.configure(wanted.key, wanted.fields);
}

} // namespace

Needs needs(const InetdService&, const Snapshot& snapshot) {
    Needs all;
    all.files = {inetd_conf_path};
    all.inetd_serves = snapshot.live;
    return all;
}

void ensure(const InetdService& wanted, Snapshot& snapshot) {
    edit<InetdConf>(snapshot, inetd_conf_path, [&](InetdConf& conf) {
        switch (wanted.state) {
        case ServiceState::enabled:
            return require_enabled(conf, wanted);
        case ServiceState::present:
            return require_present(conf, wanted);
        case ServiceState::disabled:
            conf.disable(wanted.key);
            return; // absent is disabled too
        case ServiceState::absent:
            conf.remove(wanted.key);
            return;
        case ServiceState::configured:
            conf.configure(wanted.key, wanted.fields);
            return;
        }
    });
}

std::string summary(const InetdService& wanted) {
    switch (wanted.state) {
    case ServiceState::enabled:
        return "enable " + describe(wanted.key);
    case ServiceState::disabled:
        return "disable " + describe(wanted.key);
    case ServiceState::absent:
        return "remove " + describe(wanted.key);
    default:
        return "configure " + describe(wanted.key);
    }
}

bool serves_too_much(const std::vector<std::string>& served, const InetdConf& conf) {
    std::map<std::string, int> surplus;
    for (const std::string& service : served)
        ++surplus[service];
    for (const InetdEntry& entry : conf.entries())
        surplus[entry.service] -= entry.enabled;
    for (const auto& [service, count] : surplus)
        if (count > 0)
            return true;
    return false;
}

} // namespace bulwark
