#include "system/host/command.hpp"

#include "system/host/command_path.hpp"
#include "system/host/record_lock.hpp"
#include "system/host/system_call.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bulwark {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Pipe {
    Descriptor read, write;
};

/// Its ends are above those that a child's standard descriptors are put on, whatever this process has closed.
Pipe make_pipe() {
    std::array<int, 2> ends{};
    checked(pipe(ends.data()));
    const Descriptor read(ends[0]), write(ends[1]);
    return {duplicate(read, least_held_number), duplicate(write, least_held_number)};
}

/// Messages come in the C locale (aix_facts.md, subsystems), and the SRC and others are told where their object classes
/// are (aix_facts.md, commands and processes).
std::vector<std::string> clean_environment() {
    std::vector<std::string> environment{"LC_ALL=C", "LANG=C", "HOME=/", "PATH=" + command_path()};
    if (const char* const odm = std::getenv("ODMDIR")) // NOLINT(concurrency-mt-unsafe): there is one thread
        environment.push_back(std::string("ODMDIR=") + odm);
    return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// All that a child needs, made before the fork: after it, only async-signal-safe functions may be called.
struct Start {
    std::vector<std::string> argv, environment;
    std::string directory;
    std::vector<int> held;
    Pipe out, err, failure;
    pid_t run = getpid();
};

void reset_signals() {
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    constexpr int end = sizeof(sigset_t) * CHAR_BIT; // POSIX has no number of signals, but a set has a bit for each
    for (int signal = 1; signal < end; ++signal)
        sigaction(signal, &by_default, nullptr); // fails for SIGKILL and the like, and where there is no such signal
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_all_from(int first) {
#ifdef F_CLOSEM // aix_facts.md, files and descriptors
    fcntl(first, F_CLOSEM, 0);
#else
    const long limit = sysconf(_SC_OPEN_MAX);
    const int end = static_cast<int>(std::clamp(limit, 256L, 65536L)); // "unlimited" would take minutes
    for (int descriptor = first; descriptor < end; ++descriptor)
        close(descriptor);
#endif
}

/// Locks these descriptors' files for as long as the command lives: such a lock goes over exec, and no child inherits it.
/// They stay open, for it would end with them. False if the run has been killed meanwhile: whoever comes next may have looked
/// already, and found nothing locked.
bool hold(int first, int end, pid_t run) {
    for (int held = first; held < end; ++held) {
        struct flock lock {};
        lock.l_type = F_RDLCK;
        lock.l_whence = SEEK_SET;
        if (fcntl(held, F_SETLK, &lock) < 0)
            return false;
    }
    errno = ECANCELED;
    return first == end || getppid() == run;
}

/// False if a descriptor cannot be had.
bool arrange_descriptors(const Start& start) {
    constexpr int failure = STDERR_FILENO + 1, first_held = failure + 1;
    static_assert(first_held + most_held <= least_held_number);
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(start.out.write.number(), STDOUT_FILENO) < 0 ||
        dup2(start.err.write.number(), STDERR_FILENO) < 0 || dup2(start.failure.write.number(), failure) < 0 ||
        fcntl(failure, F_SETFD, FD_CLOEXEC) < 0)
        return false;
    int end = first_held;
    for (const int held : start.held)
        if (dup2(held, end++) < 0)
            return false;
    close_all_from(end);
    return hold(first_held, end, start.run); // last: to close a descriptor of a file would end its lock
}

[[noreturn]] void become(const Start& start, char* const* argv, char* const* environment) {
    setsid();
    reset_signals();
    int report = start.failure.write.number();
    if (chdir(start.directory.c_str()) == 0 && arrange_descriptors(start)) {
        report = STDERR_FILENO + 1;
        execve(argv[0], argv, environment);
    }
    const int error = errno;
    [[maybe_unused]] const ssize_t told = write(report, &error, sizeof error);
    _exit(127);
}

/// Waits for the report of `become`: nothing if the command has started.
std::optional<int> read_failure(const Descriptor& report) {
    int error = 0;
    const ssize_t size = uninterrupted([&] { return read(report.number(), &error, sizeof error); });
    return size == sizeof error ? std::optional(error) : std::nullopt;
}

/// What arrives through a pipe: the first MiB is kept, the rest thrown away, so that the writer never has to wait.
class Output {
public:
    explicit Output(Descriptor pipe) : pipe_(std::move(pipe)) { checked(fcntl(pipe_.number(), F_SETFL, O_NONBLOCK)); }

    int number() const { return pipe_.number(); } // -1 once all has arrived
    std::string take() { return std::move(text_); }

    /// Reads what is there; no more than a pipe can hold, since somebody may write for ever.
    void read_available() {
        constexpr std::size_t most = std::size_t{1024} * 1024;
        std::array<char, 16384> buffer{};
        for (std::size_t total = 0; pipe_.is_open() && total < most; total += buffer.size()) {
            const ssize_t size = uninterrupted([&] { return read(pipe_.number(), buffer.data(), buffer.size()); });
            if (size < 0 && errno == EAGAIN)
                return;
            if (size <= 0)
                pipe_.close();
            else
                text_.append(buffer.data(), std::min(static_cast<std::size_t>(size), most - text_.size()));
        }
    }

private:
    Descriptor pipe_;
    std::string text_;
};

/// A started command.
class Child {
public:
    Child(const std::vector<std::string>& argv, const std::string& directory, const Attendance& attendance);
    ~Child() { kill_group(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    CommandResult wait(std::chrono::seconds limit, const std::function<void()>& look);

private:
    static Start prepare(const std::vector<std::string>& argv, const std::string& directory,
                         const Attendance& attendance);
    explicit Child(Start start);
    void wait_for_output(milliseconds most) const;
    bool has_ended();
    void kill_group();

    Output out_, err_;
    pid_t process_ = -1; // -1 once it has been waited for
    int status_ = 0;
};

Start Child::prepare(const std::vector<std::string>& argv, const std::string& directory, const Attendance& attendance) {
    std::vector<int> held;
    for (const Descriptor* const file : attendance.held)
        held.push_back(file->number());
    return {argv, clean_environment(), directory, held, make_pipe(), make_pipe(), make_pipe()};
}

Child::Child(const std::vector<std::string>& argv, const std::string& directory, const Attendance& attendance)
    : Child(prepare(argv, directory, attendance)) {}

Child::Child(Start start) : out_(std::move(start.out.read)), err_(std::move(start.err.read)) {
    const std::vector<char*> argv = pointers_to(start.argv), environment = pointers_to(start.environment);
    process_ = checked(fork());
    if (process_ == 0)
        become(start, argv.data(), environment.data());
    start.failure.write.close();
    if (const std::optional<int> error = read_failure(start.failure.read)) {
        kill_group();
        errno = *error;
        throw_cause();
    }
}

void Child::wait_for_output(milliseconds most) const {
    std::array<pollfd, 2> pipes{{{out_.number(), POLLIN, 0}, {err_.number(), POLLIN, 0}}}; // -1 is passed over
    if (poll(pipes.data(), pipes.size(), static_cast<int>(most.count())) < 0 && errno != EINTR)
        throw_cause();
}

bool Child::has_ended() {
    if (process_ < 0)
        return true;
    const pid_t ended = uninterrupted([&] { return waitpid(process_, &status_, WNOHANG); });
    if (checked(ended) == 0)
        return false;
    process_ = -1;
    return true;
}

/// Ends the whole group, politely at first. Its leader is waited for last: no other group gets the number before.
void Child::kill_group() {
    constexpr milliseconds grace(2000), pause(10);
    if (process_ < 0)
        return;
    kill(-process_, SIGTERM);
    siginfo_t end{};
    for (milliseconds waited(0); waited < grace && end.si_pid == 0; waited += pause) {
        const auto look = [&] { return waitid(P_PID, static_cast<id_t>(process_), &end, WEXITED | WNOHANG | WNOWAIT); };
        static_cast<void>(uninterrupted(look));
        if (end.si_pid == 0)
            sleep_for(pause);
    }
    kill(-process_, SIGKILL);
    uninterrupted([&] { return waitpid(process_, &status_, 0); });
    process_ = -1;
}

/// A daemon that the command has left behind may hold the pipes open: they count for a moment after its end only.
CommandResult Child::wait(std::chrono::seconds limit, const std::function<void()>& look) {
    constexpr milliseconds longest_pause(20), moment(100);
    const Clock::time_point begin = Clock::now();
    std::optional<Clock::time_point> end;
    milliseconds pause(1);
    while (!end || ((out_.number() >= 0 || err_.number() >= 0) && Clock::now() - *end < moment)) {
        wait_for_output(pause);
        pause = std::min(pause * 2, longest_pause);
        const bool ended = has_ended(); // before the reading: then all that it has written is read
        out_.read_available();
        err_.read_available();
        if (ended && !end)
            end = Clock::now();
        if (!ended && std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin) >= limit)
            throw Error("no end after " + in_words(limit));
        if (!ended && look)
            look();
    }
    const int status = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
    return {status, out_.take(), err_.take()};
}

/// While this exists, children can be waited for, even if whoever started us ignores SIGCHLD.
class ChildrenCanBeWaitedFor {
public:
    ChildrenCanBeWaitedFor() {
        struct sigaction by_default {};
        by_default.sa_handler = SIG_DFL;
        sigaction(SIGCHLD, &by_default, &before_);
    }
    ~ChildrenCanBeWaitedFor() { sigaction(SIGCHLD, &before_, nullptr); }
    ChildrenCanBeWaitedFor(const ChildrenCanBeWaitedFor&) = delete;
    ChildrenCanBeWaitedFor& operator=(const ChildrenCanBeWaitedFor&) = delete;

private:
    struct sigaction before_ {};
};

} // namespace

CommandResult run_command(const std::vector<std::string>& argv, std::chrono::seconds limit,
                          const std::string& directory, const Attendance& attendance) {
    return doing("running " + joined(argv, " "), [&] {
        if (argv.empty() || !argv[0].starts_with('/'))
            throw Error("a command is run by its absolute path alone");
        const ChildrenCanBeWaitedFor guard;
        return Child(argv, directory, attendance).wait(limit, attendance.look);
    });
}

} // namespace bulwark
