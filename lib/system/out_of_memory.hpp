#pragma once

#include <exception>
#include <new>

namespace bulwark {

/// Memory has run out, and this is what has become of the run: a literal, for no sentence can be made any more.
class OutOfMemory : public std::bad_alloc {
public:
    explicit OutOfMemory(const char* sentence) noexcept : sentence_(sentence) {}
    const char* what() const noexcept override { return sentence_; }

private:
    const char* sentence_;
};

/// What an exception has to say; memory that runs out says nothing of itself.
inline const char* sentence_of(const std::exception& error) noexcept {
    const bool speaks = !dynamic_cast<const std::bad_alloc*>(&error) || dynamic_cast<const OutOfMemory*>(&error);
    return speaks ? error.what()
                  : "there is not enough memory: free some or raise its limit (ulimit -d, ulimit -v), then run again";
}

/// Does `step`. Where memory runs out in it, `sentence` is what is said.
template <class Step>
auto or_say(const char* sentence, Step step) {
    try {
        return step();
    } catch (const OutOfMemory&) { // which knows more
        throw;
    } catch (const std::bad_alloc&) {
        throw OutOfMemory(sentence);
    }
}

} // namespace bulwark
