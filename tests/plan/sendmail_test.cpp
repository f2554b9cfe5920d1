#include "plan/sendmail.hpp"

#include "support/sample.hpp"
#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using Status = Subsystem::Status;

const std::string samples = "/usr/samples/tcpip/sendmail/";
const std::string mc = samples + "cf/aix433.mc", later_mc = samples + "cf/aixsample.mc";
const std::string cf = "/etc/sendmail.cf", later_cf = "/etc/mail/sendmail.cf";
const std::string host_names = "/etc/sendmail.cw", relay_domains = "/etc/mail/relay-domains";
const std::string open_source = "OSTYPE(aix433)dnl\nFEATURE(promiscuous_relay)dnl\nMAILER(uucp)\n";
const std::string closed_source = "OSTYPE(aix433)dnl\n";
const std::string stamp = "##### built by root@aix on Sun Nov 22\n##### in /tmp\n##### using ../ as configuration\n";
const std::string built = "#####\nDSrelay\nFw/etc/sendmail.cw\nFR-o /etc/mail/relay-domains\nO X\n";
const std::string installed = "#####\nDSrelay\n#Fw/etc/sendmail.cw\n#FR-o /etc/mail/relay-domains\nO X\n";
const Lines restart = {"stopsrc -s sendmail", "startsrc -s sendmail -a -bd -q30m"};

const Sendmail closing{.features_absent = {"promiscuous_relay", "virtusertable"}, .mailers_absent = {"uucp"}};

Sendmail with(Sendmail wanted, std::optional<Lines> hosts, std::optional<Lines> domains) {
    wanted.host_names = std::move(hosts);
    wanted.relay_domains = std::move(domains);
    return wanted;
}

/// A tree with these files, and all else that is looked at missing.
Snapshot tree(const std::map<std::string, std::string>& files) {
    Snapshot snapshot = with_files(files, {});
    for (const std::string& path : {mc, later_mc, cf, later_cf, host_names, relay_domains, samples + "m4/cf.m4",
                                    samples + "ostype", samples + "ostype/aix433.m4", samples + "ostype/aix4.m4",
                                    std::string("/etc/mail/local-host-names"), std::string("/etc/mail")})
        snapshot.files.emplace(path, FileState{});
    return with_directory("/etc", snapshot);
}

/// The host that runs, where m4 makes `built` of the source.
Snapshot live_tree(std::map<std::string, std::string> files, const std::string& source = closed_source,
                   CfBuild build = {.text = stamp + built}, const std::string& path = cf) {
    files.emplace(samples + "m4/cf.m4", "");
    files.emplace("/etc/rc.tcpip", "#!/bin/ksh\nstart /usr/lib/sendmail \"$src_running\" \"-bd -q30m\"\n");
    Snapshot snapshot = live(tree(files), {{"sendmail", Status::active}});
    snapshot.builds[{mc, source, path}] = std::move(build);
    return snapshot;
}

} // namespace

TEST_CASE("sendmail: the sample of 4.3.3 becomes the tutorial's source") {
    const Sendmail wanted{.features_absent = {"genericstable", "mailertable", "virtusertable", "domaintable",
                                              "allmasquerade", "promiscuous_relay", "accept_unresolvable_domains",
                                              "accept_unqualified_senders"},
                          .mailers_absent = {"uucp"}};
    const Snapshot after = ensured(wanted, tree({{mc, sample("aix-4.3.3" + mc)}}));
    CHECK(after.text(mc) == "divert(0)dnl\nOSTYPE(aix433)dnl\nDOMAIN(generic)dnl\nMAILER(local)dnl\nMAILER(smtp)dnl\n");
}

TEST_CASE("sendmail: aix43 becomes aix433 unless the library has no such system type") {
    const auto ostype = [](Snapshot snapshot) { return ensured(Sendmail{}, std::move(snapshot)).text(mc); };
    const Snapshot bare = tree({{mc, "OSTYPE(aix43)dnl\n"}});
    CHECK(ostype(bare) == "OSTYPE(aix433)dnl\n");
    CHECK(ostype(with_directory(samples + "ostype", bare)) == "OSTYPE(aix43)dnl\n");
    CHECK(ostype(with_directory(samples + "ostype",
                                tree({{mc, "OSTYPE(aix43)dnl\n"}, {samples + "ostype/aix433.m4", ""}}))) ==
          "OSTYPE(aix433)dnl\n");
    CHECK(ostype(tree({{mc, "OSTYPE(aix4)dnl\n"}})) == "OSTYPE(aix4)dnl\n");
}

