#pragma once

#include "plan/snapshot.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bulwark {

/// What must be read before something can be planned.
struct Needs {
    std::set<std::string> files;
    std::set<std::string> entries;  // paths where a link itself matters, not what it leads to
    std::set<std::string> logs;     // files that may be logs: of one of more than 64 MiB all but the text matters
    std::set<std::string> presence; // paths where all but the text matters: that of a log may be large
    std::set<std::string> trees;    // directories, read already, of which all members matter, links not followed
    std::set<std::string> past;     // files whose former texts matter
    std::set<std::string> script_directories; // directories of which the start scripts matter, links followed
    std::set<std::string> subsystems;
    std::set<std::string> network_options;
    bool accounts = false;    // which users and groups there are
    bool boot_values = false; // of the network options, also what the next boot sets
    bool inetd_serves = false;
    std::set<std::string> rollback_targets, revert_targets;
    std::set<std::string> fixes, filesets;
    std::set<std::string> removals; // of the filesets, those that installp is asked whether it would remove

    bool operator==(const Needs&) const = default;
    void merge(const Needs& more);
};

/// Anything that can be wanted of a host: a value of a type T for which are declared
///
///     Needs needs(const T&, const Snapshot&);       what to read; asked again until nothing new comes up
///     void ensure(const T&, Snapshot&);             makes the snapshot so; throws Error where that cannot be
///     std::string summary(const T&);                "disable shell": a verb and its object, for the commit's subject
class Wanted {
public:
    template <class T>
    Wanted(T value) : self_(std::make_shared<const Model<T>>(std::move(value))) {}

    // Names of their own: inside this class `needs` must mean the free functions.
    Needs needed(const Snapshot& snapshot) const { return self_->needed(snapshot); }
    void apply_to(Snapshot& snapshot) const { self_->apply_to(snapshot); }
    std::string in_words() const { return self_->in_words(); }

private:
    struct Concept {
        virtual ~Concept() = default;
        virtual Needs needed(const Snapshot&) const = 0;
        virtual void apply_to(Snapshot&) const = 0;
        virtual std::string in_words() const = 0;
    };
    template <class T>
    struct Model final : Concept {
        explicit Model(T value) : value_(std::move(value)) {}
        Needs needed(const Snapshot& snapshot) const override { return needs(value_, snapshot); }
        void apply_to(Snapshot& snapshot) const override { ensure(value_, snapshot); }
        std::string in_words() const override { return summary(value_); }
        T value_;
    };
    std::shared_ptr<const Concept> self_;
};

/// One requirement with its reason. A plain module call is one rule without an id.
struct Rule {
    std::string id, title, why, severity;
    std::vector<std::string> tags, refs;
    std::string module;
    std::vector<Wanted> wanted;
    bool of_profile = false; // a missing file makes it not applicable instead of failed
};

struct RuleReport {
    enum class Status { compliant, differs, finding, not_applicable, failed }; // finding: only a person can change it
    const Rule* rule = nullptr;
    Status status = Status::compliant;
    bool altered = false;              // whether it left the snapshot other than it was
    std::string detail;                // why not applicable or failed; else what differed or was found
    std::vector<std::string> changed;  // paths of the files it touched
    std::vector<std::string> done;     // in words, what of it was not so already
    std::vector<std::string> findings; // what is not as wanted, and only a person can change
};

/// What was done, or would be, in one line: "disable shell", "disable exec", "enable ftp" become
/// "disable shell, exec; enable ftp".
std::string in_one_line(const std::vector<std::string>& done);

/// What all rules need of this snapshot.
Needs needs(const std::vector<Rule>& rules, const Snapshot& snapshot);

/// Changes the snapshot so that the rule holds. A rule that leaves it as it was is compliant: that is the whole test.
/// Never throws Error: a rule that cannot be planned leaves the snapshot as it was and says why.
RuleReport ensure(const Rule& rule, Snapshot& snapshot);

/// What came of planning all rules.
struct Planned {
    Snapshot after;
    std::vector<RuleReport> reports; // in the order of the rules, which must outlive them
};

/// Throws Error naming two rules that undo each other: applied again to `after`, where all should hold, one changes it.
void require_agreement(const std::vector<Rule>& rules, const std::vector<RuleReport>& reports, const Snapshot& after);

} // namespace bulwark
