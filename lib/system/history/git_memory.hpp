#pragma once

namespace bulwark {

/// Has libgit2 take its memory where it is not refused any as long as it wants little: it would crash. Before
/// git_libgit2_init. Throws Error.
void give_libgit2_memory();

} // namespace bulwark
