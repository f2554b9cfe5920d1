#include "document/file_mode.hpp"

#include "error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace bulwark;

namespace {

unsigned changed(const std::string& text, unsigned now, bool is_directory = false) {
    return FileMode::parse(text).of(now, is_directory);
}

} // namespace

TEST_CASE("file mode: octal digits are the mode, whatever it was") {
    for (const unsigned now : {0U, 0644U, 07777U}) {
        CHECK(changed("0755", now) == 0755);
        CHECK(changed("755", now) == 0755);
        CHECK(changed("0o755", now) == 0755);
        CHECK(changed("4711", now) == 04711);
        CHECK(changed("07777", now) == 07777);
        CHECK(changed("0", now) == 0);
        CHECK(FileMode::exactly(0755).of(now, false) == 0755);
    }
    CHECK(FileMode::parse("0644") == FileMode::exactly(0644));
}

TEST_CASE("file mode: letters change what is there") {
    struct Case {
        std::string text;
        unsigned now, then;
    };
    const std::vector<Case> cases{
        {"a-x", 0555, 0444},
        {"a-x", 04755, 04644},
        {"a-x", 0644, 0644},
        {"u=rwx,go=rx", 0, 0755},
        {"u=rwx,go=rx", 07777, 0755},
        {"ugo+r", 0100, 0544},
        {"g-w,o-rwx", 0777, 0750},
        {"o=", 0757, 0750},
        {"u=rw-x+X", 0755, 0755}, // others may still execute it
        {"u+s,g+s", 0755, 06755},
        {"a-s", 06755, 0755},
        {"o+s", 0755, 0755},
        {"+t", 0777, 01777},
        {"u+t", 0777, 0777},
        {"o=rx", 01777, 0775},
        {"u=rx", 04755, 0555},
        {"g=u", 0740, 0770},
        {"u=g,o+g", 0641, 0445},
        {"g=o", 0604, 0644},
        {"go=u-w", 0700, 0755},
        {"a+X", 0644, 0644},
        {"a+X", 0744, 0755},
        {"+w", 0444, 0644}, // the umask 022
        {"-w", 0666, 0466},
        {"+x", 0644, 0755},
        {"=", 0755, 0},
        {"u=", 0755, 0055},
        {"aug-x", 0777, 0666},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(changed(c.text, c.now) == c.then);
    }
}

TEST_CASE("file mode: the right to search is what X gives to a directory") {
    CHECK(changed("a+X", 0644, true) == 0755);
    CHECK(changed("u=rwX,go=rX", 0, true) == 0755);
    CHECK(changed("u=rwX,go=rX", 0, false) == 0644);
    CHECK(changed("a-X", 0644, true) == 0644);
}

TEST_CASE("file mode: changes that never come to an end are refused") {
    for (const std::string text : {"u=g,g=o", "o=u,u=g,g=o", "g=u-w,u=o"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS(
            FileMode::parse(text),
            ("mode '" + text +
             "' would change the same file at every run; write the bits that it is to have, as in '0640'")
                .c_str(),
            Error);
    }
    for (const std::string text : {"u=g,g=u", "g=u,o=u", "u=g,o+g", "a-x,a+X"})
        CHECK_NOTHROW(FileMode::parse(text));
}

TEST_CASE("file mode: what is neither is refused") {
    for (const std::string text : {"", "0855", "10000", "77777777777777777777", "rwx", "u", "u+y", "z+x", "u+x,",
                                   ",u+x", "u +x", "u+x g+x", "0o", "-755", "0x1ff", "u=rwx;go=rx"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS(FileMode::parse(text),
                             ("mode '" + text +
                              "' is neither octal digits up to 7777, as in '0755', nor changes as in 'a-x' or "
                              "'u=rwx,go=rx'")
                                 .c_str(),
                             Error);
    }
    for (const long long bits : {-1LL, 010000LL, 7777777777LL})
        CHECK_THROWS_WITH_AS(FileMode::exactly(bits),
                             ("mode " + std::to_string(bits) +
                              " has more than permission bits; write it in quotes and in octal, as in '0755'")
                                 .c_str(),
                             Error);
}