TEST_CASE("sendmail: a system type that is asked for must be in the library, if there is one") {
    const Sendmail wanted{.ostype = "aix4"};
    const Snapshot bare = tree({{mc, closed_source}});
    CHECK(ensured(wanted, bare).text(mc) == "OSTYPE(aix4)dnl\n");
    const Snapshot both = tree({{mc, closed_source}, {samples + "ostype/aix4.m4", ""}});
    CHECK(ensured(wanted, with_directory(samples + "ostype", both)).text(mc) == "OSTYPE(aix4)dnl\n");
    CHECK(refusal(wanted, with_directory(samples + "ostype", bare)) ==
          mc + ": OSTYPE cannot be aix4: " + samples + "ostype/aix4.m4 does not exist; name a file of that directory");
}

TEST_CASE("sendmail: a live host first has its edited source built, then gets what m4 made of it") {
    Snapshot before = live_tree({{mc, open_source}, {cf, "old\n"}});
    before.builds.clear();
    const Snapshot asking = ensured(closing, before);
    CHECK(asking.to_build == std::set<CfSource>{{mc, closed_source, cf}});
    CHECK(asking.text(cf) == "old\n");
    CHECK(asking.text(mc) == closed_source);

    before.builds[{mc, closed_source, cf}] = {.text = stamp + built};
    const Snapshot after = ensured(closing, before);
    CHECK(after.text(cf) == installed);
    CHECK(after.to_build.empty());
    const Plan plan = difference(before, after);
    CHECK(actions(plan) == restart);
    REQUIRE(plan.checks.size() == 1);
    CHECK(plan.checks[0].argv == Lines{"/usr/lib/sendmail", "-C/etc/sendmail.cf", "-bt"});
    CHECK(plan.checks[0].text == installed);
}

TEST_CASE("sendmail: an installed configuration that only another hand built is left byte for byte") {
    CHECK(complies(closing, live_tree({{mc, closed_source}, {cf, installed}})));
    CHECK(complies(closing, live_tree({{mc, closed_source}, {cf, stamp + installed}})));
    CHECK(ensured(closing, live_tree({{mc, closed_source}, {cf, installed + "# by hand\n"}})).text(cf) == installed);
}

TEST_CASE("sendmail: a configuration keeps its mode, and a new one can be read by all") {
    Snapshot before = live_tree({{mc, closed_source}, {cf, "old\n"}});
    before.files[cf].mode = 0600;
    CHECK(ensured(closing, before).file(cf).mode == 0600);
    const Snapshot created = ensured(closing, live_tree({{mc, closed_source}}));
    CHECK(created.file(cf) == regular_file(installed, 0644));
}

TEST_CASE("sendmail: the files of classes that are there stay in the configuration") {
    const Snapshot after =
        ensured(closing, live_tree({{mc, closed_source}, {cf, "old\n"}, {host_names, ""}, {relay_domains, "a\n"}}));
    CHECK(after.text(cf) == built);
    CHECK(after.text(relay_domains) == "a\n");
}

TEST_CASE("sendmail: host names are exactly those wanted, and their file is created even without a name") {
    const Sendmail wanted = with(closing, Lines{"b", "c"}, {});
    const Snapshot before = live_tree({{mc, closed_source}, {cf, installed}, {host_names, "# ours\r\na\r\nb"}});
    CHECK(ensured(wanted, before).text(host_names) == "# ours\r\nb\r\nc\r\n");
    CHECK(ensured(with(closing, Lines{}, {}), before).text(host_names) == "# ours\r\n");

    const Snapshot created = ensured(with(closing, Lines{}, {}), live_tree({{mc, closed_source}, {cf, installed}}));
    CHECK(created.file(host_names) == regular_file("", 0644));
    CHECK(created.text(cf) == "#####\nDSrelay\nFw/etc/sendmail.cw\n#FR-o /etc/mail/relay-domains\nO X\n");
}

