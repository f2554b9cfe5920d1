#include "plan/owners.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

FileState of(const Account& owner, unsigned mode = 0644) {
    FileState state = regular_file("text", mode);
    state.owner = owner;
    state.group = {"system", 0};
    return state;
}

/// The owner and the mode that are put back, and what is said of it.
struct PutBack {
    Account owner;
    unsigned mode;
    Lines warnings;
};

PutBack put_back(const std::string& passwd, const Account& recorded, const FileState& now, unsigned mode = 0644) {
    PutBack result;
    const KnownAccounts known{Accounts::parse("root:!:0:0:\n" + passwd), Accounts::parse("system:!:0:\n")};
    const FileState state =
        with_safe_owners("/opt/f", of(recorded, mode), now, of({"root", 0}), known, result.warnings);
    return {state.owner, state.mode, result.warnings};
}

const std::string advice = "; give it to whom it is to belong to";

} // namespace

TEST_CASE("an owner is put back by name and number where they still belong together") {
    const PutBack same = put_back("bob:!:500:1:\n", {"bob", 500}, of({"root", 0}), 04755);
    CHECK(same.owner.number == 500);
    CHECK(same.owner.name == "bob");
    CHECK(same.mode == 04755);
    CHECK(same.warnings == Lines{});
    CHECK(put_back("bob:!:500:1:\nrob:!:500:1:\n", {"rob", 500}, of({"root", 0})).warnings == Lines{});
    CHECK(put_back("", {"0", 0}, of({"bob", 500})).owner.number == 0);
    CHECK(put_back("", {"4711", 4711}, of({"root", 0})).owner.number == 4711);
}

TEST_CASE("a file that has the recorded number keeps it, whatever that is called by now, and nothing is said of it") {
    for (const char* const passwd : {"", "bob:!:777:1:\n", "carol:!:500:1:\n", "carol:!:500:1:\nbob:!:777:1:\n"}) {
        const FileState now = of({Accounts::parse(passwd).name(500), 500});
        const PutBack kept = put_back(passwd, {"bob", 500}, now, 04755);
        CHECK(kept.owner.number == 500);
        CHECK(kept.mode == 04755);
        CHECK(kept.warnings == Lines{});
    }
}

TEST_CASE("the number of a name that is gone, or that has another one now, is put back where nobody else has it") {
    for (const FileState& now : {of({"root", 0}), FileState{}}) {
        const PutBack gone = put_back("", {"bob", 500}, now);
        CHECK(gone.owner.number == 500);
        CHECK(gone.warnings == Lines{"/opt/f belonged to the user bob, number 500, a name that is not there any more: "
                                     "the number is put back"});
        const PutBack other = put_back("bob:!:777:1:\n", {"bob", 500}, now);
        CHECK(other.owner.number == 500);
        CHECK(other.warnings == Lines{"/opt/f belonged to the user bob, number 500, and that name has number 777 now: "
                                      "the old number is put back"});
    }
    const PutBack his = put_back("bob:!:777:1:\n", {"bob", 500}, of({"bob", 777}));
    CHECK(his.owner.number == 777);
    CHECK(his.warnings == Lines{"/opt/f belonged to the user bob, number 500, and that name has number 777 now, as the "
                                "file has: its owner is not put back" +
                                advice});
}

TEST_CASE("no file becomes somebody else's, nor runs with the rights of somebody for whom that was not meant") {
    for (const char* const passwd : {"carol:!:500:1:\n", "carol:!:500:1:\nbob:!:777:1:\n"})
        for (const FileState& now : {of({"root", 0}), FileState{}}) {
            const PutBack kept = put_back(passwd, {"bob", 500}, now, 06755);
            CHECK(kept.owner.number == 0);
            CHECK(kept.mode == 02755); // its group is the recorded one
            CHECK(kept.warnings ==
                  Lines{"/opt/f belonged to the user bob, number 500, which is carol now: its owner is "
                        "not put back" +
                        advice});
        }
}

TEST_CASE("a name that an older history has without its number is put back where it is there, else the owner stays") {
    CHECK(put_back("bob:!:777:1:\n", {"bob"}, of({"root", 0})).owner.number == 777);
    CHECK(put_back("", {"500"}, of({"root", 0})).owner.number == 500);
    const PutBack gone = put_back("", {"bob"}, of({"dave", 4}), 04755);
    CHECK(gone.owner.number == 4);
    CHECK(gone.mode == 0755);
    CHECK(gone.warnings ==
          Lines{"/opt/f belonged to the user bob, who is not there any more: its owner is not put back" + advice});
}

TEST_CASE("the same holds for groups, and a directory keeps its set-group-id bit") {
    Lines warnings;
    const KnownAccounts known{Accounts::parse("root:!:0:0:\n"), Accounts::parse("system:!:0:\nothers:!:7:\n")};
    FileState recorded = of({"root", 0}, 02755);
    recorded.group = {"staff", 7};
    const FileState now = of({"root", 0});
    CHECK(with_safe_owners("/f", recorded, now, now, known, warnings).mode == 0755);
    CHECK(warnings ==
          Lines{"/f belonged to the group staff, number 7, which is others now: its group is not put back" + advice});
    recorded.kind = FileState::Kind::directory;
    CHECK(with_safe_owners("/f", recorded, now, now, known, warnings).mode == 02755);
    CHECK(with_safe_owners("/f", recorded, now, now, std::nullopt, warnings).group.number == 7);
}
