#pragma once

#include "document/accounts.hpp"
#include "error.hpp"
#include "plan/shared_map.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

namespace bulwark {

/// What of a file runs are about, and what the history says of it.
enum class Interest {
    content,    // the bytes too
    attributes, // mode and owner: no run wrote or removed what is in it
    log         // the same, of a file that a run made, empty, for others to write to
};

/// Systems differ in what they make of it, and nothing looks at it.
inline constexpr unsigned mode_of_links = 0777;

/// Set-user-id and set-group-id.
inline constexpr unsigned set_id_bits = 06000;

/// What is at a path. Links are followed inside the root, but for the members of a tree that is looked at as a whole.
struct FileState {
    enum class Kind { missing, regular, directory, link, other };
    Kind kind = Kind::missing;
    std::string text;  // the bytes of a regular file; where a link points
    unsigned mode = 0; // permission bits, 07777; of a link mode_of_links
    Account owner, group;
    std::string other;   // what it is when it is not a regular file: "a directory", "a FIFO", ...
    bool linked = false; // has several hard links; takes no part in comparison
    bool unread = false; // a regular file whose text was not read: that of a log may be large
    bool barred = false; // it may not be looked at; `other` says why, and what to do

    // What follows takes no part in comparison. Its extended attributes by name, which the history does not hold; and
    // whether what is wanted is a file of its own, whose other names (hard links) stay with the old one.
    std::vector<std::string> attributes{};
    bool detached = false;

