#include "proxy/oci/tags_page.h"

#include <algorithm>

#include "proxy/oci/reference.h"
#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

// Page after page gives every tag once, in order.
void CheckPages(const std::vector<std::string>& sorted, uint64_t n) {
  std::vector<std::string> all;
  TagsSlice slice{{}, true};
  while (slice.more) {
    slice = SliceTags(sorted, n, all.empty() ? "" : all.back());
    Require(slice.tags.size() <= n && !slice.tags.empty() == !sorted.empty(),
            "a page is not empty");
    all.insert(all.end(), slice.tags.begin(), slice.tags.end());
  }
  Require(all == sorted, "the pages are the list");
}

}  // namespace

// A line of `n`, then the document.
void TagsPage(std::string_view input) {
  const std::string n(TakeLine(input));
  const auto size = ParsePageSize(n);
  const auto page = ParseTagsPage(input);
  if (!page) return;
  for (const std::string& tag : page->tags) Require(IsValidTag(tag), "a tag is one");
  Require(ParseTagsPage(FormatTagsPage(*page)) == *page, "a page written out again is the same");
  std::vector<std::string> sorted = page->tags;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (size && *size && **size > 0) CheckPages(sorted, **size);
}

}  // namespace longshore::fuzz