TEST_CASE("sendmail: what tries a configuration does not miss the files that come with it") {
    const Snapshot before = live_tree({{mc, closed_source}, {cf, installed}});
    const Snapshot after = ensured(with(closing, Lines{"a"}, Lines{"b"}), before);
    const Plan plan = difference(before, after);
    REQUIRE(plan.checks.size() == 1);
    CHECK(plan.checks[0].text == installed);
    CHECK(after.text(cf) == built);
    CHECK(cf_to_check("Fw/etc/a\nFw/etc/b\nFw/etc/c\n", with_files({{"/etc/a", ""}}, {"/etc/b"})) ==
          "Fw/etc/a\n#Fw/etc/b\nFw/etc/c\n"); // of the last nothing is known
}

TEST_CASE("sendmail: relay domains are created with their directory, but not without a name") {
    const Snapshot before = live_tree({{mc, closed_source}, {cf, installed}});
    const Snapshot created = ensured(with(closing, {}, Lines{"example.com"}), before);
    CHECK(created.file(relay_domains) == regular_file("example.com\n", 0644));
    CHECK(created.state("/etc/mail").kind == FileState::Kind::directory);
    CHECK(complies(with(closing, {}, Lines{}), before));

    Snapshot there = live_tree({{mc, closed_source}, {cf, installed}, {relay_domains, "evil.example\n"}});
    there = ensured(with(closing, {}, Lines{}), with_directory("/etc/mail", there));
    CHECK(there.text(relay_domains) == "");
    CHECK(there.text(cf) == "#####\nDSrelay\n#Fw/etc/sendmail.cw\nFR-o /etc/mail/relay-domains\nO X\n");
}

TEST_CASE("sendmail: a changed list restarts sendmail although the configuration stays") {
    const Snapshot before =
        live_tree({{mc, closed_source}, {cf, built}, {host_names, ""}, {relay_domains, "evil.example\n"}});
    CHECK(actions(planned(with(closing, {}, Lines{"example.com"}), before)) == restart);
}

TEST_CASE("sendmail: a configuration of any name restarts sendmail") {
    Sendmail wanted = closing;
    wanted.cf = "/etc/relay.cf";
    const Snapshot before =
        live_tree({{mc, closed_source}, {wanted.cf, "old\n"}}, closed_source, {.text = built}, wanted.cf);
    CHECK(actions(planned(wanted, before)) == restart);
}

TEST_CASE("sendmail: a name is refused that sendmail would read beside those that are wanted, or not as one name") {
    const Sendmail wanted = with(closing, {}, Lines{"example.com"});
    const auto with_domains = [](const std::string& text) {
        return live_tree({{mc, closed_source}, {cf, installed}, {relay_domains, text}});
    };
    for (const std::string line : {" evil.example\tfor a week\n", "example.com evil.example\n"})
        CHECK(refusal(wanted, with_domains("example.com # main\n# none\n" + line)) ==
              relay_domains + ", line 3: evil.example is not among the names that are wanted, and is not alone on its "
                              "line; remove the line, or put a # in front of it");
    CHECK(refusal(with(closing, {}, Lines{"two words"}), with_domains("")).starts_with(relay_domains + ": "));
}

TEST_CASE("sendmail: another class file is put into the configuration") {
    Sendmail wanted = with(closing, Lines{"a"}, {});
    wanted.host_names_file = "/etc/mail/local-host-names";
    const Snapshot after = ensured(wanted, live_tree({{mc, closed_source}, {cf, installed}}));
    CHECK(after.text(wanted.host_names_file) == "a\n");
    CHECK(after.text(cf) == "#####\nDSrelay\nFw/etc/mail/local-host-names\n#FR-o /etc/mail/relay-domains\nO X\n");
}

TEST_CASE("sendmail: names without a line that reads them are refused; one that is commented out is used") {
    const auto built_as = [](const std::string& text) {
        return live_tree({{mc, closed_source}, {cf, "old\n"}}, closed_source, {.text = text});
    };
    const Sendmail wanted = with(closing, Lines{"a"}, {});
    CHECK(refusal(wanted, built_as("O X\n")) ==
          mc + ": the configuration that it builds reads no file for host_names (class w); add "
               "FEATURE(use_cw_file)dnl or whatever makes it read one, or leave host_names out");
    Sendmail named = closing; // a file, whatever names are in it
    named.host_names_file = host_names;
    CHECK(refusal(named, built_as("O X\n")) == refusal(wanted, built_as("O X\n")));
    CHECK(ensured(wanted, built_as("#Fw/etc/sendmail.cw\n")).text(cf) == "Fw/etc/sendmail.cw\n");
    CHECK(ensured(closing, built_as("O X\n")).text(cf) == "O X\n");
}

