#include "system/history/text_merge.hpp"

#include "document/lines.hpp"
#include "system/history/text_diff.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

namespace bulwark {
namespace {

using Lines = std::vector<std::string_view>;
using Cost = std::uint32_t;

/// More than that is not compared: two stretches of 2000 lines each in which no line is as it was.
constexpr std::size_t most_cells = 4'000'000;

/// Thrown where the change cannot be undone.
struct Contradiction {
    bool moved = false;
};

/// A stretch of the change: one line that it kept, or lines that it put in the place of others.
struct Piece {
    bool kept;
    Lines left, earlier;   // of a line that was kept both have it
    std::size_t group = 0; // pieces of one stretch that is undone line by line have the same
};

struct Texts {
    const std::string &now, &left, &earlier;
};

/// Which text a stretch of `now` comes from.
enum class Reading { left, earlier };

/// The pieces of which the change consists. Lines that were only added or only removed, and as many lines as there were
/// before, are pieces for themselves: one of them may have been undone by hand.
std::vector<Piece> pieces_of(const std::string& left, const std::string& earlier) {
    const Lines lines = split_lines(left), undone = split_lines(earlier);
    std::vector<Piece> pieces;
    std::size_t at = 0, group = 0;
    const auto keep_to = [&](std::size_t end) {
        for (; at < end; ++at)
            pieces.push_back({true, {lines[at]}, {lines[at]}});
    };
    for (const LineChange& change : line_changes(left, earlier)) {
        keep_to(change.begin);
        const std::size_t was = change.end - change.begin, is = change.new_end - change.new_begin;
        const std::size_t parts = was == is || was == 0 || is == 0 ? std::max(was, is) : 1;
        const auto part = [&](const Lines& all, std::size_t begin, std::size_t count, std::size_t i) {
            const auto all_of_it = std::span(all).subspan(begin, count);
            const auto some =
                parts == 1 ? all_of_it : all_of_it.subspan(std::min(i, count), std::min<std::size_t>(count, 1));
            return Lines(some.begin(), some.end());
        };
        ++group;
        for (std::size_t i = 0; i < parts; ++i)
            pieces.push_back({false, part(lines, change.begin, was, i), part(undone, change.new_begin, is, i), group});
        at = change.end;
    }
    keep_to(lines.size());
    return pieces;
}

/// How far it is from the pieces to each beginning of `now`: lines to be taken away or added.
using Row = std::vector<Cost>;

/// The row after the one of the lines before.
Row after_line(const Row& row, std::string_view line, std::span<const std::string_view> now) {
    Row next(row.size());
    next[0] = row[0] + 1;
    for (std::size_t j = 1; j < row.size(); ++j)
        next[j] = std::min({row[j] + 1, next[j - 1] + 1, line == now[j - 1] ? row[j - 1] : row[j] + 1});
    return next;
}

Row after_lines(Row row, const Lines& lines, std::span<const std::string_view> now) {
    for (const std::string_view line : lines)
        row = after_line(row, line, now);
    return row;
}

Row nearer(const Row& a, const Row& b) {
    Row row(a.size());
    std::transform(a.begin(), a.end(), b.begin(), row.begin(), [](Cost x, Cost y) { return std::min(x, y); });
    return row;
}

const Lines& lines_of(const Piece& piece, Reading reading) {
    return reading == Reading::left ? piece.left : piece.earlier;
}

/// The rows before, between and after the pieces.
std::vector<Row> rows_of(std::span<const Piece> pieces, std::span<const std::string_view> now) {
    Row first(now.size() + 1);
    std::iota(first.begin(), first.end(), 0U);
    std::vector<Row> rows{first};
    for (const Piece& piece : pieces) {
        const Row left = after_lines(rows.back(), piece.left, now);
        rows.push_back(piece.kept ? left : nearer(left, after_lines(rows.back(), piece.earlier, now)));
    }
    return rows;
}

/// The same from the end: of the pieces from each on, and the endings of `now`.
std::vector<Row> rows_from_end(std::span<const Piece> pieces, const Lines& now) {
    const auto turned = [](Lines lines) {
        std::reverse(lines.begin(), lines.end());
        return lines;
    };
    std::vector<Piece> backwards(pieces.rbegin(), pieces.rend());
    for (Piece& piece : backwards) {
        piece.left = turned(piece.left);
        piece.earlier = turned(piece.earlier);
    }
    std::vector<Row> rows = rows_of(backwards, turned(now));
    for (Row& row : rows)
        std::reverse(row.begin(), row.end());
    std::reverse(rows.begin(), rows.end());
    return rows;
}

/// How far it is if the piece is read so.
Cost through(const Piece& piece, Reading reading, const Row& before, const Row& after,
             std::span<const std::string_view> now) {
    const Row row = after_lines(before, lines_of(piece, reading), now);
    Cost least = UINT32_MAX;
    for (std::size_t j = 0; j < row.size(); ++j)
        least = std::min(least, row[j] + after[j]);
    return least;
}

/// The reading that is nearest to `now`. Throws Contradiction where the other one is as near.
std::vector<Reading> readings_of(std::span<const Piece> pieces, const std::vector<Row>& rows, const Lines& now) {
    const std::vector<Row> from_end = rows_from_end(pieces, now);
    std::vector<Reading> readings;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        readings.push_back(Reading::left);
        if (pieces[i].kept)
            continue;
        const auto cost = [&](Reading reading) { return through(pieces[i], reading, rows[i], from_end[i + 1], now); };
        if (cost(Reading::left) == cost(Reading::earlier))
            throw Contradiction{};
        if (cost(Reading::earlier) < cost(Reading::left))
            readings.back() = Reading::earlier;
    }
    return readings;
}

/// Where a line of the text that was read out of the pieces stands in `now`.
struct ReadLine {
    std::size_t piece;
    std::string_view line;
    std::optional<std::size_t> at;
};

std::vector<ReadLine> read_lines(std::span<const Piece> pieces, const std::vector<Reading>& readings) {
    std::vector<ReadLine> lines;
    for (std::size_t i = 0; i < pieces.size(); ++i)
        for (const std::string_view line : lines_of(pieces[i], readings[i]))
            lines.push_back({i, line, std::nullopt});
    return lines;
}

/// Finds the lines in `now` again: as many as can be, in their order.
void find_again(std::vector<ReadLine>& lines, const Lines& now) {
    Row first(now.size() + 1);
    std::iota(first.begin(), first.end(), 0U);
    std::vector<Row> rows{first};
    for (const ReadLine& line : lines)
        rows.push_back(after_line(rows.back(), line.line, now));
    std::size_t j = now.size();
    for (std::size_t i = lines.size(); i > 0;) {
        if (j > 0 && lines[i - 1].line == now[j - 1] && rows[i][j] == rows[i - 1][j - 1])
            lines[--i].at = --j;
        else if (j > 0 && rows[i][j] == rows[i][j - 1] + 1)
            --j;
        else
            --i;
    }
}

/// The first word of what a line says, commented out or not: `echo` of `#echo stream tcp`.
std::string_view first_word(std::string_view line) {
    const auto is_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    const auto begin = std::find_if(line.begin(), line.end(), is_of_word);
    const auto end = std::find_if_not(begin, line.end(), is_of_word);
    return line.substr(static_cast<std::size_t>(begin - line.begin()), static_cast<std::size_t>(end - begin));
}

/// Whether one line may have been made of the other by an edit.
bool resembles(std::string_view a, std::string_view b) {
    a = without_line_end(a);
    b = without_line_end(b);
    const std::string_view word = first_word(a), other = first_word(b);
    const bool is_of_other_thing = word != other && word.find_first_not_of("0123456789") != std::string_view::npos &&
                                   other.find_first_not_of("0123456789") != std::string_view::npos;
    const std::size_t shorter = std::min(a.size(), b.size());
    const auto begin = static_cast<std::size_t>(
        std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(shorter), b.begin()).first - a.begin());
    std::size_t end = 0;
    while (end < shorter - begin && a[a.size() - 1 - end] == b[b.size() - 1 - end])
        ++end;
    return !is_of_other_thing && 2 * (begin + end) >= std::max(a.size(), b.size());
}

