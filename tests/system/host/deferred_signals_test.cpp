#include "system/host/deferred_signals.hpp"

#include "system/host/system_call.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

using namespace bulwark;

namespace {

/// How a process ends that does this.
template <class Step>
int end_of(Step step) {
    const pid_t child = checked(fork());
    if (child == 0) {
        for (const int number : {SIGHUP, SIGINT, SIGTERM})
            std::signal(number, SIG_DFL); // whoever started us may ignore them
        step();
        _exit(7);
    }
    int status = 0;
    checked(waitpid(child, &status, 0));
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

TEST_CASE("a signal that asks a run to end waits, is known by its name, and takes effect afterwards") {
    for (const auto& [number, name] : {std::pair{SIGHUP, "SIGHUP"}, {SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}}) {
        CHECK(end_of([number = number, name = std::string(name)] {
                  const DeferredSignals deferred;
                  const std::string before = waiting_signal();
                  raise(number);
                  _exit(before.empty() && waiting_signal() == name ? 5 : 6);
              }) == 5);
        CHECK(end_of([number = number] {
                  const DeferredSignals deferred;
                  raise(number);
              }) == 128 + number);
    }
}

TEST_CASE("a signal that is ignored, as nohup and background jobs have it, asks nobody to end") {
    CHECK(end_of([] {
              signal(SIGHUP, SIG_IGN);
              const DeferredSignals deferred;
              raise(SIGHUP);
              if (!waiting_signal().empty())
                  _exit(1);
          }) == 7);
    CHECK(end_of([] {
              sigset_t all;
              sigfillset(&all);
              sigprocmask(SIG_SETMASK, &all, nullptr); // blocked and ignored, it may wait all the same
              signal(SIGHUP, SIG_IGN);
              raise(SIGHUP);
              if (!waiting_signal().empty())
                  _exit(1);
          }) == 7);
}

TEST_CASE("to write where nobody reads is an error while signals are deferred, and what it was before afterwards") {
    const auto write_to_nobody = [] {
        std::array<int, 2> ends{};
        checked(pipe(ends.data()));
        close(ends[0]);
        return write(ends[1], "x", 1) < 0 && errno == EPIPE;
    };
    CHECK(end_of([&] {
              const DeferredSignals deferred;
              if (!write_to_nobody())
                  _exit(1);
          }) == 7);
    CHECK(end_of([&] {
              std::optional<DeferredSignals> deferred(std::in_place);
              deferred.reset();
              write_to_nobody();
          }) == 128 + SIGPIPE);
}