    bool operator==(const FileState& b) const {
        return kind == b.kind && text == b.text && mode == b.mode && owner == b.owner && group == b.group &&
               unread == b.unread;
    }
};

/// Why a file with this text is not read as a configuration: "is larger than 16 MiB, ..."; nothing if it is. Real ones
/// have some kilobytes, of a host with a hundred thousand users some megabytes. Within the limits memory suffices too.
std::optional<std::string> too_large(std::string_view text);

/// The users and groups that there are in the tree.
struct KnownAccounts {
    Accounts users, groups;
    bool operator==(const KnownAccounts&) const = default;
};

/// Whether an extended attribute vouches for the text and the owner of a file, as the capabilities of a program do: the
/// kernel takes it away when somebody writes to the file or gives it to another, and so it does not outlive a change.
bool vouches_for_text(const std::string& attribute);

/// "/dev/x is a FIFO, not a regular file; nothing was changed"; of what is barred why, and what to do.
std::string in_the_way(const std::string& path, const FileState& state, const std::string& expected);

/// Whether a set-id bit of `wanted` would make a program of what another user may have written: the file belongs to
/// somebody who is neither the superuser nor its owner to be.
bool makes_foreign_program(const FileState& wanted, const FileState& now, const Account& superuser);

/// A subsystem of the System Resource Controller, as lssrc tells.
struct Subsystem {
    enum class Status { active, inoperative, unknown }; // unknown: not on file, or the SRC does not answer
    Status status = Status::unknown;
    std::string why;       // of unknown: what lssrc said
    std::string arguments; // to start it with, where a run wants that
    bool operator==(const Subsystem& b) const { return status == b.status; }
};

/// A network option of the running kernel.
struct NetworkOption {
    std::string value;       // empty where unknown
    std::string unavailable; // why the option cannot be read here; empty where it can
    std::string nextboot;    // the value for the next boot, as `no -x` tells; empty where unknown
    bool persistent = false; // what is wanted of it is wanted of the next boot too
    bool operator==(const NetworkOption& b) const { return value == b.value && nextboot == b.nextboot; }
};

/// A fix (APAR), as `instfix` tells.
struct Fix {
    enum class Status { installed, incomplete, unknown }; // unknown: the fix database has no data for it
    Status status = Status::unknown;
    std::string said; // what instfix said
    bool operator==(const Fix&) const = default;
};

/// A fileset, as `lslpp` tells.
struct Fileset {
    bool installed = false;
    std::string level;   // of one that is installed: 4.3.3.0
    std::string refusal; // why installp would not remove it, where that is known; empty: it would
    bool operator==(const Fileset& b) const { return installed == b.installed; }
};

/// What m4 makes a sendmail configuration from.
struct CfSource {
    std::string mc;   // the path of the .mc file; the names in it count from its directory
    std::string text; // its text
    std::string cf;   // the path of the configuration
    auto operator<=>(const CfSource&) const = default;
};

/// What came of it.
struct CfBuild {
    std::string text{};    // of the .cf
    std::string error{};   // why there is none: what m4 said, for instance
    std::string warning{}; // what m4 said though it accepted the source
    bool operator==(const CfBuild&) const = default;
};

/// Under which name the value of a network option for the next boot is recorded, beside the running one.
inline std::string at_next_boot(const std::string& option) { return option + "@nextboot"; }

/// What one commit of the history knows about the host.
struct Recorded {
    struct File {
        FileState state; // Kind::missing: it was not there
        Interest interest = Interest::content;
        bool operator==(const File&) const = default;
    };
    std::map<std::string, File> files;                  // by absolute path
    std::map<std::string, std::string> network_options; // values that runs changed, see at_next_boot
    std::map<std::string, std::string> subsystems;      // "active" or "inoperative"
    std::vector<std::vector<std::string>> actions;      // argument vectors that belong to the commit
    std::vector<std::vector<std::string>> owed;         // those of them that an earlier run had promised already
    bool operator==(const Recorded&) const = default;
};

/// What one file becomes when a commit is undone and later ones are kept; nothing where they contradict.
struct Reverted {
    std::optional<Recorded::File> file;
    bool written_to = false; // the commit created it, and somebody who is no run has changed it since: it is kept
    bool moved = false;      // they contradict because a line of the commit stands in another place by now
    bool operator==(const Reverted&) const = default;
};

/// What the history says about a rollback target.
struct RecordedTarget {
    std::string id;  // the commit, or empty for `original`
    Recorded wanted; // what every path the history knows was then
    Recorded last;   // what was recorded last
    bool operator==(const RecordedTarget&) const = default;
};

struct RevertTarget {
    std::string id;
    std::map<std::string, Reverted> files;
    std::map<std::string, std::string> network_options, subsystems; // values to go back to
    bool operator==(const RevertTarget&) const = default;
};

/// Documents that have been parsed, for many rules look at the same text. Says nothing about the host: any two are equal.
class ParsedDocuments {
public:
    template <class Document>
    std::shared_ptr<const Document> parse(const std::string& path, const std::string& text) {
        auto& known = documents_[{path, typeid(Document)}];
        if (!known || known->text != text)
            known =
                std::make_shared<const Parsed>(Parsed{text, std::make_shared<const Document>(Document::parse(text))});
        return std::static_pointer_cast<const Document>(known->document);
    }

    /// Of a document that an edit has brought to this text: parsing the text gives the same.
    template <class Document>
    void remember(const std::string& path, const std::string& text, Document document) {
        documents_[{path, typeid(Document)}] =
            std::make_shared<const Parsed>(Parsed{text, std::make_shared<const Document>(std::move(document))});
    }

    bool operator==(const ParsedDocuments&) const { return true; }

private:
    struct Parsed {
        std::string text;
        std::shared_ptr<const void> document;
    };
    std::map<std::pair<std::string, std::type_index>, std::shared_ptr<const Parsed>> documents_;
};

/// Everything that planning reads, and, changed by the rules, everything that it wants. A value: copied and compared.
class Snapshot {
public:
    SharedMap<std::string, FileState> files;
    std::map<std::string, std::string> trees; // directories of which `files` has all members; or why it has not
    std::map<std::string, std::vector<std::string>> past; // former texts of a file, newest first
    // What directories such as /etc/rc.d/rc2.d have that begins with S, links followed. Only to be looked at: `files`
    // has what rules may change, and may have the same paths.
    SharedMap<std::string, FileState> start_scripts;
    SharedMap<std::string, Subsystem> subsystems;
    SharedMap<std::string, NetworkOption> network_options;
    std::optional<std::vector<std::string>> inetd_serves; // service names `lssrc -ls inetd` shows, if it shows a table
    std::map<std::string, RecordedTarget> rollback_targets; // by what the user wrote
    std::map<std::string, RevertTarget> revert_targets;
    std::map<std::string, Fix> fixes;
    std::map<std::string, Fileset> filesets;
    std::map<CfSource, CfBuild> builds;
    Account owner_of_new_files = "root", group_of_new_files = "system"; // how this tree names uid 0 and gid 0
    std::optional<KnownAccounts> accounts;                              // nothing where no rule needed them

