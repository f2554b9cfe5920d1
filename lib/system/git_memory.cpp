#include "system/git_memory.hpp"

#include "error.hpp"

#include <git2.h>
#include <git2/sys/alloc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>

namespace bulwark {
namespace {

// libgit2 does not live through a refusal. It uses the place for its reasons without asking whether it got one, and takes a
// configuration that it could not copy for one that it could (1.5.1, git_config_entries_dup). So what it asks for in small
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

/// Room for a piece of that size and its header, by `from_system` or of the reserve; null, and libgit2 is told, if there is
/// none.
template <class FromSystem>
void* take(std::size_t size, FromSystem from_system) {
    const std::size_t whole = size + sizeof(Header);
    void* place = whole < size ? nullptr : from_system(whole);
    if (place == nullptr && whole > size)
        place = take_from_reserve(whole);
    if (place == nullptr)
        return git_error_set_oom(), nullptr;
    auto* const header = static_cast<Header*>(place);
    header->size = size;
    return header + 1;
}

void* allocate(std::size_t size, const char*, int) {
    return take(size, [](std::size_t whole) { return std::malloc(whole); });
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

/// The size of an array; more than there is of anything if it cannot be counted.
std::size_t product(std::size_t count, std::size_t size) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    return size != 0 && count > most / size ? most : count * size;
}

void* zeroed(std::size_t count, std::size_t size, const char*, int) {
    void* const piece = take(product(count, size), [](std::size_t whole) { return std::calloc(1, whole); });
    if (piece != nullptr && is_of_reserve(header_of(piece)))
        std::memset(piece, 0, count * size);
    return piece;
}

void* resize_array(void* piece, std::size_t count, std::size_t size, const char* file, int line) {
    return resize(piece, product(count, size), file, line);
}

void* allocate_array(std::size_t count, std::size_t size, const char* file, int line) {
    return allocate(product(count, size), file, line);
}

char* copy_exactly(const char* text, std::size_t size, const char* file, int line) {
    auto* const copy = static_cast<char*>(allocate(std::max(size, size + 1), file, line));
    if (copy != nullptr) {
        std::memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

char* copy(const char* text, const char* file, int line) { return copy_exactly(text, std::strlen(text), file, line); }

char* copy_at_most(const char* text, std::size_t size, const char* file, int line) {
    return copy_exactly(text, strnlen(text, size), file, line);
}

/// Later versions of libgit2 ask for the first three alone.
template <class Allocator>
Allocator allocator() {
    Allocator result{};
    result.gmalloc = allocate;
    result.grealloc = resize;
    result.gfree = release;
    if constexpr (requires { result.gcalloc; }) {
        result.gcalloc = zeroed;
        result.gstrdup = copy;
        result.gstrndup = copy_at_most;
        result.gsubstrdup = copy_exactly;
        result.greallocarray = resize_array;
        result.gmallocarray = allocate_array;
    }
    return result;
}

} // namespace

void give_libgit2_memory() {
    git_allocator memory = allocator<git_allocator>();
    if (git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &memory) < 0)
        throw Error("starting libgit2: it does not take the memory that it is given");
}

} // namespace bulwark