TEST_CASE("sendmail: what m4 refuses is refused, what it warns of is passed on") {
    const CfBuild refused{.error = "m4 says 'm4:x: bad'; correct the source"};
    CHECK(refusal(closing, live_tree({{mc, open_source}, {cf, "old\n"}}, closed_source, refused)) ==
          "/etc/sendmail.cf cannot be built from " + mc + ": m4 says 'm4:x: bad'; correct the source");
    const CfBuild warned{.text = built, .warning = "*** WARNING: open"};
    CHECK(ensured(closing, live_tree({{mc, closed_source}, {cf, "old\n"}}, closed_source, warned)).warnings ==
          Lines{"m4 says of " + mc + ": *** WARNING: open"});
}

TEST_CASE("sendmail: without the source, or on a live host its library, there is nothing to do") {
    Snapshot missing = tree({});
    CHECK_THROWS_AS(ensure(closing, missing), MissingFile);
    CHECK(refusal(closing, missing) == mc + " does not exist; install the fileset bos.net.tcp.adt, which has it, or "
                                            "name the source of this host's configuration in option mc");
    Snapshot without_library = live_tree({{mc, open_source}, {cf, "old\n"}});
    without_library.files[samples + "m4/cf.m4"] = FileState{};
    CHECK_THROWS_AS(ensure(closing, without_library), MissingFile);
    CHECK(refusal(closing, without_library) == samples + "m4/cf.m4, without which " + mc +
                                                   " cannot be built, does not exist; install the fileset "
                                                   "bos.net.tcp.adt, which has it");
    Sendmail elsewhere = closing;
    elsewhere.mc = "/etc/mail/site.mc";
    without_library.files.emplace(elsewhere.mc, regular_file(open_source));
    without_library.files.emplace("/etc/m4/cf.m4", FileState{});
    CHECK(refusal(elsewhere, without_library) ==
          "/etc/m4/cf.m4, without which /etc/mail/site.mc cannot be built, does not exist; move the source to " +
              samples + "cf/");
}

TEST_CASE("sendmail: an alternate root gets the source and the names; the configuration is for a live run") {
    const Sendmail wanted = with(closing, Lines{"a"}, Lines{"b"});
    const Snapshot before =
        with_directory("/etc/mail", tree({{mc, open_source}, {cf, "Fw/etc/mail/names\n"}, {"/etc/mail/names", ""}}));
    const Snapshot after = ensured(wanted, before);
    CHECK(after.text(mc) == closed_source);
    CHECK(after.text("/etc/mail/names") == "a\n");
    CHECK(after.text(relay_domains) == "b\n");
    CHECK(after.text(cf) == "Fw/etc/mail/names\n");
    const Lines planned = actions(difference(before, after));
    CHECK(planned.back() == "/usr/lib/sendmail -C/etc/sendmail.cf -bt (not the live host)");
    CHECK(planned[planned.size() - 2] == "m4 ../m4/cf.m4 " + mc + " (not the live host)");

    Sendmail named = wanted;
    named.host_names_file = "/etc/mail/local-host-names";
    CHECK(ensured(named, before).text(named.host_names_file) == "a\n");

    Snapshot again = after;
    again.to_build.clear();
    again.restart.clear();
    CHECK(actions(difference(again, ensured(wanted, again))).empty());
}

TEST_CASE("sendmail: what is no regular file is refused") {
    CHECK(refusal(closing, with_directory(mc, tree({}))) ==
          mc + " is a directory, not a regular file; nothing was changed");
    CHECK(refusal(closing, with_directory(cf, tree({{mc, open_source}}))) ==
          cf + " is a directory, not a regular file; nothing was changed");
    CHECK(refusal(with(closing, Lines{"a"}, {}), with_directory(host_names, tree({{mc, open_source}}))) ==
          host_names + " is a directory, not a regular file; nothing was changed");
}

