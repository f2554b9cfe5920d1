#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bulwark {

// What tests need to make files and to look at them; each throws Error that says what went wrong.

void write_file(const std::string& path, const std::string& text, unsigned mode = 0644);
void make_directory(const std::string& path, unsigned mode = 0755);
void make_link(const std::string& path, const std::string& target);
std::string file_text(const std::string& path);
unsigned mode_of(const std::string& path);
std::string without_links(const std::string& path);
std::vector<std::string> names_in(const std::string& directory); // sorted, hidden ones too

bool is_superuser();

/// What `step` returns, or the text of the exception that it ends with, having run in a process of its own.
std::string in_child(const std::function<std::string()>& step);

/// The same as a user and group without rights; the superuser alone can do that.
std::string as_nobody(const std::function<std::string()>& step);

/// The text of the Error that `step` ends with, "" if it does not.
std::string error_of(const std::function<void()>& step);

/// Sets a variable of the environment, and what it was again.
class EnvironmentVariable {
public:
    EnvironmentVariable(std::string name, const std::string& value);
    ~EnvironmentVariable();
    EnvironmentVariable(const EnvironmentVariable&) = delete;
    EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

private:
    std::string name_;
    bool was_set_;
    std::string before_;
};

} // namespace bulwark
