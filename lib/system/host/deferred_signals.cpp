#include "system/host/deferred_signals.hpp"

#include <array>
#include <utility>

namespace bulwark {
namespace {

constexpr std::array<std::pair<int, const char*>, 3> ending{
    {{SIGHUP, "SIGHUP"}, {SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}}};

/// As nohup does with HUP, and a shell with INT for what it starts in the background.
bool is_ignored(int signal) {
    struct sigaction action {};
    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

} // namespace

DeferredSignals::DeferredSignals() {
    sigset_t deferred;
    sigemptyset(&deferred);
    for (const auto& [signal, name] : ending)
        if (!is_ignored(signal))
            sigaddset(&deferred, signal);
    sigprocmask(SIG_BLOCK, &deferred, &before_);
    struct sigaction ignored {};
    ignored.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignored, &pipe_before_);
}

DeferredSignals::~DeferredSignals() {
    sigaction(SIGPIPE, &pipe_before_, nullptr);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::string waiting_signal() {
    sigset_t waiting;
    if (sigpending(&waiting) == 0)
        for (const auto& [signal, name] : ending)
            if (sigismember(&waiting, signal) == 1 &&
                !is_ignored(signal)) // an ignored one may be kept while it is blocked
                return name;
    return {};
}

} // namespace bulwark
