#include "document/inetd_conf.hpp"

#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace bulwark {
namespace {

enum Column : std::size_t { service, socket_type, protocol, wait, user, server };

bool is_word(std::string_view value) {
    const auto is_printable = [](unsigned char byte) { return byte > ' ' && byte != 0x7f; };
    return !value.empty() && value.front() != '#' && std::all_of(value.begin(), value.end(), is_printable);
}

bool is_socket_type(std::string_view value) {
    return value == "stream" || value == "dgram" || value == "sunrpc_tcp" || value == "sunrpc_udp";
}

bool is_protocol(std::string_view value) {
    return value == "tcp" || value == "udp" || value == "tcp6" || value == "udp6";
}

bool is_wait(std::string_view value) {
    // Other systems have `nowait.20`, at most so many at a time. No AIX page has it, but nothing else looks like it
    // (aix_facts.md, inetd).
    if (value.starts_with("nowait."))
        return value.size() > 7 && value.find_first_not_of("0123456789", 7) == std::string_view::npos;
    return value == "wait" || value == "nowait" || value == "SRC";
}

bool is_server(std::string_view value) { return value == "internal" || (value.starts_with('/') && is_word(value)); }

struct ColumnRule {
    std::string_view name;
    bool (*allows)(std::string_view value);
    std::string_view allowed;
};

constexpr std::array<ColumnRule, 6> rules = {{
    {"service", is_word, "one word that does not begin with #"},
    {"socket_type", is_socket_type, "stream, dgram, sunrpc_tcp or sunrpc_udp"},
    {"protocol", is_protocol, "tcp, udp, tcp6 or udp6"},
    {"wait", is_wait, "wait, nowait or SRC"},
    {"user", is_word, "one word that does not begin with #"},
    {"server", is_server, "internal or an absolute path without blanks"},
}};

std::string about(const InetdKey& key) { return "entry " + describe(key) + ": "; }

std::string at_line(std::size_t index) { return describe_lines({index + 1}) + ": "; }

void require_allowed(const InetdKey& key, Column column, const std::optional<std::string>& value) {
    const ColumnRule& rule = rules[column];
    if (value && !rule.allows(*value))
        throw Error(about(key) + std::string(rule.name) + " must be " + std::string(rule.allowed));
}

void require_arguments(const InetdKey& key, const std::optional<std::string>& value) {
    const auto is_control = [](unsigned char byte) { return (byte < ' ' && byte != '\t') || byte == 0x7f; };
    if (value && (std::any_of(value->begin(), value->end(), is_control) || trimmed(*value).starts_with('#')))
        throw Error(about(key) + "the arguments contain a newline or another control character, or begin with #; they "
                                 "are words on one line, the first of them the name of the program");
}

/// Throws where a field would not be read back from its column, or would not be from a disabled entry.
void require_allowed(const InetdKey& key, const InetdFields& fields) {
    require_allowed(key, socket_type, fields.socket_type);
    require_allowed(key, wait, fields.wait);
    require_allowed(key, user, fields.user);
    require_allowed(key, server, fields.server);
    require_arguments(key, fields.arguments);
}

void require_fitting(const std::string& where, std::string_view server, std::string_view arguments) {
    const bool internal = server == "internal", without = trimmed(arguments).empty();
    if (internal && !without)
        throw Error(where + "inetd takes no arguments for a service that is internal; leave them empty");
    if (!internal && without)
        throw Error(where + "the server has no arguments; give at least the name of the program, the first of them");
}

bool same_words(std::string_view a, std::string_view b) {
    const std::vector<Span> in_a = words(a), in_b = words(b);
    return std::equal(in_a.begin(), in_a.end(), in_b.begin(), in_b.end(),
                      [&](Span one, Span other) { return at(a, one) == at(b, other); });
}

/// Whether these words of `line` are an entry that somebody disabled and not prose, or, where the line is not commented
/// out, whether they stand in the columns where they should.
bool is_entry(std::string_view line, const std::vector<Span>& found, bool enabled) {
    if (found.size() < rules.size() || line[found.front().begin] == '#')
        return false;
    for (std::size_t i = enabled ? server : service; i < rules.size(); ++i)
        if (!rules[i].allows(at(line, found[i])))
            return false;
    return true;
}

/// Whether a line that is no entry was meant to be one of this service.
bool stands_in_the_way(std::string_view line, std::string_view service) {
    const std::vector<Span> found = words(line);
    return !found.empty() && at(line, found.front()) == service;
}

/// `line` with `value`, if one is given, in place of the bytes of `span`.
std::string with(std::string line, Span span, const std::optional<std::string>& value) {
    return value ? replaced(line, span, *value) : std::move(line);
}

/// `line` with other arguments in place of those that it has, at `present`, behind the server.
std::string with_arguments(std::string_view line, Span server, Span present, std::string_view arguments) {
    if (same_words(at(line, present), arguments)) // spacing alone is no difference
        return std::string(line);
    const std::string separator = trimmed(arguments).empty() ? "" : "\t";
    if (separator.empty() || present.begin == present.end)
        return replaced(line, {server.end, present.end}, separator + std::string(trimmed(arguments)));
    return replaced(line, present, trimmed(arguments));
}

} // namespace

