#include "system/metadata.hpp"

#include "support/posix_files.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

using namespace bulwark;
using namespace std::string_literals;

namespace {

Recorded::File regular(unsigned mode, const std::string& owner, const std::string& group) {
    Recorded::File file;
    file.state.kind = FileState::Kind::regular;
    file.state.mode = mode;
    file.state.owner = owner;
    file.state.group = group;
    return file;
}

Recorded::File mode_alone(unsigned mode, const std::string& owner, const std::string& group) {
    Recorded::File file = regular(mode, owner, group);
    file.interest = Interest::attributes;
    return file;
}

std::string refusal(const std::string& text) {
    return error_of([&] { parse_metadata(text); });
}

/// Any bytes, those that mean something to the format more often than others.
std::string random_bytes(std::mt19937& random, std::size_t least) {
    const std::string special = "\n\t\\% -x/.\r\x7f\xff"s;
    std::string bytes;
    for (std::size_t size = least + random() % 8; bytes.size() < size;)
        bytes += random() % 2 == 0 ? special[random() % special.size()] : static_cast<char>(1 + random() % 255);
    return bytes;
}

std::string random_component(std::mt19937& random) {
    std::string name = "n" + random_bytes(random, 0); // n: neither . nor .git
    for (char& character : name)
        if (character == '/' || character == '\\') // behind a backslash, git looks for names of its own
            character = 'n';
    return name;
}

Recorded random_facts(std::mt19937& random) {
    Recorded recorded;
    for (int i = 0; i < 5; ++i) {
        Recorded::File file = regular(random() % 010000, random_bytes(random, 0), random_bytes(random, 0));
        if (random() % 2 == 0)
            file.state.owner.number = static_cast<std::uint32_t>(random() % 5000);
        file.interest = std::array{Interest::content, Interest::attributes, Interest::log}[random() % 3];
        if (file.interest == Interest::content && random() % 2 == 0)
            file.state.kind = FileState::Kind::directory;
        recorded.files["/" + random_component(random) + "/" + random_component(random)] = file;
        recorded.files["/" + random_component(random)] = {};
        recorded.network_options[random_bytes(random, 1)] = random_bytes(random, 0);
        recorded.subsystems[random_bytes(random, 1)] = random() % 2 == 0 ? "active" : "inoperative";
        recorded.actions.push_back({random_bytes(random, 1), random_bytes(random, 0), random_bytes(random, 0)});
        recorded.owed.push_back({random_bytes(random, 1)});
    }
    return recorded;
}

} // namespace

TEST_CASE("metadata: one line a fact, files by path, then options, subsystems and the commands in their order") {
    Recorded recorded;
    recorded.files["/usr/sbin/nfsd"] = mode_alone(0555, "root", "system");
    recorded.files["/etc/inittab"] = regular(0644, "root", "system");
    recorded.files["/var/adm/auth.log"] = {regular(0640, "root", "system").state, Interest::log};
    recorded.files["/etc/rc.no"] = {};
    recorded.files["/usr/bin/su"] = regular(04555, "0", "100");
    recorded.files["/etc/rc.d"] = {{FileState::Kind::directory, "", 01755, "root", "system", "a directory", false}};
    recorded.files["/etc/rc.d/S01"] = {
        {FileState::Kind::link, "", mode_of_links, "root", "bin", "a symbolic link", false}};
    recorded.network_options = {{"tcp_tcpsecure", "7"}, {"bcastping", "0"}};
    recorded.subsystems = {{"snmpd", "inoperative"}, {"inetd", "active"}};
    recorded.actions = {{"refresh", "-s", "inetd"}, {"no", "-o", "bcastping=0"}};
    recorded.owed = {{"no", "-o", "bcastping=0"}};
    const std::string text = "file 0644 root system /etc/inittab\n"
                             "directory 1755 root system /etc/rc.d\n"
                             "link - root bin /etc/rc.d/S01\n"
                             "missing - - - /etc/rc.no\n"
                             "file 4555 0 100 /usr/bin/su\n"
                             "mode 0555 root system /usr/sbin/nfsd\n"
                             "log 0640 root system /var/adm/auth.log\n"
                             "network_option 0 bcastping\n"
                             "network_option 7 tcp_tcpsecure\n"
                             "subsystem active inetd\n"
                             "subsystem inoperative snmpd\n"
                             "action refresh -s inetd\n"
                             "action no -o bcastping=0\n"
                             "owed no -o bcastping=0\n";
    CHECK(metadata_text(recorded) == text);
    CHECK(parse_metadata(text) == recorded);
    CHECK(metadata_text({}) == "");
    CHECK(parse_metadata("") == Recorded());
}