TEST_CASE("sendmail: rules over one source have the last of its texts built, and no other") {
    const Sendmail relay{.features_absent = {"promiscuous_relay"}, .host_names = Lines{"a"}},
        uucp{.mailers_absent = {"uucp"}};
    const std::set<CfSource> last = {{mc, closed_source, cf}};
    const Snapshot there = ensured(uucp, ensured(relay, tree({{mc, open_source}})));
    CHECK(there.to_build == last);

    Snapshot before = live_tree({{mc, open_source}, {cf, "old\n"}, {"/etc/names", ""}});
    before.builds.clear();
    const Snapshot asking = ensured(uucp, ensured(relay, before));
    CHECK(asking.to_build == last);
    before.builds[*last.begin()] = {.text = "Fw/etc/names\n"};
    const Snapshot after = ensured(uucp, ensured(relay, before));
    CHECK(after.to_build.empty());
    CHECK(after.text(cf) == "Fw/etc/names\n");
    CHECK(after.text("/etc/names") == "a\n");
    CHECK(complies(relay, after));
    CHECK(complies(uucp, after));
}

TEST_CASE("sendmail: rules over other sources or configurations have each of them built") {
    Sendmail relay = closing, later = closing;
    relay.cf = "/etc/relay.cf";
    later.mc = later_mc;
    Snapshot before = live_tree({{mc, open_source}, {later_mc, open_source}, {cf, "old\n"}, {relay.cf, "old\n"}});
    before.builds.clear();
    CHECK(ensured(closing, ensured(later, ensured(relay, before))).to_build ==
          std::set<CfSource>{{mc, closed_source, cf}, {mc, closed_source, relay.cf}, {later_mc, closed_source, cf}});
}

TEST_CASE("sendmail: later releases have another sample, and their configuration in /etc/mail") {
    const Snapshot before = live_tree({{later_mc, open_source}, {cf, "old\n"}, {later_cf, "old\n"}});
    CHECK(ensured(closing, before).to_build == std::set<CfSource>{{later_mc, closed_source, later_cf}});
    const Snapshot both = live_tree({{mc, open_source}, {later_mc, open_source}});
    CHECK(ensured(closing, both).text(mc) == closed_source);
    CHECK(ensured(closing, both).text(later_mc) == open_source);
}

TEST_CASE("sendmail: what decides is read first, then what it decides about") {
    Snapshot snapshot = live(with_files({}));
    const Needs first = needs(closing, snapshot);
    CHECK(first.files == std::set<std::string>{mc, later_mc, cf, later_cf, "/etc/rc.tcpip"});
    CHECK(first.subsystems == std::set<std::string>{"sendmail"});
    for (const std::string& path : first.files)
        snapshot.files[path] = FileState{};
    Needs second = needs(closing, snapshot);
    for (const std::string& path :
         {samples + "m4/cf.m4", samples + "ostype", samples + "ostype/aix433.m4", host_names, relay_domains})
        CHECK(second.files.contains(path));
    snapshot.builds[{mc, closed_source, cf}] = {.text = "Fw/etc/names/w\n"};
    snapshot.builds[{mc, closed_source, "/etc/relay.cf"}] = {.text = "Fw/etc/relay/w\n"};
    second = needs(closing, snapshot);
    CHECK_FALSE(second.files.contains("/etc/relay/w"));
    CHECK(second.files.contains("/etc/names/w"));
    CHECK(second.files.contains("/etc/names"));
}

TEST_CASE("sendmail: who takes away a file that the configuration must read is warned") {
    const Snapshot before = live_tree({{mc, closed_source}, {cf, built}, {host_names, ""}, {relay_domains, ""}});
    Snapshot after = before;
    after.files[relay_domains] = FileState{}; // optional
    CHECK(difference(before, after).warnings.empty());
    after.files[host_names] = FileState{};
    CHECK(difference(before, after).warnings ==
          Lines{"/etc/sendmail.cf reads /etc/sendmail.cw, which is removed: sendmail will not start; create it, or put "
                "a # in front of that line"});
    after.files[cf].text = installed;
    CHECK(difference(before, after).warnings.empty());
}

TEST_CASE("sendmail: the summary names what goes") {
    CHECK(summary(closing) == "configure sendmail without promiscuous_relay, virtusertable and uucp");
    CHECK(summary(Sendmail{}) == "configure sendmail");
}