std::string describe(const InetdKey& key) {
    return key.protocol.empty() ? key.service : key.service + "/" + key.protocol;
}

std::optional<InetdConf::Entry> InetdConf::understand(std::string_view line) {
    const bool enabled = !line.starts_with('#');
    std::vector<Span> found = words(line);
    if (!enabled && ++found.front().begin == found.front().end) // `# ftp ...`: somebody has left a blank
        found.erase(found.begin());
    if (!is_entry(line, found, enabled))
        return std::nullopt;
    Entry entry;
    std::copy_n(found.begin(), entry.columns.size(), entry.columns.begin());
    const std::size_t end_of_server = entry.columns[server].end;
    const bool has_arguments = found.size() > entry.columns.size();
    entry.arguments =
        has_arguments ? Span{found[server + 1].begin, found.back().end} : Span{end_of_server, end_of_server};
    entry.enabled = enabled;
    return entry;
}

InetdConf InetdConf::parse(std::string_view text) {
    InetdConf conf;
    conf.lines_ = understood(split_lines(text), understand);
    return conf;
}

std::string InetdConf::text() const { return text_of_lines(lines_); }

std::string_view InetdConf::column(std::size_t index, std::size_t number) const {
    return at(lines_[index].text, lines_[index].meaning->columns[number]);
}

std::vector<InetdEntry> InetdConf::entries() const {
    std::vector<InetdEntry> entries;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (!lines_[i].meaning)
            continue;
        const auto field = [&](Column number) { return std::string(column(i, number)); };
        const Entry& entry = *lines_[i].meaning;
        entries.push_back({field(service), field(socket_type), field(protocol), field(wait), field(user), field(server),
                           std::string(at(lines_[i].text, entry.arguments)), entry.enabled, i + 1});
    }
    return entries;
}

/// The lines of all entries, enabled or disabled, that `key` means.
std::vector<std::size_t> InetdConf::find(const InetdKey& key) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (!lines_[i].meaning && stands_in_the_way(lines_[i].text, key.service))
            throw Error(at_line(i) + "the entry of " + key.service +
                        " cannot be understood; write it as service, socket type, protocol, wait, user, server and "
                        "arguments, or delete it");
        if (lines_[i].meaning && column(i, service) == key.service &&
            (key.protocol.empty() || column(i, protocol) == key.protocol))
            found.push_back(i);
    }
    return found;
}

bool InetdConf::is_enabled(std::size_t index) const { return lines_[index].meaning->enabled; }

/// Whether two lines are the same entry but for their spacing.
bool InetdConf::is_same(std::size_t index, std::size_t other) const {
    const auto fields = [this](std::size_t i) {
        const Entry& entry = *lines_[i].meaning;
        return at(lines_[i].text, {entry.columns[service].begin, entry.arguments.end});
    };
    return same_words(fields(index), fields(other));
}