/// A stretch of `now`, and what is to be done with it.
class Stretch {
public:
    Stretch(std::span<const Piece> pieces, Lines now) : pieces_(pieces), now_(std::move(now)), fate_(now_.size() + 1) {}

    /// The lines of `now` with the change undone.
    Lines undone() {
        if (std::all_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.kept; }))
            return now_;
        if (is_too_large())
            throw Contradiction{};
        readings_ = readings_of(pieces_, rows_of(pieces_, now_), now_);
        lines_ = read_lines(pieces_, readings_);
        find_again(lines_, now_);
        require_whole_pieces();
        for (std::size_t i = 0; i < pieces_.size(); ++i)
            if (!pieces_[i].kept)
                undo(i);
        return put_together();
    }

private:
    /// What becomes of a line of `now`: lines that come before it, and whether it goes.
    struct Fate {
        Lines before{};
        bool goes = false;
    };

    /// Between two lines that were found: lines of `now` that others added, and of the pieces' that others took away.
    struct Gap {
        std::size_t begin, end;        // in now_
        std::vector<std::size_t> lost; // pieces that were kept
        std::size_t added() const { return end - begin; }
    };

    bool is_too_large() const {
        std::size_t lines = 1;
        for (const Piece& piece : pieces_)
            lines += piece.left.size() + piece.earlier.size();
        return lines * (now_.size() + 1) > most_cells;
    }

    /// What is in both texts as a whole is there as a whole or not at all, unless it was only added or only removed.
    void require_whole_pieces() const {
        for (const ReadLine& line : lines_)
            if (!pieces_[line.piece].kept && !line.at)
                throw Contradiction{};
    }

    Gap gap_at(std::size_t piece) const {
        Gap gap{0, now_.size(), {}};
        for (const ReadLine& line : lines_) {
            if (line.at && line.piece < piece) {
                gap.begin = *line.at + 1;
                gap.lost.clear();
            } else if (line.at) {
                gap.end = *line.at;
                break;
            } else {
                gap.lost.push_back(line.piece);
            }
        }
        return gap;
    }

    std::vector<std::size_t> found_of(std::size_t piece) const {
        std::vector<std::size_t> found;
        for (const ReadLine& line : lines_)
            if (line.piece == piece)
                found.push_back(*line.at);
        return found;
    }

    void undo(std::size_t piece) {
        const bool is_left = readings_[piece] == Reading::left;
        if (is_left && pieces_[piece].left.empty())
            put_in(piece);
        else if (is_left)
            replace(piece, found_of(piece));
        else if (pieces_[piece].earlier.empty())
            require_gone(piece);
    }

    void replace(std::size_t piece, const std::vector<std::size_t>& found) {
        if (found.back() - found.front() + 1 != found.size())
            throw Contradiction{}; // something was added between
        const bool goes_on = last_gone_ && last_group_ == pieces_[piece].group;
        if (goes_on && *last_gone_ + 1 != found.front())
            throw Contradiction{};
        for (const std::size_t at : found)
            fate_[at].goes = true;
        Lines& before = fate_[found.front()].before;
        before.insert(before.end(), pieces_[piece].earlier.begin(), pieces_[piece].earlier.end());
        last_gone_ = found.back();
        last_group_ = pieces_[piece].group;
    }

    void put_in(std::size_t piece) {
        const Gap gap = gap_at(piece);
        const auto lost_before = static_cast<std::size_t>(
            std::count_if(gap.lost.begin(), gap.lost.end(), [&](std::size_t lost) { return lost < piece; }));
        std::size_t at = gap.begin;
        if (gap.added() > 0 && gap.lost.empty())
            throw Contradiction{}; // others were added in the same place
        if (lost_before > 0 && lost_before == gap.lost.size())
            at = gap.end;
        else if (lost_before > 0 && gap.added() == gap.lost.size())
            at = gap.begin + lost_before; // each line in the gap was edited for itself
        else if (lost_before > 0 && gap.added() > 0)
            throw Contradiction{};
        Lines& before = fate_[at].before;
        before.insert(before.end(), pieces_[piece].earlier.begin(), pieces_[piece].earlier.end());
    }

    /// What the change added is not there any more: taken away, and not edited.
    void require_gone(std::size_t piece) const {
        const Gap gap = gap_at(piece);
        if (gap.added() == gap.lost.size())
            return;
        for (std::size_t at = gap.begin; at < gap.end; ++at)
            if (resembles(now_[at], pieces_[piece].left.front()))
                throw Contradiction{};
    }

    Lines put_together() const {
        Lines result;
        for (std::size_t at = 0; at < fate_.size(); ++at) {
            result.insert(result.end(), fate_[at].before.begin(), fate_[at].before.end());
            if (at < now_.size() && !fate_[at].goes)
                result.push_back(now_[at]);
        }
        return result;
    }

    std::span<const Piece> pieces_;
    Lines now_;
    std::vector<Fate> fate_;
    std::vector<Reading> readings_{};
    std::vector<ReadLine> lines_{};
    std::optional<std::size_t> last_gone_{};
    std::size_t last_group_ = 0;
};

