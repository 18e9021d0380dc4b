#include "proxy/oci/link_header.h"

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {

void LinkHeader(std::string_view input) {
  const auto query = NextPageQuery(input);
  if (!query) return;
  Require(!query->empty(), "a next page is another page");
  const std::string link = MakeLink("/v2/a/b/tags/list", *query);
  Require(IsOneLine(link), "a link can stand in a header");
  Require(NextPageQuery(link) == query, "a link written out again is read as the same");
}

}  // namespace longshore::fuzz
