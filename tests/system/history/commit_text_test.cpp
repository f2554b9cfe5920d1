#include "system/history/commit_text.hpp"

#include "support/posix_files.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <string>

using namespace bulwark;

namespace {

using Trailers = std::vector<std::pair<std::string, std::string>>;

/// A time zone of this process.
class Zone {
public:
    explicit Zone(const std::string& rules) : variable_("TZ", rules) { tzset(); }

private:
    EnvironmentVariable variable_;
};

} // namespace

TEST_CASE("a commit message is taken apart into subject, body and trailers") {
    struct Expected {
        std::string message, subject, body;
        Trailers trailers;
    };
    const std::vector<Expected> messages{
        {"inetd: disable shell\n\nWhy it was done,\nin two lines.\n\nAnd more.\n\nBulwark-Version: "
         "0.1.0\nBulwark-Rules: a, b\n",
         "inetd: disable shell",
         "Why it was done,\nin two lines.\n\nAnd more.",
         {{"Bulwark-Version", "0.1.0"}, {"Bulwark-Rules", "a, b"}}},
        {"subject\nin two lines\n\nBulwark-Version: 1\n", "subject in two lines", "", {{"Bulwark-Version", "1"}}},
        {"inetd: disable shell\n", "inetd: disable shell", "", {}}, // the first paragraph is never trailers
        {"subject\n\nnot: a trailer\nbecause of this line\n", "subject", "not: a trailer\nbecause of this line", {}},
        {"subject\n\nA b: no key has a blank\n", "subject", "A b: no key has a blank", {}},
        {"subject\n\n: no key\n", "subject", ": no key", {}},
        {"subject\n\n goes on with nothing\nKey: one\n", "subject", " goes on with nothing\nKey: one", {}},
        {"subject\n\nKey: one\n two\nKey:three\nEmpty:\n",
         "subject",
         "",
         {{"Key", "one two"}, {"Key", "three"}, {"Empty", ""}}},
        {"subject\n\nKey:\n two\n three\n", "subject", "", {{"Key", "two three"}}}, // nothing in its own line
        {"\n \nsubject\n \t\nbody\n\n\n", "subject", "body", {}},
        {"no newline", "no newline", "", {}},
        {"subject\n\nbody\n---\nmore\n\nTicket: 7", "subject", "body\n---\nmore", {{"Ticket", "7"}}},
        {"", "", "", {}},
        {"caf\xe9\n\n\xff: x\n", "caf\xe9", "\xff: x", {}},
    };
    for (const Expected& expected : messages) {
        CAPTURE(expected.message);
        const CommitMessage message = parse_message(expected.message);
        CHECK(message.subject == expected.subject);
        CHECK(message.body == expected.body);
        CHECK(message.trailers == expected.trailers);
    }
}

TEST_CASE("a commit's date is shown in the zone of who made it") {
    CHECK(iso_date(1795197991, 60) == "2026-11-20T19:06:31+01:00");
    CHECK(iso_date(1795197991, 0) == "2026-11-20T18:06:31+00:00");
    CHECK(iso_date(1795197991, -210) == "2026-11-20T14:36:31-03:30");
    CHECK(iso_date(0, -1) == "1969-12-31T23:59:00-00:01");
    CHECK(iso_date(951782400, 0) == "2000-02-29T00:00:00+00:00");
    CHECK(iso_date(4070908800, 0) == "2099-01-01T00:00:00+00:00"); // more than 32 bits of time_t hold
}

TEST_CASE("a date names a second, in local time unless it names a zone") {
    const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    for (const auto& date : {
             std::pair{"2026-11-20T19:06:31", 1795197991},
             std::pair{"2026-11-20 19:06:31", 1795197991},
             std::pair{"2026-11-20T19:06:31.999999", 1795197991},
             std::pair{"2026-11-20T18:06:31Z", 1795197991},
             std::pair{"2026-11-20T18:06:31.5Z", 1795197991},
             std::pair{"2026-11-20T23:36:31+05:30", 1795197991},
             std::pair{"2026-11-20T23:36:31+0530", 1795197991},
             std::pair{"2026-11-20T14:06:31-04", 1795197991},
             std::pair{"2026-11-20T19:06", 1795197960},
             std::pair{"2026-11-20", 1795215599},       // 23:59:59 in Central Europe
             std::pair{"2026-11-20Z", 1795219199},      // and in Greenwich
             std::pair{"2026-11-20+05:30", 1795199399}, // and in Mumbai
             std::pair{"2026-07-01T12:00", 1782900000}, // daylight saving time
             std::pair{"1970-01-01T00:00:00Z", 0},
             std::pair{"2000-02-29T00:00:00Z", 951782400},
             std::pair{"2026-03-01T00:00:00Z", 1772323200},
             std::pair{"1969-12-31T23:59:59Z", -1},
         })
        CHECK_MESSAGE(parse_iso_date(date.first) == date.second, date.first);
}

TEST_CASE("a date behind 2038 is one of its zone, and of local time where the host's time_t can hold it") {
    const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(parse_iso_date("2099-01-01T00:00:00Z") == 4070908800);
    CHECK(parse_iso_date("2099-01-01T01:00:00+01:00") == 4070908800);
    if constexpr (sizeof(std::time_t) > 4)
        CHECK(parse_iso_date("2099-01-01T01:00:00") == 4070908800);
    else
        CHECK(error_of([] { parse_iso_date("2099-01-01T01:00:00"); }) ==
              "this host cannot tell local times of the year 2099; write the date with Z or +HH:MM behind it");
}

TEST_CASE("what does not begin like a date is none") {
    for (const char* const text : {"", "HEAD", "2026", "20261120", "2026-11", "2026-11-2", "2026-1-20", "2026/11/20",
                                   "26-11-20", "deadbeef", "-026-11-20", "20 6-11-20"})
        CHECK_MESSAGE(!parse_iso_date(text), text);
}

TEST_CASE("a date that does not exist is refused") {
    for (const std::string text : {"2026-02-29",
                                   "1900-02-29",
                                   "2026-13-01",
                                   "2026-00-10",
                                   "2026-04-31",
                                   "2026-11-00",
                                   "2026-11-20T24:00",
                                   "2026-11-20T19:60",
                                   "2026-11-20T19:06:60",
                                   "2026-11-20T19",
                                   "2026-11-20T19:6",
                                   "2026-11-20T",
                                   "2026-11-20 tomorrow",
                                   "2026-11-20x",
                                   "2026-11-20T19:06:",
                                   "2026-11-20T19:06:31+1",
                                   "2026-11-20T19:06:31+01:",
                                   "2026-11-20T19:06:31+24:00",
                                   "2026-11-20T19:06:31+01:60",
                                   "2026-11-20T19:06:31 CET",
                                   "2026-11-20T19:06:31Zulu"})
        CHECK(error_of([&] { parse_iso_date(text); }) ==
              text + " is not a date: write YYYY-MM-DD, or YYYY-MM-DDTHH:MM:SS, and Z or +HH:MM behind it unless it is "
                     "local time");
}

TEST_CASE("a NUL byte in what an error cites does not end the sentence") {
    const std::string text("2026-11-20\0x", 12);
    CHECK(error_of([&] { parse_iso_date(text); }).starts_with("2026-11-20?x is not a date: write YYYY-MM-DD"));
}