/// A line that was kept and that stands in `now` still.
struct Anchor {
    std::size_t piece, at;
};

/// Where each line of `text` stands in `now`, as diff has it.
std::vector<std::optional<std::size_t>> places_in(const std::string& now, const std::string& text) {
    std::vector<std::optional<std::size_t>> places(split_lines(text).size());
    std::size_t line = 0, at = 0;
    const auto match_to = [&](std::size_t end) {
        for (; line < end; ++line)
            places[line] = at++;
    };
    for (const LineChange& change : line_changes(text, now)) {
        match_to(change.begin);
        line = change.end;
        at = change.new_end;
    }
    match_to(places.size());
    return places;
}

/// The kept lines that diff finds in the same place of `now` from both sides, whatever has been undone by then.
std::vector<Anchor> anchors_of(const std::vector<Piece>& pieces, const Texts& texts) {
    const auto from_left = places_in(texts.now, texts.left), from_earlier = places_in(texts.now, texts.earlier);
    std::vector<Anchor> anchors;
    std::size_t left = 0, earlier = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i].kept && from_left[left] && from_left[left] == from_earlier[earlier])
            anchors.push_back({i, *from_left[left]});
        left += pieces[i].left.size();
        earlier += pieces[i].earlier.size();
    }
    return anchors;
}

