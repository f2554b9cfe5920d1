#include "system/record_lock.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>

using namespace bulwark;

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
