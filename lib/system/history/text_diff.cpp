#include "system/history/text_diff.hpp"

#include "error.hpp"
#include "system/history/git_handle.hpp"
#include "system/history/history.hpp"
#include "system/metadata.hpp"

#include <string_view>
#include <vector>

namespace bulwark {
namespace {

constexpr std::size_t npos = std::string::npos;

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

int collect_change(const git_diff_delta*, const git_diff_hunk* hunk, void* payload) {
    const std::size_t begin = first_line(hunk->old_start, hunk->old_lines);
    const std::size_t new_begin = first_line(hunk->new_start, hunk->new_lines);
    static_cast<std::vector<LineChange>*>(payload)->push_back({begin, begin + static_cast<std::size_t>(hunk->old_lines),
                                                               new_begin,
                                                               new_begin + static_cast<std::size_t>(hunk->new_lines)});
    return 0;
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

std::vector<LineChange> line_changes(const std::string& before, const std::string& after) {
    start_libgit2();
    std::vector<LineChange> changes;
    const git_diff_options options = diff_options(0);
    if (git_diff_buffers(before.data(), before.size(), nullptr, after.data(), after.size(), nullptr, &options, nullptr,
                         nullptr, collect_change, nullptr, &changes) < 0)
        throw Error("comparing two versions of a file: " + libgit2_reason());
    return changes;
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
