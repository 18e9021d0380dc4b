#include "proxy/upstream/transfer.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

std::string CodingOf(const std::vector<std::string>& values) {
  TransferHead head;
  for (const std::string& value : values) head.fields.Add("Content-Encoding", value);
  CHECK(IsEncoded(head) == !ContentCodingOf(head).empty());
  return ContentCodingOf(head);
}

TEST_CASE("how an answer is encoded, in whatever case it is said and over however many fields") {
  CHECK(CodingOf({}).empty());
  CHECK(CodingOf({""}).empty());
  CHECK(CodingOf({"identity"}).empty());
  CHECK(CodingOf({"Identity, ,"}).empty());
  CHECK(CodingOf({"GZip"}) == "gzip");
  CHECK(CodingOf({" x-gzip "}) == "x-gzip");
  CHECK(CodingOf({"identity, zstd"}) == "zstd");
  CHECK(CodingOf({"gzip,br"}) == "gzip, br");
  CHECK(CodingOf({"identity", "gzip", "ZSTD"}) == "gzip, zstd");
}

}  // namespace
}  // namespace longshore
