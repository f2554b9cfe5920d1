#pragma once

#include <git2.h>

#include <memory>
#include <string>

// For the .cpp files that call libgit2, and for nothing else: no handle leaves its .cpp.
namespace bulwark {

template <class T, void (*release)(T*)>
struct Release {
    void operator()(T* handle) const { release(handle); }
};

/// Owns what a C function handed out; `release` is the C function that takes it back.
template <class T, void (*release)(T*)>
using Handle = std::unique_ptr<T, Release<T, release>>;

/// Where a C function puts the handle that it hands out: `git_commit_tree(Out(tree), commit.get())`. `tree` has it from
/// the next statement on.
template <class Owner>
class Out {
public:
    explicit Out(Owner& owner) : owner_(owner) {}
    Out(const Out&) = delete;
    Out& operator=(const Out&) = delete;
    ~Out() { owner_.reset(handle_); }
    operator typename Owner::pointer *() { return &handle_; }

private:
    Owner& owner_;
    typename Owner::pointer handle_ = nullptr;
};

/// Makes libgit2 ready, once a process, so that it reads no configuration of system, user or environment. Not done
/// before it is needed: a run that finds no history and changes nothing should not pay for it.
void start_libgit2();

/// Why the last call of libgit2 failed, in its own words.
std::string libgit2_reason();

} // namespace bulwark
