#include "document/sendmail_mc.hpp"

#include "error.hpp"
#include "support/sample.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

using namespace bulwark;

namespace {

using Edit = std::function<void(SendmailMc&)>;

std::string edited(std::string_view text, const Edit& edit) {
    SendmailMc mc = SendmailMc::parse(text);
    edit(mc);
    CHECK(mc == SendmailMc::parse(mc.text())); // what it means is what its text means
    return mc.text();
}

std::string without_feature(std::string_view text, const std::string& name) {
    return edited(text, [&](SendmailMc& mc) {
        const std::string before = mc.text();
        const bool removed = mc.remove_feature(name);
        CHECK(removed == (mc.text() != before));
        CHECK_FALSE(mc.remove_feature(name)); // not twice
    });
}

/// What the Error says, or nothing; a failed edit must leave the document as it was.
std::string refusal(std::string_view text, const Edit& edit) {
    SendmailMc mc = SendmailMc::parse(text);
    try {
        edit(mc);
    } catch (const Error& error) {
        CHECK(mc.text() == text);
        return error.what();
    }
    return {};
}

} // namespace

TEST_CASE("sendmail.mc: the sample of AIX 4.3.3 becomes the five lines of the tutorial") {
    const std::string text = edited(sample("aix-4.3.3/usr/samples/tcpip/sendmail/cf/aix433.mc"), [](SendmailMc& mc) {
        CHECK(mc.ostype() == "aix43");
        CHECK(mc.features() == std::vector<std::string>{"genericstable", "mailertable", "virtualusertable",
                                                        "domaintable", "allmasquerade", "promiscuous_relay",
                                                        "accept_unresolvable_domains", "accept_unqualified_senders"});
        CHECK(mc.mailers() == std::vector<std::string>{"local", "smtp", "uucp"});
        mc.set_ostype("aix433");
        for (const std::string& feature : mc.features())
            CHECK(mc.remove_feature(feature));
        CHECK(mc.remove_mailer("uucp"));
    });
    CHECK(text == "divert(0)dnl\n"
                  "OSTYPE(aix433)dnl\n"
                  "DOMAIN(generic)dnl\n"
                  "MAILER(local)dnl\n"
                  "MAILER(smtp)dnl\n");
}

TEST_CASE("sendmail.mc: a feature is recognised however its call is written") {
    for (const std::string_view line :
         {"FEATURE(access_db)dnl\n", "FEATURE(`access_db')dnl\n",
          "FEATURE(`access_db', `hash -T<TMPF> /etc/a, b')dnl\n", "  FEATURE(access_db)  dnl  of the site\n",
          "FEATURE( access_db )\n", "FEATURE(``access_db'')dnl\n", "# FEATURE(access_db)dnl\n", "#FEATURE(access_db)\n",
          "FEATURE(access_db)dnl\r\n", "FEATURE(access_db)", "\tFEATURE(` access_db')\t# see README\n",
          "FEATURE(access_db, f(g(x), y))dnl\n"}) {
        CAPTURE(line);
        CHECK(without_feature("OSTYPE(aix4)dnl\n" + std::string(line), "access_db") == "OSTYPE(aix4)dnl\n");
    }
}

TEST_CASE("sendmail.mc: what is no call of that feature stays") {
    for (const std::string_view text :
         {"dnl FEATURE(access_db)\n", "# dnl FEATURE(access_db)\n", "# access_db\n", "FEATURE(access_db2)dnl\n",
          "MYFEATURE(access_db)\n", "MAILER(access_db)dnl\n", "MY_FEATURE(access_db)\n", "FEATURE{}(access_db)\n",
          "FEATURE(access_db_2)dnl\n", "FEATURE(`access_db'2)dnl\n", "FEATURE (access_db)\n", "feature(access_db)\n",
          "FEATURE(Access_db)\n", ""}) {
        CAPTURE(text);
        CHECK(without_feature(text, "access_db") == text);
    }
}

TEST_CASE("sendmail.mc: every call of a feature is removed, and both spellings of virtusertable are one feature") {
    CHECK(without_feature("FEATURE(a)dnl\nFEATURE(b)dnl\r\nFEATURE(`a')dnl\n", "a") == "FEATURE(b)dnl\r\n");
    const std::string both = "FEATURE(virtusertable)dnl\nFEATURE(virtualusertable)dnl\nFEATURE(virt)dnl\n";
    CHECK(without_feature(both, "virtusertable") == "FEATURE(virt)dnl\n");
    CHECK(without_feature(both, "virtualusertable") == "FEATURE(virt)dnl\n");
}

