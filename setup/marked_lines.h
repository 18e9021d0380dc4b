#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace longshore::setup {

// Lines put into somebody else's file end in a comment that says whose they are, so that they can
// be found again whatever happened around them. For languages whose comments begin with '#'.
inline constexpr std::string_view kMark = "  # longshore setup";

// "a" -> "a  # longshore setup\n".
std::string Marked(std::string_view line);
// Of each line of `text`, whether it is marked.
std::vector<bool> MarkedLines(std::string_view text);
// `text` without the lines that are marked.
std::string WithoutMarkedLines(std::string_view text);
// Puts `lines` before line number `line`, counted from 0; past the end: at the end, on a line of
// their own.
std::string InsertLines(const std::string& text, size_t line, const std::string& lines);

}  // namespace longshore::setup
