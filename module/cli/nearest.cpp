#include "cli/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace bulwark {
namespace {

/// In how many places two words differ: letters missing, added, replaced, or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

} // namespace

std::string nearest(const std::string& given, const std::vector<std::string>& known) {
    std::size_t best = std::max<std::size_t>(1, given.size() / 3) + 1;
    std::string result;
    for (const std::string& name : known) {
        const bool abbreviated = given.size() > 1 && name.compare(0, given.size(), given) == 0;
        const std::size_t differs = abbreviated ? 0 : distance(given, name);
        if (differs < best) {
            best = differs;
            result = name;
        }
    }
    return result;
}

std::string hint(const std::string& given, const std::vector<std::string>& known, const std::string& help) {
    const std::string meant = nearest(given, known);
    return meant.empty() ? "see " + help : "did you mean " + meant + "?";
}

} // namespace bulwark
