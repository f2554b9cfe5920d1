#include "document/sendmail_cf.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

using namespace bulwark;

namespace {

using Files = std::vector<std::string>;

std::string edited(std::string_view text, const std::function<void(SendmailCf&)>& edit) {
    SendmailCf cf = SendmailCf::parse(text);
    edit(cf);
    CHECK(cf == SendmailCf::parse(cf.text())); // what it means is what its text means
    return cf.text();
}

std::string with_file(std::string_view text, char letter, std::string_view path) {
    return edited(text, [&](SendmailCf& cf) {
        const bool has_line = cf.set_class_file(letter, path);
        const SendmailCf once = cf;
        CHECK(cf.set_class_file(letter, path) == has_line);
        CHECK(cf == once);
    });
}

std::string without_stamp(std::string_view text) {
    return edited(text, [](SendmailCf& cf) { cf.remove_build_stamp(); });
}

} // namespace

TEST_CASE("sendmail.cf: the files of a class are those of the lines that are not commented out") {
    const SendmailCf cf = SendmailCf::parse("Fw/etc/sendmail.cw\n"
                                            "#Fw/etc/old.cw\n"
                                            "Fw-o /etc/mail/local-host-names %[^\\#]\r\n"
                                            "FR-o /etc/mail/relay-domains\n"
                                            "FR -o\t/etc/mail/more\n"
                                            " Fw/etc/goes/on/from/the/line/above\n"
                                            "FwX/etc/no.path\n"
                                            "Fw|/usr/bin/program\n"
                                            "Cw/etc/no.file\n"
                                            "Fw");
    CHECK(cf.class_files('w') == Files{"/etc/sendmail.cw", "/etc/mail/local-host-names"});
    CHECK(cf.class_files('R') == Files{"/etc/mail/relay-domains", "/etc/mail/more"});
    CHECK(cf.class_files('m').empty());
}

TEST_CASE("sendmail.cf: files are required whose lines neither say -o nor are commented out") {
    const SendmailCf cf = SendmailCf::parse("Fw/a\n#Fw/b\nFR-o /c\nFG /d %s\n");
    CHECK(cf.required_files() == Files{"/a", "/d"});
}

TEST_CASE("sendmail.cf: a class file is commented out by a # in front of its lines and of no other") {
    const auto comment = [](SendmailCf& cf) {
        CHECK(cf.comment_class_files('w', {"/etc/sendmail.cw"}));
        CHECK_FALSE(cf.comment_class_files('w', {"/etc/sendmail.cw"}));
        CHECK_FALSE(cf.comment_class_files('R', {"/etc/other"}));
    };
    CHECK(edited("Cwlocalhost\nFw/etc/sendmail.cw\r\nFw/etc/sendmail.cw2\nFt/etc/sendmail.cw\nFw-o /etc/sendmail.cw %s",
                 comment) ==
          "Cwlocalhost\n#Fw/etc/sendmail.cw\r\nFw/etc/sendmail.cw2\nFt/etc/sendmail.cw\n#Fw-o /etc/sendmail.cw %s");
}

TEST_CASE("sendmail.cf: another file takes the place of the first, and all else of the line stays") {
    CHECK(with_file("FR-o /etc/mail/relay-domains %[^\\#]\r\nFR/b\n", 'R', "/etc/relay") ==
          "FR-o /etc/relay %[^\\#]\r\nFR/b\n");
    CHECK(with_file("#Fw/etc/sendmail.cw", 'w', "/etc/sendmail.cw") == "Fw/etc/sendmail.cw");
    CHECK(with_file("# # Fw-o /etc/sendmail.cw\n", 'w', "/c") == "Fw-o /c\n");
    CHECK(with_file("Fw/a\nFw/b\n", 'w', "/b") == "Fw/a\nFw/b\n");
    CHECK(with_file("#Fw/a\nFw/b\n", 'w', "/b") == "#Fw/a\nFw/b\n");
    CHECK(with_file("#Fw/a\nFw/b\n", 'w', "/c") == "#Fw/a\nFw/c\n"); // else two files would be read
    CHECK(with_file("#Fw/a\n#Fw/b\n", 'w', "/b") == "Fw/b\n#Fw/b\n");
    CHECK(with_file("Fw|/usr/bin/program\n", 'w', "/b") == "Fw|/usr/bin/program\n");
}

TEST_CASE("sendmail.cf: who built it, where and when is taken out, and nothing else") {
    const std::string banner = "#####\t\tSENDMAIL CONFIGURATION FILE\n#####\n";
    const std::string rest = "#####\n##### built by hand\nV8/Berkeley\n##### in the rest of the file\n";
    CHECK(without_stamp(banner +
                        "##### built by root@aix on Sat Nov 21 12:00:00 CST 1999\r\n"
                        "##### in /usr/samples/tcpip/sendmail/cf\n"
                        "##### using ../ as configuration include directory\n" +
                        rest) == banner + rest);
    CHECK(without_stamp("##### built by root@aix on Sat Nov 21") == "");
    CHECK(without_stamp("##### built by root@aix on Sat Nov 21\nV8/Berkeley\n##### in a\n") ==
          "V8/Berkeley\n##### in a\n");
    CHECK(without_stamp("#####\n##### in a\n##### using b\n") == "#####\n##### in a\n##### using b\n");
}
