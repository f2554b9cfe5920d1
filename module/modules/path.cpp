#include "plan/path.hpp"
#include "modules/modules.hpp"

#include <algorithm>

namespace bulwark {
namespace {

/// The path without `.`, doubled slashes and one at its end.
std::string path_of(const json::object& arguments, std::string_view option) {
    const std::string path = text_of(arguments, option);
    if (!path.starts_with('/') || path.find('\0') != std::string::npos)
        throw Error("option " + std::string(option) + " is '" + path + "': it must be an absolute path");
    std::string result;
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string name = path.substr(begin, end - begin);
        if (name == "..")
            throw Error("option " + std::string(option) + " is '" + path + "': name the place without `..` in it");
        if (!name.empty() && name != ".")
            result += "/" + name;
        begin = end + 1;
    }
    if (result.empty())
        throw Error("option " + std::string(option) + " is '" + path + "': the root itself is left alone");
    return result;
}

/// Text, or a number as YAML makes it of octal digits without quotes: of 0755 it is 493.
std::optional<FileMode> mode_of(const json::object& arguments) {
    const json::value& mode = arguments.at("mode");
    if (mode.is_null())
        return std::nullopt;
    if (mode.is_string())
        return FileMode::parse(view(mode));
    if (mode.is_int64())
        return FileMode::exactly(mode.get_int64());
    throw Error("option mode must be text, as in '0755' or 'a-x'");
}

PathAttributes attributes_of(const json::object& arguments) {
    PathAttributes wanted{path_of(arguments, "path"),
                          value_of<PathState>(text_of(arguments, "state"), {{"present", PathState::present},
                                                                            {"absent", PathState::absent},
                                                                            {"moved", PathState::moved}}),
                          mode_of(arguments),
                          optional_text(arguments, "owner"),
                          optional_text(arguments, "group"),
                          {}};
    if (wanted.state != PathState::present && (wanted.mode || wanted.owner || wanted.group))
        throw Error("mode, owner and group belong to state present, not to state " + text_of(arguments, "state") +
                    "; set them in a task of their own");
    if (wanted.state == PathState::moved)
        wanted.destination = path_of(arguments, "dest");
    else if (is_given(arguments, "dest"))
        throw Error("dest belongs to state moved, not to state " + text_of(arguments, "state") + "; leave it out");
    return wanted;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller&) {
    return {rule_of(module, {attributes_of(arguments)})};
}

constexpr Example examples[] = {
    {"Nobody can start the NFS server", R"({"path": "/usr/sbin/nfsd", "mode": "a-x"})"},
    {"The scripts of System V run levels are out of the way",
     R"({"path": "/etc/rc.d", "state": "moved", "dest": "/etc/rc.d.disabled"})"},
    {"Nobody else reads what syslogd writes",
     R"({"path": "/var/adm/auth.log", "mode": "0600", "owner": "root", "group": "system"})"},
    {"A directory that nobody needs, with all that is in it", R"({"path": "/etc/rc.d", "state": "absent"})"},
};

std::vector<Option> options() {
    return {
        {.name = "path",
         .type = Type::path,
         .description = "The file, directory or symbolic link.",
         .required = true,
         .aliases = {"name"}},
        {.name = "state",
         .description =
             "`present`: it is there, with the `mode`, `owner` and `group` given; where it is missing that is an "
             "error, for nothing is created. A symbolic link is followed. `absent`: it is not there; a directory "
             "goes with all that is in it. `moved`: it is at `dest` and no longer at `path`. These two are about "
             "a symbolic link itself, not about what it leads to.",
         .choices = {"present", "absent", "moved"},
         .fallback = "present"},
        {.name = "mode",
         .type = Type::raw,
         .description =
             "The permission bits: octal digits in quotes, as in `'0755'`, or changes of those that are there, as "
             "in `a-x` or `u=rwx,go=rx`. A number without quotes is taken as YAML understands it: `0755` works, "
             "`755` means something else. Where a change does not name whom it is for, as in `+w`, it gives what "
             "the umask 022 would let through. Changes that would never come to an end, as `u=g,g=o`, are refused. "
             "Of a directory, that of nothing in it."},
        {.name = "owner",
         .description =
             "The user who is to own it: a name in /etc/passwd of `root`, or a number. Where the owner or the "
             "group changes, the set-user-id and set-group-id bits go, as with chown(1), unless `mode` gives "
             "them: whoever had the file may have put anything into it."},
        {.name = "group", .description = "The group that is to own it: a name in /etc/group of `root`, or a number."},
        {.name = "dest",
         .type = Type::path,
         .description = "Where it is moved to. The directory that this is in must exist; it itself must not, unless "
                        "nothing is left at `path`: then the move has been made already."}};
}

} // namespace

Module path_module() {
    return {.name = "path",
            .summary = "Mode, owner, place and absence of files and directories",
            .description =
                {"Takes the execute bit from a daemon, and moves or removes files and whole small directories, all of "
                 "which `rollback` brings back.",
                 "What is removed or moved is in the history first: at most 1000 files, directories and links, and 16 "
                 "MiB of text. What the history cannot hold, a FIFO or a device, is refused. A change of mode or owner "
                 "alone records these alone, not the content.",
                 "What is moved is made anew at `dest` with its mode, owner and group; times, access control lists, "
                 "other extended attributes (a warning names them) and further hard links are not kept. Directories "
                 "directly below `/` are neither moved nor removed."},
            .table = {.options = with_common_options(options()), .required_if = {{"state", "moved", {"dest"}}}},
            .examples = examples,
            .rules = rules};
}

} // namespace bulwark
