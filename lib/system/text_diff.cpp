#include "system/text_diff.hpp"

#include "document/lines.hpp"
#include "error.hpp"
#include "system/git_handle.hpp"
#include "system/history.hpp"
#include "system/metadata.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

namespace bulwark {
namespace {

constexpr std::size_t npos = std::string::npos;

/// Lines of the old text, from `begin` to before `end`, and what stands there in the new one.
struct Hunk {
    std::size_t begin, end;
    std::string text;
    bool operator==(const Hunk&) const = default;
};

struct HunkCollector {
    std::vector<std::string_view> new_lines;
    std::vector<Hunk> hunks;
};

git_diff_options diff_options(std::uint32_t context_lines) {
    git_diff_options options{};
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.context_lines = context_lines;
    options.flags = GIT_DIFF_FORCE_TEXT; // whether it is text, has been decided before
    options.max_size = -1;               // without it, a large text counts as binary
    return options;
}

/// git counts lines from 1, and says of an empty stretch which line stands before it.
std::size_t first_line(int start, int count) { return static_cast<std::size_t>(count > 0 ? start - 1 : start); }

int collect_hunk(const git_diff_delta*, const git_diff_hunk* hunk, void* payload) {
    auto& collector = *static_cast<HunkCollector*>(payload);
    const std::size_t begin = first_line(hunk->old_start, hunk->old_lines);
    const std::size_t end = begin + static_cast<std::size_t>(hunk->old_lines);
    const auto lines =
        std::span(collector.new_lines)
            .subspan(first_line(hunk->new_start, hunk->new_lines), static_cast<std::size_t>(hunk->new_lines));
    if (lines.size() == end - begin) { // each line was changed for itself
        for (std::size_t i = 0; i < lines.size(); ++i)
            collector.hunks.push_back({begin + i, begin + i + 1, std::string(lines[i])});
    } else {
        collector.hunks.push_back({begin, end, {}});
        for (const std::string_view line : lines)
            collector.hunks.back().text += line;
    }
    return 0;
}

std::vector<Hunk> difference_of(const std::string& before, const std::string& after) {
    HunkCollector collector{split_lines(after), {}};
    const git_diff_options options = diff_options(0);
    if (git_diff_buffers(before.data(), before.size(), nullptr, after.data(), after.size(), nullptr, &options, nullptr,
                         nullptr, collect_hunk, nullptr, &collector) < 0)
        throw Error("comparing two versions of a file: " + libgit2_reason());
    return collector.hunks;
}

/// Whether `b`, which comes behind `a`, cannot be done beside it: they share a line of the old text, or both insert at
/// one place, or `a` ends the file without a newline.
bool contradict(const Hunk& a, const Hunk& b) {
    const bool insertions_at_one_place = a.begin == b.end;
    return b.begin < a.end || insertions_at_one_place || !(a.text.empty() || a.text.ends_with('\n'));
}

/// The hunks of both in the order of the lines that they change; nothing where they contradict.
std::optional<std::vector<Hunk>> united(const std::vector<Hunk>& ours, const std::vector<Hunk>& theirs) {
    std::vector<Hunk> all = ours;
    for (const Hunk& hunk : theirs)
        if (std::find(ours.begin(), ours.end(), hunk) == ours.end()) // else both did the same
            all.push_back(hunk);
    std::sort(all.begin(), all.end(), [](const Hunk& a, const Hunk& b) {
        return a.begin != b.begin ? a.begin < b.begin
                                  : a.end < b.end; // what is inserted before a line, before the line
    });
    const auto contradiction = std::adjacent_find(all.begin(), all.end(), contradict);
    return contradiction == all.end() ? std::optional(all) : std::nullopt;
}

std::string applied(const std::vector<Hunk>& hunks, const std::string& text) {
    const std::vector<std::string_view> lines = split_lines(text);
    std::string result;
    std::size_t at = 0;
    const auto copy_to = [&](std::size_t end) {
        for (; at < end; ++at)
            result += lines[at];
    };
    for (const Hunk& hunk : hunks) {
        copy_to(hunk.begin);
        result += hunk.text;
        at = hunk.end;
    }
    copy_to(lines.size());
    return result;
}

bool has_nul(const std::string& text) { return text.find('\0') != npos; }

int print_line(const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line, void* payload) {
    auto& text = *static_cast<std::string*>(payload);
    const std::string_view content(line->content, line->content_len);
    switch (line->origin) {
    case GIT_DIFF_LINE_CONTEXT:
    case GIT_DIFF_LINE_ADDITION:
    case GIT_DIFF_LINE_DELETION:
        text.append(1, line->origin).append(content);
        break;
    case GIT_DIFF_LINE_HUNK_HDR: // without what git takes for the name of a function, behind the second @@
        text.append(content.substr(0, content.find(" @@"))).append(" @@\n");
        break;
    case GIT_DIFF_LINE_CONTEXT_EOFNL: // "\ No newline at end of file"
    case GIT_DIFF_LINE_ADD_EOFNL:
    case GIT_DIFF_LINE_DEL_EOFNL:
        text.append(content);
        break;
    default: // git's own header, in place of which is ours
        break;
    }
    return 0;
}

} // namespace

std::optional<std::string> merge_texts(const std::string& ours, const std::string& base, const std::string& theirs) {
    if (ours == base || ours == theirs)
        return theirs;
    if (theirs == base)
        return ours;
    if (has_nul(ours) || has_nul(base) || has_nul(theirs))
        return {};
    start_libgit2();
    const auto hunks = united(difference_of(base, ours), difference_of(base, theirs));
    return hunks ? std::optional(applied(*hunks, base)) : std::nullopt;
}

std::string unified_diff(const std::string& path, const std::string& before, const std::string& after) {
    if (before == after)
        return {};
    const std::string name = escaped(path);
    if (has_nul(before) || has_nul(after))
        return "Binary files before: " + name + " and after: " + name + " differ\n";
    start_libgit2();
    const git_diff_options options = diff_options(3);
    Handle<git_patch, git_patch_free> patch;
    int status = git_patch_from_buffers(Out(patch), before.data(), before.size(), nullptr, after.data(), after.size(),
                                        nullptr, &options);
    std::string text = "--- before: " + name + "\n+++ after: " + name + "\n";
    if (status == 0)
        status = git_patch_print(patch.get(), print_line, &text);
    if (status < 0)
        throw Error("comparing two versions of " + name + ": " + libgit2_reason());
    return text;
}

} // namespace bulwark
