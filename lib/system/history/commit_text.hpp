#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulwark {

/// A commit's message, taken apart as `git log` does: the first paragraph on one line, the rest, and the last paragraph
/// if it is made of `Key: value` lines and is not the first.
struct CommitMessage {
    std::string subject, body;
    std::vector<std::pair<std::string, std::string>> trailers;
};
CommitMessage parse_message(std::string_view message);

/// 2026-11-20T19:06:31+01:00, for seconds since the epoch and the minutes by which local time was ahead of UTC.
std::string iso_date(std::int64_t time, int minutes_ahead);

/// What an ISO 8601 date or time means in seconds since the epoch: 2026-11-20 the last second of that day,
/// 2026-11-20T19:06 (or with a blank) the first of that minute. It is local time, unless Z, +01, +0100 or +01:00
/// follows. Nothing for what does not begin like a date; throws Error for a date that there is not.
std::optional<std::int64_t> parse_iso_date(std::string_view text);

} // namespace bulwark