TEST_CASE(
    "metadata: users and groups have their numbers beside their names, and older histories are read without them") {
    Recorded recorded;
    recorded.files["/a"] = regular(0644, "bob", "staff");
    recorded.files["/a"].state.owner.number = 500;
    recorded.files["/a"].state.group.number = 0;
    recorded.files["/b"] = regular(0644, "4711", "a:b");
    recorded.files["/b"].state.owner.number = 4711;
    recorded.files["/b"].state.group.number = 1;
    const std::string text = "file 0644 bob:500 staff:0 /a\nfile 0644 4711 a\\x3ab:1 /b\n";
    CHECK(metadata_text(recorded) == text);
    CHECK(metadata_text(parse_metadata(text)) == text);
    CHECK(parse_metadata(text).files.at("/a").state.owner.number == 500);
    CHECK(parse_metadata(text).files.at("/b").state.owner.number == 4711);
    CHECK(parse_metadata(text).files.at("/b").state.group.name == "a:b");
    const FileState old = parse_metadata("file 0644 bob 12 /a\n").files.at("/a").state;
    CHECK(old.owner.name == "bob");
    CHECK_FALSE(old.owner.number);
    CHECK(old.group.number == 12);
    for (const std::string word : {"bob:", "bob:x", "bob:-1", "bob:4294967295", "bob:1:2"})
        CHECK(refusal("file 0644 " + word + " system /a\n") ==
              "line 1: a user or a group has a number after the colon, not \"" + word + "\"");
}

TEST_CASE("metadata: names keep their blanks, quotes and bytes above 127; other characters are escaped") {
    Recorded recorded;
    recorded.files["/a b'\"\xe9\n\t\\\x1b\x7f"] = regular(0600, "two words", "-");
    recorded.files["/no owner"] = regular(0600, "", "sta\tff");
    recorded.network_options[" name"] = "1 2";
    recorded.actions = {{"crontab", "", "a b", "100%", "\n"}};
    const std::string text = "file 0600 two\\x20words \\x2d /a b'\"\xe9\\n\\t\\\\\\x1b\\x7f\n"
                             "file 0600 - sta\\tff /no owner\n"
                             "network_option 1\\x202  name\n"
                             "action crontab  a%20b 100%25 %0a\n";
    CHECK(metadata_text(recorded) == text);
    CHECK(parse_metadata(text) == recorded);
}

TEST_CASE("metadata: whatever was recorded is read again") {
    std::mt19937 random(42);
    for (int round = 0; round < 500; ++round) {
        const Recorded recorded = random_facts(random);
        CAPTURE(metadata_text(recorded));
        REQUIRE(parse_metadata(metadata_text(recorded)) == recorded);
    }
}

TEST_CASE("metadata: a line that is not understood is named, with the reason") {
    const std::string good = "file 0644 root system /etc/inittab\n";
    for (const auto& [line, reason] : {
             std::pair{"acl 0644 /etc/inittab\n"s,
                       "line 2: \"acl\" means nothing to this version of Bulwark; a newer one "
                       "has written it, use that one"s},
             std::pair{"frobnicate\n"s,
                       "line 2: \"frobnicate\" means nothing to this version of Bulwark; a newer one has "
                       "written it, use that one"s},
             std::pair{"\n"s,
                       "line 2: \"\" means nothing to this version of Bulwark; a newer one has written it, use that "
                       "one"s},
             std::pair{"file 644 root system /a\n"s, "line 2: a mode has four octal digits, not \"644\""s},
             std::pair{"file 0689 root system /a\n"s, "line 2: a mode has four octal digits, not \"0689\""s},
             std::pair{"file 0644 root /a\n"s, "line 2: a field is missing"s},
             std::pair{"file 0644  system /a\n"s, "line 2: a field is missing"s},
             std::pair{"file 0644 root system \n"s, "line 2: the name is missing"s},
             std::pair{"file\n"s, "line 2: a field is missing"s},
             std::pair{"missing 0644 - - /a\n"s, "line 2: a missing file has neither mode nor owner nor group, but -"s},
             std::pair{"link 0777 root system /a\n"s, "line 2: a link has no mode, but -"s},
             std::pair{"directory - root system /a\n"s, "line 2: a mode has four octal digits, not \"-\""s},
             std::pair{"missing - - - a\n"s, "line 2: the history cannot hold \"a\": it is not an absolute path"s},
             std::pair{"mode 0644 root system /etc/inittab\n"s, "line 2: /etc/inittab has a line already"s},
             std::pair{"file 0644 root system /a\\q\n"s,
                       "line 2: a backslash must be followed by n, t, x or another one"s},
             std::pair{"file 0644 root system /a\\\n"s,
                       "line 2: a backslash must be followed by n, t, x or another one"s},
             std::pair{"file 0644 root system /a\\x1\n"s, "line 2: two hexadecimal digits must follow a \\x or a %"s},
             std::pair{"file 0644 root system /a\\x\n"s, "line 2: two hexadecimal digits must follow a \\x or a %"s},
             std::pair{"file 0644 root system /a\\xG1\n"s, "line 2: two hexadecimal digits must follow a \\x or a %"s},
             std::pair{"file 0644 root system /a\\x1G\n"s, "line 2: two hexadecimal digits must follow a \\x or a %"s},
             std::pair{"file 0644 root system /a\r\n"s, "line 2: control characters must be written as escapes"s},
             std::pair{"subsystem stopping snmpd\n"s,
                       "line 2: a subsystem is active or inoperative, not \"stopping\""s},
             std::pair{"network_option 0\n"s, "line 2: a field is missing"s},
             std::pair{"action\n"s, "line 2: the command is missing"s},
             std::pair{"owed \n"s, "line 2: the command is missing"s},
             std::pair{"action no %2\n"s, "line 2: two hexadecimal digits must follow a \\x or a %"s},
             std::pair{"file 0644 root system /a"s, "line 2: its end is missing"s},
         })
        CHECK(refusal(good + line) == reason);
}

