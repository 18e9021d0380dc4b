#include "proxy/fetch/blob_origin.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

TransferHead Head(const std::string& etag, int url = 0, const std::string& location = "") {
  TransferHead head;
  head.status = 206;
  head.url = url;
  head.location = location;
  if (!etag.empty()) head.fields.Add("ETag", etag);
  return head;
}

BlobOrigin Origin() {
  return {{"hub", "library/app"}, Digest::Of("blob")};
}

TEST_CASE("the first request is for the blob of its repository, wherever the upstream has it") {
  const UpstreamRequest request = Origin().NextRequest(true);
  CHECK(request.path == "/v2/library/app/blobs/" + Digest::Of("blob").ToString());
  CHECK(request.location.empty());
  CHECK(request.may_be_encoded);
}

TEST_CASE("the next ones go where it led, until a transfer breaks there") {
  BlobOrigin origin = Origin();
  REQUIRE(origin.OnHead(Head("", 1, "https://cdn.example/blob")));
  CHECK(origin.NextRequest(false).location == "https://cdn.example/blob");
  CHECK(origin.NextRequest(false).location_url == 1);
  origin.OnBroken(Code::kUnavailable);
  CHECK(origin.NextRequest(false).location.empty());
}

TEST_CASE("another strong ETag is of other bytes, unless another URL says it") {
  BlobOrigin origin = Origin();
  REQUIRE(origin.OnHead(Head("\"a\"")));
  REQUIRE(origin.OnHead(Head("\"a\"")));
  REQUIRE(origin.OnHead(Head("W/\"b\"")));
  REQUIRE(origin.OnHead(Head("")));
  const Status other = origin.OnHead(Head("\"b\""));
  REQUIRE(!other);
  CHECK(other.error().code == Code::kBadUpstream);
  CHECK(origin.OnHead(Head("\"b\"", 1)));
  CHECK(!origin.OnHead(Head("\"c\"", 1)));
}

TEST_CASE("an encoding that may be why it broke is not asked for again") {
  BlobOrigin origin = Origin();
  CHECK(!origin.NextRequest(false).may_be_encoded);
  origin.OnBroken(Code::kTimeout);
  CHECK(origin.NextRequest(true).may_be_encoded);
  origin.OnBroken(Code::kBadUpstream);
  CHECK(!origin.NextRequest(true).may_be_encoded);
}

}  // namespace
}  // namespace longshore