    bool live = false;    // commands act on the host that `files` are read from
    std::string not_live; // otherwise: why they do not, fit for an action's `reason`

    // What rules ask for beyond states
    bool reread_inittab = false;             // telinit q
    std::set<std::string> refresh;           // subsystems to refresh whatever changes (a retried action)
    std::set<std::string> restart;           // subsystems to stop and start again where they are active
    std::set<std::string> crontabs;          // crontabs to submit to cron whatever changes (a retried action)
    std::set<CfSource> to_build;             // configurations that planning needs and that `builds` lacks
    std::set<std::string> logs;              // files that, if they are made, are made for others to write to
    std::set<std::string> scripts;           // files whose new text their shell must accept
    std::set<std::string> sendmail_cfs;      // files whose new text sendmail must accept
    std::vector<std::string> findings;       // what is not as wanted, and no run can change
    std::set<std::vector<std::string>> owed; // commands that an earlier run still owes
    std::vector<std::string> warnings;

    /// What is at `path`, which must have been read.
    const FileState& state(const std::string& path) const;

    /// The same. Throws Error where it is neither a file nor missing.
    const FileState& file(const std::string& path) const;

    /// The bytes of a file that must be there. Throws MissingFile if it is not, and Error if they are too many.
    const std::string& text(const std::string& path) const;

    /// The same, parsed.
    template <class Document>
    std::shared_ptr<const Document> document(const std::string& path) const {
        return parsed_.parse<Document>(path, text(path));
    }

    /// Puts other bytes in place of those of a file that is there; mode and owner stay.
    void put(const std::string& path, std::string text);

    /// The same with a document's text.
    template <class Document>
    void put(const std::string& path, const Document& document) {
        put(path, document.text());
        parsed_.remember(path, text(path), document);
    }

    /// Makes a new file, owned by root and system.
    void create(const std::string& path, std::string text, unsigned mode);

    /// Makes the directories on the way to a path that are missing (0755), and says which. Needs
    /// `with_directories(path)`. Throws Error where a file is in the way.
    std::vector<std::string> make_way(const std::string& path);

    /// Makes a new file, and its way.
    void create_with_directories(const std::string& path, std::string text, unsigned mode);

    /// Once per text.
    void warn(const std::string& warning);

    /// Whether both want the same of the host; warnings aside.
    bool same_state(const Snapshot& other) const;

    bool operator==(const Snapshot&) const = default;

private:
    mutable ParsedDocuments parsed_;
};

/// A path and the directories on its way: /etc/mail/relay-domains, /etc/mail, /etc.
std::set<std::string> with_directories(const std::string& path);

/// "/etc/inittab, line 4: ..." or "/etc/inittab: ...", as the document's complaint begins.
std::string in_file(const std::string& path, const std::string& complaint);

/// Parses the file, lets `change` edit the document, and puts its text back.
/// An Error of the document gets the path in front.
template <class Document, class Change>
void edit(Snapshot& snapshot, const std::string& path, Change change) {
    const auto before = snapshot.document<Document>(path);
    Document document = *before;
    try {
        change(document);
    } catch (const Error& error) {
        throw Error(in_file(path, error.what()));
    }
    if (!(document == *before))
        snapshot.put(path, document);
}

} // namespace bulwark