TEST_CASE("sendmail.mc: dnl hides what is behind it where it is a word of its own") {
    CHECK(without_feature("FEATURE(nodnl)dnl\nFEATURE(dnl2)dnl\n", "nodnl") == "FEATURE(dnl2)dnl\n");
    CHECK(without_feature("FEATURE(nodnl)dnl\nFEATURE(dnl2)dnl\n", "dnl2") == "FEATURE(nodnl)dnl\n");
}

TEST_CASE("sendmail.mc: a mailer is no feature, and the last line may lack its end") {
    SendmailMc mc = SendmailMc::parse("FEATURE(uucp)dnl\nMAILER(smtp)dnl\nMAILER(uucp)");
    CHECK(mc.remove_mailer("uucp"));
    CHECK_FALSE(mc.remove_mailer("uucp"));
    CHECK(mc.text() == "FEATURE(uucp)dnl\nMAILER(smtp)dnl\n");
}

TEST_CASE("sendmail.mc: a call that is not alone on one line is named where it would have to go") {
    const auto remove = [](SendmailMc& mc) { mc.remove_feature("relay"); };
    for (const std::string_view line :
         {"FEATURE(other)FEATURE(relay)dnl\n", "FEATURE(`relay',\n`x')dnl\n", "FEATURE(\n  relay)dnl\n",
          "define(`x', `y')dnl\n", "FEATURE(relay)divert(0)dnl\n", "ifdef(`x', `FEATURE(relay)')dnl\n",
          "# as before: FEATURE(relay)\n", "FEATURE(other)dnl\n", "FEATURE(\nrelay", "FEATURE(relay) # see `x'\n",
          "FEATURE(relay2)divert(0)dnl\n"}) {
        CAPTURE(line);
        const bool harmless =
            line.find("relay") == std::string_view::npos || line.find("relay2") != std::string_view::npos;
        CHECK(refusal("divert(0)dnl\n" + std::string(line), remove) ==
              (harmless ? ""
                        : "line 2: FEATURE(relay) shares its line with something else or spans lines, and m4 reads it "
                          "even behind a #; put it on a line of its own, or dnl in front of it"));
    }
}

TEST_CASE("sendmail.mc: another OSTYPE changes the name alone; the last one counts") {
    const auto set = [](SendmailMc& mc) { mc.set_ostype("aix433"); };
    CHECK(edited("OSTYPE(aix43)dnl\n", set) == "OSTYPE(aix433)dnl\n");
    CHECK(edited(" OSTYPE( `aix43' )  dnl x\r\nMAILER(local)", set) == " OSTYPE( `aix433' )  dnl x\r\nMAILER(local)");
    CHECK(edited("OSTYPE(a)dnl\n", [](SendmailMc& mc) { mc.set_ostype("aix-4_3.3+ours"); }) ==
          "OSTYPE(aix-4_3.3+ours)dnl\n");
    CHECK(edited("OSTYPE(a)dnl\nOSTYPE(b)dnl\n", set) == "OSTYPE(a)dnl\nOSTYPE(aix433)dnl\n");
    CHECK(SendmailMc::parse("OSTYPE(a)dnl\nOSTYPE(`b')dnl\ndnl OSTYPE(c)\n").ostype() == "b");
    CHECK(SendmailMc::parse("dnl OSTYPE(c)\n").ostype() == std::nullopt);
}

TEST_CASE("sendmail.mc: an OSTYPE that cannot be set is refused") {
    const auto set = [](std::string_view name) { return [name](SendmailMc& mc) { mc.set_ostype(name); }; };
    CHECK(refusal("divert(0)dnl\n", set("aix433")) ==
          "there is no OSTYPE, which tells for what system the configuration is; add OSTYPE(aix433)dnl as one of its "
          "first lines");
    CHECK(
        refusal("OSTYPE(aix43)MAILER(local)dnl\n", set("aix433")) ==
        "line 1: OSTYPE(...) shares its line with something else or spans lines, and m4 reads it even behind a #; put "
        "it on a line of its own, or dnl in front of it");
    for (const std::string_view name : {"", "a b", "../aix4", "a)dnl", "a'", "a\nb", "dnl", "aix-dnl"})
        CHECK(refusal("OSTYPE(aix43)dnl\n", set(name)).starts_with("OSTYPE cannot be '"));
}
