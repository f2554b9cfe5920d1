// Must not compile with BULWARK_STRICT_POSIX, and for one reason alone: pipe2 is not in POSIX.1-2008.
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

#include <fcntl.h>
#include <unistd.h>

int main() {
    int ends[2];
    return pipe2(ends, O_CLOEXEC);
}
