#pragma once

#include <csignal>
#include <string>

namespace bulwark {

/// While one exists, the signals by which a run is asked to end (HUP, INT and TERM, as far as they are not ignored) wait,
/// and output that nobody reads any more is an error of the write (no PIPE). Afterwards a signal that has come meanwhile
/// takes effect, so that whoever started the run sees by its status that it was asked to end.
class DeferredSignals {
public:
    DeferredSignals();
    ~DeferredSignals();
    DeferredSignals(const DeferredSignals&) = delete;
    DeferredSignals& operator=(const DeferredSignals&) = delete;

private:
    sigset_t before_{};
    struct sigaction pipe_before_ {};
};

/// Which of these signals waits: "SIGINT". Empty: none.
std::string waiting_signal();

} // namespace bulwark
