#pragma once

#include <string>
#include <vector>

namespace longshore::cli {

// Rows in columns as wide as their widest cell; the first row is the head. `right`: columns that
// stand to the right, as numbers do. Pure.
std::string FormatTable(const std::vector<std::vector<std::string>>& rows,
                        const std::vector<size_t>& right);

// "sha256:0123456789ab"
std::string ShortDigest(const std::string& digest);

}  // namespace longshore::cli
