#pragma once

#include <string_view>

namespace bulwark::fuzz {

// Each takes any bytes and throws Violation where they show that a property does not hold. Their corpora are below
// tests/fuzz/corpus.
void crontab(std::string_view bytes);
void history(std::string_view bytes);
void host(std::string_view bytes);
void inetd_conf(std::string_view bytes);
void inittab(std::string_view bytes);
void json(std::string_view bytes);
void lists(std::string_view bytes);
void no_script(std::string_view bytes);
void rc_script(std::string_view bytes);
void repository(std::string_view bytes);
void rules(std::string_view bytes);
void syslog_conf(std::string_view bytes);

struct Target {
    std::string_view name;
    void (*run)(std::string_view bytes);
};

inline constexpr Target targets[] = {
    {"crontab", crontab},       {"history", history},     {"host", host},
    {"inetd_conf", inetd_conf}, {"inittab", inittab},     {"json", json},
    {"lists", lists},           {"no_script", no_script}, {"rc_script", rc_script},
    {"repository", repository}, {"rules", rules},         {"syslog_conf", syslog_conf},
};

} // namespace bulwark::fuzz
