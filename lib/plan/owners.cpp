#include "plan/owners.hpp"

#include <cstdint>

namespace bulwark {
namespace {

/// One of owner and group.
struct Ownership {
    std::string what, of_whom; // "owner", "user"
    const Account& recorded;
    const Account& otherwise; // that of the file as it is, or of a new one
    bool is_there;
};

std::string belonged(const std::string& path, const Ownership& one) {
    const auto& number = one.recorded.number;
    return path + " belonged to the " + one.of_whom + " " + one.recorded.name +
           (number ? ", number " + std::to_string(*number) : "");
}

Account not_put_back(const std::string& why, const Ownership& one, std::vector<std::string>& warnings) {
    warnings.push_back(why + ": its " + one.what + " is not put back; give it to whom it is to belong to");
    return one.otherwise;
}

/// Of an older history, which has names alone.
Account by_name(const std::string& path, const Ownership& one, const Accounts& accounts,
                std::vector<std::string>& warnings) {
    if (const auto number = accounts.number(one.recorded.name))
        return {one.recorded.name, number};
    if (one.is_there && one.recorded == one.otherwise)
        return one.otherwise;
    return not_put_back(belonged(path, one) + ", who is not there any more", one, warnings);
}

/// Where nobody has the recorded number any more.
Account without_name(const std::string& path, const Ownership& one, const Accounts& accounts,
                     std::vector<std::string>& warnings) {
    const std::string& name = one.recorded.name;
    const std::uint32_t number = *one.recorded.number;
    if (!accounts.has(name)) {
        warnings.push_back(belonged(path, one) + ", a name that is not there any more: the number is put back");
        return {std::to_string(number), number};
    }
    const std::string why =
        belonged(path, one) + ", and that name has number " + std::to_string(accounts.number(name).value()) + " now";
    if (one.is_there && one.otherwise.name == name)
        return not_put_back(why + ", as the file has", one, warnings);
    warnings.push_back(why + ": the old number is put back");
    return {std::to_string(number), number};
}

Account safe(const std::string& path, const Ownership& one, const Accounts& accounts,
             std::vector<std::string>& warnings) {
    if (!one.recorded.number)
        return by_name(path, one, accounts, warnings);
    const std::uint32_t number = *one.recorded.number;
    if (one.is_there && one.otherwise.number == number)
        return one.otherwise; // it has not changed, whatever it is called by now
    if (number == 0 || accounts.number(one.recorded.name) == number)
        return one.recorded;
    if (!accounts.has(number))
        return without_name(path, one, accounts, warnings);
    return not_put_back(belonged(path, one) + ", which is " + accounts.name(number) + " now", one, warnings);
}

} // namespace

FileState with_safe_owners(const std::string& path, FileState recorded, const FileState& now, const FileState& new_file,
                           const std::optional<KnownAccounts>& known, std::vector<std::string>& warnings) {
    constexpr unsigned set_user_id = 04000, set_group_id = 02000;
    if (!known || recorded.kind == FileState::Kind::missing)
        return recorded;
    const bool is_there = now.kind != FileState::Kind::missing;
    const FileState& otherwise = is_there ? now : new_file;
    const Account owner =
        safe(path, {"owner", "user", recorded.owner, otherwise.owner, is_there}, known->users, warnings);
    const Account group =
        safe(path, {"group", "group", recorded.group, otherwise.group, is_there}, known->groups, warnings);
    if (!(owner == recorded.owner))
        recorded.mode &= ~set_user_id;
    if (!(group == recorded.group) && recorded.kind == FileState::Kind::regular)
        recorded.mode &= ~set_group_id;
    recorded.owner = owner;
    recorded.group = group;
    return recorded;
}

} // namespace bulwark