TEST_CASE("metadata: a path must be absolute and normalised, and no name that git keeps for itself") {
    for (const auto& path : {"/etc/inittab"s, "/..."s, "/a/.gitignore"s, "/a/git"s, "/.git2/x"s, "/git~2"s, "/a b"s,
                             "/\xff\n"s, "/a/.bulwark"s, "/.bulwark2"s, "/a\\b"s, "/.gitx"s, "/.gi\xe2\x80"s,
                             // hyphens, a blank and mathematical signs beside the code points that HFS+ ignores
                             "/.g\xe2\x80\x8bit"s, "/.g\xe2\x80\x90it"s, "/.g\xe2\x80\xafit"s, "/.g\xe2\x81\xa9it"s,
                             "/.g\xe2\x81\xb0it"s, "/.g\xef\xbb\xbeit"s})
        CHECK(error_of([&] { require_recordable(path); }) == "");
    for (const auto& [path, reason] : {
             std::pair{""s, "it is not an absolute path"s},
             std::pair{"etc/inittab"s, "it is not an absolute path"s},
             std::pair{"/"s, "it is not normalised"s},
             std::pair{"//a"s, "it is not normalised"s},
             std::pair{"/a/"s, "it is not normalised"s},
             std::pair{"/a/./b"s, "it is not normalised"s},
             std::pair{"/a/.."s, "it is not normalised"s},
             std::pair{"/.bulwark"s, "the history keeps its own facts under that name"s},
             std::pair{"/.bulwark/x"s, "the history keeps its own facts under that name"s},
             std::pair{"/a/.git/config"s, "git keeps the name .git for itself"s},
             std::pair{"/.GiT"s, "git keeps the name .GiT for itself"s},
             std::pair{"/a/GIT~1"s, "git keeps the name GIT~1 for itself"s},
             std::pair{"/a/.git . ./b"s, "git keeps the name .git . . for itself"s},
             std::pair{"/.git::$INDEX_ALLOCATION"s, "git keeps the name .git::$INDEX_ALLOCATION for itself"s},
             std::pair{"/a\\.git\\b"s, "git keeps the name a\\\\.git\\\\b for itself"s},
             std::pair{"/.g\xe2\x80\x8cit"s, "git keeps the name .g\xe2\x80\x8cit for itself"s},
             std::pair{"/.g\xe2\x80\xacit"s, "git keeps the name .g\xe2\x80\xacit for itself"s},
             std::pair{"/.g\xe2\x81\xaait"s, "git keeps the name .g\xe2\x81\xaait for itself"s},
             std::pair{"/.git\xef\xbb\xbf"s, "git keeps the name .git\xef\xbb\xbf for itself"s},
             std::pair{"/a/.gitmodules"s, "git keeps the name .gitmodules for itself"s},
             std::pair{"/a/.gitattributes"s, "git keeps the name .gitattributes for itself"s},
         })
        CHECK(error_of([&, &path = path] { require_recordable(path); }) ==
              "the history cannot hold \"" + escaped(path) + "\": " + reason);
    CHECK(error_of([] { require_recordable("/a\0b"s); }) ==
          "the history cannot hold \"/a\\x00b\": a path has no NUL byte");
}
