#include "plan/ftpusers.hpp"

#include "document/name_list.hpp"
#include "text.hpp"

namespace bulwark {
namespace {

constexpr unsigned new_file_mode = 0640;

void require_login_name(const std::string& name) {
    NameList::require_name(name);
    if (name.find(':') != std::string::npos)
        throw Error("the name " + cited(name) +
                    " cannot stand there: no login name has a colon; give one name an item");
}

} // namespace

Needs needs(const FtpUser&, const Snapshot&) {
    Needs all;
    all.files = {ftpusers_path};
    return all;
}

void ensure(const FtpUser& wanted, Snapshot& snapshot) {
    try {
        require_login_name(wanted.name);
    } catch (const Error& error) {
        throw Error(in_file(ftpusers_path, error.what()));
    }
    if (snapshot.file(ftpusers_path).kind == FileState::Kind::missing) {
        if (!wanted.present)
            return; // without the file nobody is denied
        snapshot.create(ftpusers_path, "", new_file_mode);
    }
    edit<NameList>(snapshot, ftpusers_path, [&](NameList& names) {
        if (wanted.present)
            names.add_line(wanted.name); // ftpd denies only him whose name is the whole line (aix_facts.md, ftpusers)
        else
            names.remove(wanted.name);
    });
}

std::string summary(const FtpUser& wanted) { return (wanted.present ? "deny " : "allow ") + wanted.name; }

} // namespace bulwark
