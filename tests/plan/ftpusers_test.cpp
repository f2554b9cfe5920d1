#include "plan/ftpusers.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

const Snapshot without_file = with_files({}, {"/etc/ftpusers"});

Snapshot snapshot(const std::string& text) { return with_file("/etc/ftpusers", text); }

std::string after(const FtpUser& wanted, const std::string& text) {
    return ensured(wanted, snapshot(text)).text("/etc/ftpusers");
}

} // namespace

TEST_CASE("ftpusers: who is present stands in the file, and all other lines stay") {
    CHECK(after({"bin"}, "# nobody else\nroot\n") == "# nobody else\nroot\nbin\n");
    CHECK(complies(FtpUser{"root"}, snapshot("root")));
    CHECK(after({"bin", false}, "root\nbin\n\nbin") == "root\n\n");
    CHECK(complies(FtpUser{"bin", false}, snapshot("root\n#bin\n")));
}

TEST_CASE("ftpusers: ftpd compares whole lines, so a name with blanks or a carriage return beside it denies nobody") {
    CHECK(after({"root"}, " root\nbin\n") == " root\nbin\nroot\n");
    CHECK(after({"root"}, "root\r\nbin\r\n") == "root\r\nbin\r\nroot\n");
    CHECK(after({"root", false}, " root\nroot\r\nbin\n") == "bin\n");
}

TEST_CASE("ftpusers: the file is created for the first who is denied, readable by root and system alone") {
    const FileState created = ensured(FtpUser{"root"}, without_file).file("/etc/ftpusers");
    CHECK(created == FileState{FileState::Kind::regular, "root\n", 0640, "root", "system", {}});
    CHECK(complies(FtpUser{"root", false}, without_file));
}

TEST_CASE("ftpusers: an existing file keeps its mode") {
    CHECK(ensured(FtpUser{"bin"}, snapshot("root\n")).file("/etc/ftpusers").mode == 0644);
}

TEST_CASE("ftpusers: what is no login name is refused, whether it is to be there or not") {
    for (const bool present : {true, false}) {
        for (const std::string& name :
             {std::string(), std::string("two names"), std::string("#root"), std::string("a\n")})
            CHECK(refusal(FtpUser{name, present}, without_file).starts_with("/etc/ftpusers: the name '"));
        CHECK(
            refusal(FtpUser{"root:bin", present}, snapshot("root\n")) ==
            "/etc/ftpusers: the name 'root:bin' cannot stand there: no login name has a colon; give one name an item");
    }
    CHECK(refusal(FtpUser{"root"}, with_directory("/etc/ftpusers")) ==
          "/etc/ftpusers is a directory, not a regular file; nothing was changed");
}

TEST_CASE("ftpusers: its file is all that it needs, and nothing has to be refreshed") {
    Needs all;
    all.files = {"/etc/ftpusers"};
    CHECK(needs(FtpUser{"root"}, without_file) == all);
    CHECK(actions(planned(FtpUser{"root"}, live(without_file))) == Lines{});
}

TEST_CASE("ftpusers: many users are summed up in one line") {
    CHECK(in_one_line({summary(FtpUser{"root"}), summary(FtpUser{"daemon"})}) == "deny root, daemon");
    CHECK(summary(FtpUser{"upload", false}) == "allow upload");
}
