#include "document/file_mode.hpp"
#include "document/name_list.hpp"
#include "document/sendmail_cf.hpp"
#include "document/sendmail_mc.hpp"
#include "document/services.hpp"
#include "documents.hpp"
#include "targets.hpp"

#include <algorithm>

namespace bulwark::fuzz {
namespace {

template <class Document>
bool edit_so(Document& document, const std::function<void(Document&)>& done) {
    if (!is_done(document, done))
        return false;
    require_settled(document, done);
    return true;
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// ---- names, one a line

std::function<bool(std::string_view)> is_line_of(const std::string& name) {
    return [&name](std::string_view line) { return is_among(NameList::parse(line).names(), name); };
}

void add(NameList& list, const Edit& edit) {
    const std::string name = edit.argument(0), before = list.text();
    const bool whole = edit.argument(1) == "line";
    if (!edit_so<NameList>(list, [&](NameList& one) { whole ? one.add_line(name) : one.add(name); }))
        return;
    require(is_among(list.names(), name), "a name that was added is there", list.text());
    require_kept(before, list.text(), is_line_of(name));
}

void remove(NameList& list, const Edit& edit) {
    const std::string name = edit.argument(0), before = list.text();
    if (!edit_so<NameList>(list, [&](NameList& one) { one.remove(name); }))
        return;
    require(!is_among(list.names(), name), "a name that was removed is gone", list.text());
    require_kept(before, list.text(), is_line_of(name));
}

constexpr std::array<Verb<NameList>, 2> verbs_of_lists = {{{"add", add}, {"remove", remove}}};

// ---- the m4 source

void ostype(SendmailMc& mc, const Edit& edit) {
    const std::string name = edit.argument(0);
    if (edit_so<SendmailMc>(mc, [&](SendmailMc& one) { one.set_ostype(name); }))
        require(mc.ostype() == name, "OSTYPE is as was asked", mc.text());
}

void remove_feature(SendmailMc& mc, const Edit& edit) {
    const std::string name = edit.argument(0), before = mc.text();
    if (!edit_so<SendmailMc>(mc, [&](SendmailMc& one) { one.remove_feature(name); }))
        return;
    require(!is_among(mc.features(), name), "a feature that was removed is gone", mc.text());
    require_kept(before, mc.text(), [&](std::string_view line) { return !SendmailMc::parse(line).features().empty(); });
}

void remove_mailer(SendmailMc& mc, const Edit& edit) {
    const std::string name = edit.argument(0), before = mc.text();
    if (!edit_so<SendmailMc>(mc, [&](SendmailMc& one) { one.remove_mailer(name); }))
        return;
    require(!is_among(mc.mailers(), name), "a mailer that was removed is gone", mc.text());
    require_kept(before, mc.text(), [&](std::string_view line) { return !SendmailMc::parse(line).mailers().empty(); });
}

constexpr std::array<Verb<SendmailMc>, 3> verbs_of_mc = {
    {{"ostype", ostype}, {"feature", remove_feature}, {"mailer", remove_mailer}}};

// ---- the configuration

char letter_of(const Edit& edit) { return edit.argument(0).empty() ? 'w' : edit.argument(0).front(); }

void comment(SendmailCf& cf, const Edit& edit) {
    const std::string path = edit.argument(1);
    if (edit_so<SendmailCf>(cf, [&](SendmailCf& one) { one.comment_class_files(letter_of(edit), {path}); }))
        require(!is_among(cf.class_files(letter_of(edit)), path), "no line reads a file that was commented out",
                cf.text());
}

void set_class_file(SendmailCf& cf, const Edit& edit) {
    const std::string path = "/" + edit.argument(1);
    if (path.find_first_of(std::string_view(" \t\r\n\0", 5)) != std::string::npos)
        return; // the module refuses it
    bool is_there = false;
    if (edit_so<SendmailCf>(cf, [&](SendmailCf& one) { is_there = one.set_class_file(letter_of(edit), path); }))
        require(!is_there || is_among(cf.class_files(letter_of(edit)), path), "the class is read from the file",
                cf.text());
}

void remove_stamp(SendmailCf& cf, const Edit&) {
    is_done<SendmailCf>(cf, [](SendmailCf& one) { one.remove_build_stamp(); }); // the first: m4 writes one
}

constexpr std::array<Verb<SendmailCf>, 3> verbs_of_cf = {
    {{"comment", comment}, {"set", set_class_file}, {"stamp", remove_stamp}}};

// ---- what is only looked into

void look_up(const Input& input) {
    const auto services = parse_losslessly<Services>(input.text);
    for (const Edit& edit : input.edits)
        if (const std::optional<unsigned> port = services.port(edit.verb, edit.argument(0)))
            require(*port > 0 && *port < 65536, "a port is one", input.text);
}

void read_mode(std::string_view text) {
    try {
        const FileMode mode = FileMode::parse(text);
        for (const unsigned now : {0U, 0644U, 0755U, 02310U, 07777U})
            for (const bool is_directory : {false, true}) {
                const unsigned once = mode.of(now, is_directory);
                require(once <= 07777, "a mode has no other bits", text);
                require(mode.of(once, is_directory) == once, "a second time changes nothing", text);
            }
    } catch (const Error&) {
    }
}

} // namespace

/// All of them take the same input: they are small.
void lists(std::string_view bytes) {
    const Input input = read_input(bytes);
    parse_and_edit(verbs_of_lists, input);
    parse_and_edit(verbs_of_mc, input);
    parse_and_edit(verbs_of_cf, input);
    look_up(input);
    read_mode(input.text);
}

} // namespace bulwark::fuzz
