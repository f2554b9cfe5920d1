#include "system/host/system_call.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>

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

TEST_CASE("the text of an error has no period at its end, as AIX gives it one") {
    CHECK(without_period("The file access permissions do not allow the specified action.") ==
          "The file access permissions do not allow the specified action");
    CHECK(without_period("File exists") == "File exists");
    CHECK(without_period(".") == "");
    CHECK(without_period("") == "");
    CHECK(in_words(EACCES) == "Permission denied");
}

TEST_CASE("room doubles for as long as there is too little, and no longer") {
    struct Case {
        std::size_t wanted;
        int error; // once it fits; 0: none
        std::size_t room;
        int result;
    };
    for (const auto& [wanted, error, expected, result] :
         {Case{4, 0, 4, 7}, {5, 0, 8, 7}, {1000, 0, 1024, 7}, {5, EIO, 8, -1}, {SIZE_MAX, 0, 16777216, -1}}) {
        std::string room(4, '\0');
        const int error_then = error;
        const std::size_t needed = wanted;
        CHECK(with_enough_room(room, ENOSPC, [&] {
                  errno = room.size() < needed ? ENOSPC : error_then;
                  return errno == 0 ? 7 : -1;
              }) == result);
        CHECK(room.size() == expected);
    }
}

TEST_CASE("all that a file or pipe has to give is read, and a directory is refused") {
    const TemporaryDirectory top;
    const std::string file = top.path() + "/args", text(200000, 'x');
    write_file(file, text);
    CHECK(read_all(file) == text);
    CHECK(read_all("/dev/null") == "");
    CHECK_THROWS_WITH_AS(read_all(top.path()), ("reading " + top.path() + ": Is a directory").c_str(), Error);
    CHECK_THROWS_WITH_AS(read_all(file + "/x"), ("reading " + file + "/x: Not a directory").c_str(), Error);
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
