#include "system/host/record_lock.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bulwark;
using namespace std::chrono_literals;

namespace {

constexpr const char* lock_path = "/history.git.lock";
constexpr const char* running_path = "/history.git.running";

std::unique_ptr<RunLock> lock_below(
    const TemporaryDirectory& directory, std::chrono::seconds timeout, const std::function<void()>& look = [] {}) {
    return std::make_unique<RunLock>(RootedTree(directory.path()).make_trusted_way(lock_path), lock_path, timeout,
                                     look);
}

std::string error_elsewhere(const TemporaryDirectory& directory) {
    return in_child([&] { return error_of([&] { lock_below(directory, 0s); }); });
}

/// A process that locks a file, for reading or for writing, and holds it until it is killed.
class Holder {
public:
    Holder(const std::string& path, short type) {
        std::array<int, 2> ends{};
        checked(pipe(ends.data()));
        const Descriptor ready(ends[0]), told(ends[1]);
        process_ = checked(fork());
        if (process_ == 0)
            hold(path, type, told);
        char byte = 0;
        REQUIRE(read(ready.number(), &byte, 1) == 1);
    }
    ~Holder() { end(); }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

    void end() {
        if (process_ > 0) {
            kill(process_, SIGKILL);
            waitpid(process_, nullptr, 0);
        }
        process_ = -1;
    }
    std::string name() const { return "process " + std::to_string(process_); }

private:
    [[noreturn]] static void hold(const std::string& path, short type, const Descriptor& told) {
        const Descriptor file(open(path.c_str(), O_RDWR | O_CREAT, 0600));
        struct flock lock {};
        lock.l_type = type;
        lock.l_whence = SEEK_SET;
        if (fcntl(file.number(), F_SETLK, &lock) == 0) {
            [[maybe_unused]] const ssize_t size = write(told.number(), "x", 1);
        }
        for (;;)
            pause();
    }

    pid_t process_ = -1;
};

} // namespace

TEST_CASE("a lock that can never be had is an error at once") {
    const TemporaryDirectory directory;
    write_file(directory.path() + "/lock", "");
    const Descriptor unwritable(open((directory.path() + "/lock").c_str(), O_RDONLY));
    CHECK(error_of([&] { wait_for_lock(unwritable, "/var/lock", std::chrono::seconds(60)); }) ==
          "locking /var/lock: Bad file descriptor");
}

#ifdef F_OFD_SETLK

TEST_CASE("a lock of which the system does not know the process is waited for all the same") {
    const TemporaryDirectory directory;
    write_file(directory.path() + "/lock", "");
    const Descriptor theirs(open((directory.path() + "/lock").c_str(), O_RDWR));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    REQUIRE(fcntl(theirs.number(), F_OFD_SETLK, &lock) == 0); // belongs to the open file
    const Descriptor ours(open((directory.path() + "/lock").c_str(), O_RDWR));
    CHECK(error_of([&] { wait_for_lock(ours, "/var/lock", std::chrono::seconds(0)); }) ==
          "waiting for another run: /var/lock is held by another process after 0 seconds; try again, or raise "
          "lock_timeout");
}

#endif

TEST_CASE("a lock file that is there already is opened, its text and mode stay") {
    const TemporaryDirectory directory;
    write_file(directory.path() + "/lock", "text", 0640);
    const Descriptor file = open_lock_file(RootedTree(directory.path()).make_trusted_way("/lock"));
    CHECK_NOTHROW(wait_for_lock(file, "/lock", std::chrono::seconds(0)));
    CHECK(file_text(directory.path() + "/lock") == "text");
    CHECK(mode_of(directory.path() + "/lock") == 0640);
}

TEST_CASE("what says that a run works is there while it does, and no longer") {
    const TemporaryDirectory directory;
    auto lock = lock_below(directory, 0s);
    CHECK(names_in(directory.path()) == std::vector<std::string>{"history.git.lock", "history.git.running"});
    CHECK(mode_of(directory.path() + running_path) == 0600);
    CHECK(lock->running().number() >= least_held_number);
    lock.reset();
    CHECK(names_in(directory.path()) == std::vector<std::string>{"history.git.lock"});
}

TEST_CASE("a lock file that is removed while a run works lets nobody in") {
    const TemporaryDirectory directory;
    auto lock = lock_below(directory, 0s);
    REQUIRE(unlink((directory.path() + lock_path).c_str()) == 0);
    const std::string held = "waiting for another run: /history.git.running is held by process " +
                             std::to_string(getpid()) + " after 0 seconds; try again, or raise lock_timeout";
    CHECK(error_elsewhere(directory) == held);
    write_file(directory.path() + lock_path, "");
    CHECK(error_elsewhere(directory) == held);
    lock.reset();
    CHECK(error_elsewhere(directory).empty());
}

TEST_CASE("a lock file that is exchanged while it is waited for is not the one that counts") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + lock_path;
    Holder old(path, F_WRLCK);
    std::unique_ptr<Holder> other;
    int looks = 0;
    const auto look = [&] {
        ++looks;
        if (!other) {
            REQUIRE(unlink(path.c_str()) == 0);
            other = std::make_unique<Holder>(path, F_WRLCK);
            old.end(); // now the file that is waited for can be locked
        } else {
            other->end();
        }
    };
    const auto lock = lock_below(directory, 60s, look);
    CHECK(looks >= 2); // the other one was waited for as well
}

TEST_CASE("the command of a run that was killed is waited for, and whoever keeps its file afterwards holds nobody up") {
    const TemporaryDirectory directory;
    Holder command(directory.path() + running_path, F_RDLCK);
    CHECK(error_elsewhere(directory) == "waiting for another run: /history.git.running is held by " + command.name() +
                                            " after 0 seconds; try again, or raise lock_timeout");
    const Descriptor kept(open((directory.path() + running_path).c_str(), O_RDONLY));
    int looks = 0;
    auto lock = lock_below(directory, 60s, [&] {
        ++looks;
        command.end();
    });
    CHECK(looks >= 1);
    struct stat before {
    }, now{};
    REQUIRE(fstat(kept.number(), &before) == 0);
    REQUIRE(fstat(lock->running().number(), &now) == 0);
    CHECK(before.st_ino != now.st_ino);
}

TEST_CASE("what a killed run has left is removed; what is no lock file is refused") {
    const TemporaryDirectory directory;
    write_file(directory.path() + running_path, "", 0600);
    lock_below(directory, 0s);
    CHECK(names_in(directory.path()) == std::vector<std::string>{"history.git.lock"});
    make_directory(directory.path() + running_path);
    CHECK(error_of([&] { lock_below(directory, 0s); }) ==
          "locking /history.git.running: it is a directory, not a lock file; remove it");
}

TEST_CASE("a run that is asked to end while it waits does") {
    const TemporaryDirectory directory;
    const Holder other(directory.path() + lock_path, F_WRLCK);
    CHECK(error_of([&] { lock_below(directory, 60s, [] { throw Error("enough"); }); }) == "enough");
}
