#include "system/system_call.hpp"

#include <doctest/doctest.h>

#include <array>

#include <fcntl.h>
#include <unistd.h>

using namespace bulwark;

TEST_CASE("an interrupted system call is made again, a failed one is not") {
    int calls = 0;
    const auto result = uninterrupted([&] {
        errno = ++calls < 3 ? EINTR : EIO;
        return -1;
    });
    CHECK(result == -1);
    CHECK(calls == 3);
    CHECK_THROWS_WITH_AS(checked(result), "Input/output error", Error);
    CHECK(checked(7) == 7);
}

TEST_CASE("an error says what was being done") {
    CHECK_THROWS_WITH_AS(doing("replacing /etc/inittab", []() -> int { throw Error("No space left on device"); }),
                         "replacing /etc/inittab: No space left on device", Error);
    CHECK(doing("adding", [] { return 1 + 1; }) == 2);
}

TEST_CASE("a descriptor closes its file once, and hands it on when moved") {
    Descriptor first(open("/dev/null", O_RDONLY));
    const int number = first.number();
    Descriptor second(std::move(first));
    CHECK(second.number() == number);
    const Descriptor copy = duplicate(second, 100);
    CHECK(copy.number() >= 100);
    CHECK(fcntl(copy.number(), F_GETFD) == FD_CLOEXEC);
    second.close();
    CHECK_FALSE(second.is_open());
    CHECK(fcntl(number, F_GETFD) == -1);
    CHECK(fcntl(copy.number(), F_GETFD) == FD_CLOEXEC);
    second = Descriptor(open("/dev/null", O_RDONLY));
    CHECK(second.is_open());
}

TEST_CASE("what the system cannot sync, such as a directory on AIX, counts as synced") {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const Descriptor read(ends[0]), write(ends[1]), none;
    CHECK_NOTHROW(sync_metadata(write)); // EINVAL
    CHECK_NOTHROW(sync_metadata(none));  // EBADF, as AIX says of directories
    CHECK_THROWS_WITH_AS(sync(write), "Invalid argument", Error);
}

TEST_CASE("times are given in words") {
    CHECK(in_words(std::chrono::seconds(0)) == "0 seconds");
    CHECK(in_words(std::chrono::seconds(1)) == "1 second");
    CHECK(in_words(std::chrono::seconds(30)) == "30 seconds");
}

TEST_CASE("sleeping takes as long as it was asked to") {
    const auto begin = std::chrono::steady_clock::now();
    sleep_for(std::chrono::milliseconds(30));
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(30));
}
