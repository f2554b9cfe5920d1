#pragma once

#include "document/lines.hpp"
#include "input.hpp"
#include "property.hpp"

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What holds for every document, whatever its bytes and whatever is done to it.
namespace bulwark::fuzz {

template <class Document>
Document parse_losslessly(std::string_view text) {
    const Document document = Document::parse(text);
    require(document.text() == text, "parse(t).text() is t", text);
    require(document == Document::parse(text), "what is parsed twice is equal", text);
    return document;
}

/// Whether the edit could be made. If not it has changed nothing; if so, the text says what the document says.
template <class Document>
bool is_done(Document& document, const std::function<void(Document&)>& edit) {
    const Document before = document;
    try {
        edit(document);
    } catch (const Error& error) {
        require(*error.what() != '\0', "an Error says something");
        require(document == before && document.text() == before.text(), "an edit that fails changes nothing",
                document.text());
        return false;
    }
    require(document == Document::parse(document.text()), "what an edit wrote parses to the same", document.text());
    return true;
}

/// To do it again changes nothing.
template <class Document>
void require_settled(Document document, const std::function<void(Document&)>& edit) {
    const std::string once = document.text();
    edit(document);
    require(document.text() == once, "a second edit changes nothing", "once: " + once + "twice: " + document.text());
}

/// The lines without their ends, for the last one gets an end where something follows it.
inline std::vector<std::string_view> other_lines(const std::vector<std::string_view>& lines,
                                                 const std::function<bool(std::string_view)>& is_about) {
    std::vector<std::string_view> others;
    for (const std::string_view line : lines) {
        if (is_about(line))
            continue;
        others.push_back(without_line_end(line));
    }
    return others;
}

/// The lines that the edit is not about are there as before, in their order.
inline void require_kept(std::string_view before, std::string_view after,
                         const std::function<bool(std::string_view)>& is_about,
                         std::vector<std::string_view> (*split)(std::string_view) = split_lines) {
    require(other_lines(split(before), is_about) == other_lines(split(after), is_about),
            "an edit leaves the lines alone that it is not about",
            "before: " + std::string(before) + "after: " + std::string(after));
}

/// One verb of a document's, on what the edit says.
template <class Document>
struct Verb {
    std::string_view name;
    void (*apply)(Document& document, const Edit& edit);
};

/// The verb of that name or, for the fuzzer's sake, some verb.
template <class Document, std::size_t size>
void apply(const std::array<Verb<Document>, size>& verbs, const Edit& edit, Document& document) {
    for (const Verb<Document>& verb : verbs)
        if (verb.name == edit.verb)
            return verb.apply(document, edit);
    verbs[(edit.verb.empty() ? 0 : static_cast<unsigned char>(edit.verb.front())) % size].apply(document, edit);
}

template <class Document, std::size_t size>
void parse_and_edit(const std::array<Verb<Document>, size>& verbs, const Input& input) {
    auto document = parse_losslessly<Document>(input.text);
    for (const Edit& edit : input.edits)
        apply(verbs, edit, document);
}

} // namespace bulwark::fuzz