/// Stretch by stretch, between the anchors.
Lines undone_lines(const std::vector<Piece>& pieces, const Texts& texts, const Lines& now) {
    Lines result;
    std::size_t piece = 0, at = 0;
    std::vector<Anchor> anchors = anchors_of(pieces, texts);
    anchors.push_back({pieces.size(), now.size()}); // the end
    for (const Anchor& anchor : anchors) {
        const auto first = now.begin() + static_cast<std::ptrdiff_t>(at);
        const auto last = now.begin() + static_cast<std::ptrdiff_t>(anchor.at);
        const Lines lines =
            Stretch(std::span(pieces).subspan(piece, anchor.piece - piece), Lines(first, last)).undone();
        result.insert(result.end(), lines.begin(), lines.end());
        if (anchor.at < now.size())
            result.push_back(now[anchor.at]);
        piece = anchor.piece + 1;
        at = anchor.at + 1;
    }
    return result;
}

using Counts = std::map<std::string_view, std::size_t>;

Counts counts_of(const std::string& text) {
    Counts counts;
    for (const std::string_view line : split_lines(text))
        ++counts[without_line_end(line)];
    return counts;
}

Lines without_line_ends(Lines lines) {
    std::transform(lines.begin(), lines.end(), lines.begin(), without_line_end);
    return lines;
}

/// Whether it says anything: empty lines and the like may come again.
bool says_something(std::string_view line) { return !first_word(line).empty(); }

/// A line that comes back must not stand there twice, and one that goes must not stay in another place.
void require_none_moved(const std::vector<Piece>& pieces, const Texts& texts, const std::string& result) {
    Counts before = counts_of(texts.now), after = counts_of(result);
    Counts left = counts_of(texts.left), earlier = counts_of(texts.earlier);
    for (const Piece& piece : pieces) {
        if (piece.kept)
            continue;
        for (const std::string_view line : without_line_ends(piece.earlier))
            if (says_something(line) && after[line] > std::max(before[line], earlier[line]))
                throw Contradiction{true};
        if (!piece.earlier.empty())
            continue; // else the lines were only added
        for (const std::string_view line : without_line_ends(piece.left))
            if (says_something(line) && left[line] > earlier[line] && after[line] > earlier[line] &&
                after[line] == before[line])
                throw Contradiction{true};
    }
}

/// Only the last line may end without a newline.
void require_line_ends(const Lines& lines) {
    for (std::size_t i = 0; i + 1 < lines.size(); ++i)
        if (!lines[i].ends_with('\n'))
            throw Contradiction{};
}

std::string undone_once(const std::vector<Piece>& pieces, const Texts& texts) {
    const Lines lines = undone_lines(pieces, texts, split_lines(texts.now));
    require_line_ends(lines);
    std::string result;
    for (const std::string_view line : lines)
        result += line;
    require_none_moved(pieces, texts, result);
    return result;
}

bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

} // namespace

UndoneText undo_change(const std::string& now, const std::string& left, const std::string& earlier) {
    if (now == left || now == earlier)
        return {earlier};
    if (earlier == left)
        return {now};
    if (has_nul(now) || has_nul(left) || has_nul(earlier))
        return {};
    try {
        const std::vector<Piece> pieces = pieces_of(left, earlier);
        std::string text = undone_once(pieces, {now, left, earlier});
        if (text != now && text != earlier && undone_once(pieces, {text, left, earlier}) != text)
            return {}; // undone again, it would change again
        return {std::move(text)};
    } catch (const Contradiction& contradiction) {
        return {std::nullopt, contradiction.moved};
    }
}

} // namespace bulwark
