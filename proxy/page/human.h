#pragma once

#include <cstdint>
#include <string>

namespace longshore {

// Numbers for people. Pure functions, any thread.

std::string HumanBytes(uint64_t bytes);                 // "1.4 GiB", "250 MiB", "512 B"
std::string HumanAge(int64_t millis);                   // "3 s", "5 min", "2 h", "9 d"
std::string HumanRatio(uint64_t part, uint64_t whole);  // "93.4 %"; "–" of nothing

}  // namespace longshore
