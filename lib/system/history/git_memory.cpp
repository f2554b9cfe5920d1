#include "system/history/git_memory.hpp"

#include "error.hpp"

#include <git2.h>
#include <git2/sys/alloc.h>
#include <git2/sys/errors.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <functional>

namespace bulwark {
namespace {

// libgit2 does not live through a refusal. It uses the place for its reasons without asking whether it got one, and takes a
// configuration that it could not copy for one that it could (1.9.7, git_config_list_dup). So what it asks for in small
// pieces it gets, from a reserve if the system has none left. That is no way to go on for long: our own requests, between
// its calls, are refused then.
constexpr std::size_t largest_of_reserve = std::size_t{64} * 1024;
alignas(std::max_align_t) std::array<std::byte, std::size_t{1024} * 1024> reserve{};
std::size_t taken = 0, pieces = 0;

/// What stands before a piece of memory.
struct alignas(std::max_align_t) Header {
    std::size_t size; // of the piece
};

Header* header_of(void* piece) { return static_cast<Header*>(piece) - 1; }

bool is_of_reserve(const Header* header) {
    const void* const place = header;
    return std::greater_equal<>()(place, static_cast<const void*>(reserve.data())) &&
           std::less<>()(place, static_cast<const void*>(reserve.data() + reserve.size()));
}

/// Null if it is too much.
void* take_from_reserve(std::size_t whole) {
    constexpr std::size_t step = alignof(std::max_align_t);
    if (whole > largest_of_reserve || whole + step > reserve.size() - taken)
        return nullptr;
    void* const place = reserve.data() + taken;
    taken += (whole + step - 1) / step * step;
    ++pieces;
    return place;
}

/// Null, and libgit2 is told, if there is no room for a piece of that size and its header, in the reserve neither.
void* allocate(std::size_t size, const char*, int) {
    const std::size_t whole = size + sizeof(Header);
    void* place = whole < size ? nullptr : std::malloc(whole);
    if (place == nullptr && whole > size)
        place = take_from_reserve(whole);
    if (place == nullptr)
        return git_error_set_oom(), nullptr;
    auto* const header = static_cast<Header*>(place);
    header->size = size;
    return header + 1;
}

void release(void* piece) {
    if (piece == nullptr)
        return;
    if (!is_of_reserve(header_of(piece)))
        return std::free(header_of(piece));
    if (--pieces == 0)
        taken = 0;
}

void* resize(void* piece, std::size_t size, const char* file, int line) {
    if (piece == nullptr)
        return allocate(size, file, line);
    Header* const before = header_of(piece);
    const std::size_t whole = size + sizeof(Header);
    if (void* const place = is_of_reserve(before) || whole < size ? nullptr : std::realloc(before, whole)) {
        static_cast<Header*>(place)->size = size;
        return static_cast<Header*>(place) + 1;
    }
    void* const elsewhere = allocate(size, file, line);
    if (elsewhere != nullptr) {
        std::memcpy(elsewhere, piece, std::min(size, before->size));
        release(piece);
    }
    return elsewhere;
}

} // namespace

void give_libgit2_memory() {
    git_allocator memory{allocate, resize, release};
    if (git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &memory) < 0)
        throw Error("starting libgit2: it does not take the memory that it is given");
}

} // namespace bulwark
