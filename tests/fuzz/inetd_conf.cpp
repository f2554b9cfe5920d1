#include "document/inetd_conf.hpp"

#include "documents.hpp"
#include "targets.hpp"

#include <algorithm>

namespace bulwark::fuzz {
namespace {

using Done = std::function<void(InetdConf&)>;

InetdKey key_of(const Edit& edit) { return {edit.argument(0), edit.argument(1)}; }

InetdFields fields_of(const Edit& edit) {
    return {edit.optional(2), edit.optional(3), edit.optional(4), edit.optional(5), edit.optional(6)};
}

bool is_of(const InetdEntry& entry, const InetdKey& key) {
    return entry.service == key.service && (key.protocol.empty() || entry.protocol == key.protocol);
}

std::vector<InetdEntry> entries_of(const InetdConf& conf, const InetdKey& key) {
    std::vector<InetdEntry> entries = conf.entries();
    std::erase_if(entries, [&](const InetdEntry& entry) { return !is_of(entry, key); });
    return entries;
}

/// Whether a line is such an entry, or would be if it were not commented out: one with a socket type that AIX does not
/// know, say, is prose then.
bool is_about(std::string_view line, const InetdKey& key) {
    return !entries_of(InetdConf::parse(line), key).empty() || (line.starts_with('#') && is_about(line.substr(1), key));
}

bool edit_entry(InetdConf& conf, const InetdKey& key, const Done& done) {
    const std::string before = conf.text();
    if (!is_done(conf, done))
        return false;
    require_kept(before, conf.text(), [&](std::string_view line) { return is_about(line, key); });
    return true;
}

bool same_words(const std::string& one, const std::string& other) {
    const auto in_words = [](const std::string& text) {
        std::vector<std::string> result;
        for (const Span word : words(text))
            result.emplace_back(at(text, word));
        return result;
    };
    return in_words(one) == in_words(other);
}

bool has_fields(const InetdEntry& entry, const InetdFields& fields) {
    return entry.socket_type == fields.socket_type.value_or(entry.socket_type) &&
           entry.wait == fields.wait.value_or(entry.wait) && entry.user == fields.user.value_or(entry.user) &&
           entry.server == fields.server.value_or(entry.server) &&
           same_words(entry.arguments, fields.arguments.value_or(entry.arguments));
}

void enable(InetdConf& conf, const Edit& edit) {
    const InetdKey key = key_of(edit);
    const Done done = [&](InetdConf& one) { one.enable(key); };
    if (!edit_entry(conf, key, done))
        return;
    require_settled(conf, done);
    const std::vector<InetdEntry> entries = entries_of(conf, key);
    for (const InetdEntry& entry : entries)
        require(std::any_of(entries.begin(), entries.end(),
                            [&](const InetdEntry& one) { return one.enabled && one.protocol == entry.protocol; }),
                "of each protocol an entry is enabled", conf.text());
}

/// Enabling gives the bytes back, where it can be told what was disabled.
void require_undone_by_enabling(const InetdConf& before, InetdConf after, const InetdKey& key) {
    std::vector<std::string> protocols;
    for (const InetdEntry& entry : entries_of(before, key)) {
        if (!entry.enabled || std::find(protocols.begin(), protocols.end(), entry.protocol) != protocols.end())
            return;
        protocols.push_back(entry.protocol);
    }
    if (entries_of(after, key).size() != protocols.size())
        return; // what became prose
    const bool enabled = is_done<InetdConf>(after, [&](InetdConf& one) { one.enable(key); });
    require(enabled, "what was disabled can be enabled", after.text());
    require_kept(before.text(), after.text(),
                 [](std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); });
}

void disable(InetdConf& conf, const Edit& edit) {
    const InetdKey key = key_of(edit);
    const InetdConf before = conf;
    const Done done = [&](InetdConf& one) { one.disable(key); };
    if (!edit_entry(conf, key, done))
        return;
    require_settled(conf, done);
    const std::vector<InetdEntry> entries = entries_of(conf, key);
    require(std::none_of(entries.begin(), entries.end(), [](const InetdEntry& entry) { return entry.enabled; }),
            "what is disabled is not enabled", conf.text());
    require_undone_by_enabling(before, conf, key);
}

void remove(InetdConf& conf, const Edit& edit) {
    const InetdKey key = key_of(edit);
    const Done done = [&](InetdConf& one) { one.remove(key); };
    if (!edit_entry(conf, key, done))
        return;
    require_settled(conf, done);
    require(entries_of(conf, key).empty(), "what is removed is gone", conf.text());
}

void configure(InetdConf& conf, const Edit& edit) {
    const InetdKey key = key_of(edit);
    const InetdFields fields = fields_of(edit);
    const Done done = [&](InetdConf& one) { one.configure(key, fields); };
    if (!edit_entry(conf, key, done))
        return;
    require_settled(conf, done);
    for (const InetdEntry& entry : entries_of(conf, key))
        require(!entry.enabled || has_fields(entry, fields), "an entry has the fields that it was given", conf.text());
}

void add(InetdConf& conf, const Edit& edit) {
    const InetdKey key = key_of(edit);
    const InetdFields fields = fields_of(edit);
    if (!edit_entry(conf, key, [&](InetdConf& one) { one.add(key, fields); }))
        return;
    const std::vector<InetdEntry> entries = entries_of(conf, key);
    require(!entries.empty() && entries.back().enabled && has_fields(entries.back(), fields),
            "an entry that was added is there", conf.text());
}

constexpr std::array<Verb<InetdConf>, 5> verbs = {{
    {"enable", enable},
    {"disable", disable},
    {"remove", remove},
    {"configure", configure},
    {"add", add},
}};

} // namespace

void inetd_conf(std::string_view bytes) { parse_and_edit(verbs, read_input(bytes)); }

} // namespace bulwark::fuzz