void InetdConf::rewrite(std::size_t index, std::string text) {
    const std::optional<Entry> entry = understand(text);
    lines_[index] = {std::move(text), entry};
}

/// Of the lines `found`, the first disabled one of each protocol that none of them enables.
std::vector<std::size_t> InetdConf::to_enable(const std::vector<std::size_t>& found) const {
    std::set<std::string_view> served; // protocols
    for (const std::size_t i : found)
        if (is_enabled(i))
            served.insert(column(i, protocol));
    std::map<std::string_view, std::size_t> meant;
    std::vector<std::size_t> indexes;
    for (const std::size_t i : found) {
        if (served.contains(column(i, protocol)))
            continue;
        const auto [rival, is_first] = meant.emplace(column(i, protocol), i);
        if (is_first)
            indexes.push_back(i);
        else if (!is_same(i, rival->second))
            throw Error(describe_lines({rival->second + 1, i + 1}) + ": two different disabled entries of " +
                        describe({std::string(column(i, service)), std::string(column(i, protocol))}) +
                        "; delete the one that is not meant");
    }
    return indexes;
}

bool InetdConf::enable(const InetdKey& key) {
    const std::vector<std::size_t> found = find(key);
    for (const std::size_t i : to_enable(found))
        rewrite(i, lines_[i].text.substr(lines_[i].meaning->columns[service].begin));
    return !found.empty();
}

bool InetdConf::disable(const InetdKey& key) {
    const std::vector<std::size_t> found = find(key);
    for (const std::size_t i : found)
        if (is_enabled(i))
            rewrite(i, "#" + lines_[i].text);
    return !found.empty();
}

bool InetdConf::remove(const InetdKey& key) {
    const std::vector<std::size_t> found = find(key);
    erase_lines(lines_, found);
    return !found.empty();
}

/// The line with these fields in it.
std::string InetdConf::configured(std::size_t index, const InetdFields& fields) const {
    const std::string& line = lines_[index].text;
    const Entry& entry = *lines_[index].meaning;
    // From the last field to the first, so that the spans of those before stay true.
    std::string text =
        fields.arguments ? with_arguments(line, entry.columns[server], entry.arguments, *fields.arguments) : line;
    text = with(std::move(text), entry.columns[server], fields.server);
    const bool other_program = text != line;
    text = with(std::move(text), entry.columns[user], fields.user);
    text = with(std::move(text), entry.columns[wait], fields.wait);
    text = with(std::move(text), entry.columns[socket_type], fields.socket_type);
    const std::optional<Entry> result = understand(text);
    if (other_program)
        require_fitting(at_line(index), at(text, result->columns[server]), at(text, result->arguments));
    return text;
}

bool InetdConf::configure(const InetdKey& key, const InetdFields& fields) {
    require_allowed(key, fields);
    std::vector<std::pair<std::size_t, std::string>> changes; // all that can fail comes first
    for (const std::size_t i : find(key))
        if (is_enabled(i))
            changes.emplace_back(i, configured(i, fields));
    for (auto& [index, text] : changes)
        rewrite(index, std::move(text));
    return !changes.empty();
}

void InetdConf::add(const InetdKey& key, const InetdFields& fields) {
    require_allowed(key, service, key.service);
    require_allowed(key, protocol, key.protocol);
    require_allowed(key, fields);
    if (!fields.socket_type || !fields.wait || !fields.user || !fields.server)
        throw Error(about(key) + "a new one needs socket_type, wait, user and server; give all four");
    const std::string arguments(trimmed(fields.arguments.value_or("")));
    require_fitting(about(key), *fields.server, arguments);
    for (const std::size_t i : find(key))
        if (is_enabled(i))
            throw Error(at_line(i) + describe(key) + " is enabled already; configure this entry instead");

    std::string text = key.service;
    for (const std::string& field : {*fields.socket_type, key.protocol, *fields.wait, *fields.user, *fields.server})
        text += "\t" + field;
    append_line(lines_, text + (arguments.empty() ? "" : "\t" + arguments), understand);
}

} // namespace bulwark
