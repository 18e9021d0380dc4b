#include "proxy/pull/wanted_bytes.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "proxy/pull/blob_body.h"

namespace longshore {
namespace {

constexpr uint64_t kSize = 64 << 20;
constexpr const char* kDigest = "sha256:ab";
constexpr const char* kEtag = "\"sha256:ab\"";
using Header = std::pair<const char*, const char*>;
using Ranges = std::vector<ByteRange>;

WantedBytes Wanted(std::initializer_list<Header> headers, const char* method = "GET") {
  Request request;
  request.method = method;
  for (const auto& [name, value] : headers) request.fields.Add(name, value);
  return WantedOf(request, kDigest, kSize);
}

TEST_CASE("a request without a range wants all, and its fetch begins with all") {
  const WantedBytes wanted = Wanted({});
  CHECK_FALSE(wanted.IsPart());
  CHECK_FALSE(wanted.IsBeyondTheEnd());
  const FetchDemand demand = DemandOf(wanted, kSize);
  CHECK(demand.range == ByteRange{0, kSize});
  CHECK(demand.whole);
  CHECK(demand.asked == Ranges{{0, kSize}});
}

TEST_CASE("a range counts in a GET, and only of the blob that If-Range names") {
  CHECK(Wanted({{"Range", "bytes=0-9"}}).IsPart());
  CHECK(Wanted({{"Range", "bytes=0-9"}, {"If-Range", kEtag}}).IsPart());
  CHECK_FALSE(Wanted({{"Range", "bytes=0-9"}, {"If-Range", "\"sha256:cd\""}}).IsPart());
  CHECK_FALSE(Wanted({{"Range", "bytes=0-9"}}, "HEAD").IsPart());
  CHECK_FALSE(Wanted({{"If-Range", kEtag}}).IsPart());
}

TEST_CASE("a range beyond the end is told from none") {
  const std::string beyond = "bytes=" + std::to_string(kSize) + "-";
  CHECK(Wanted({{"Range", beyond.c_str()}}).IsBeyondTheEnd());
  CHECK_FALSE(Wanted({{"Range", beyond.c_str()}, {"If-Range", "\"other\""}}).IsBeyondTheEnd());
}

TEST_CASE("of what is open-ended a window is fetched first, of what is not, all of the range") {
  const WantedBytes open = Wanted({{"Range", "bytes=100-"}});
  CHECK(open.is_open_ended);
  const FetchDemand window = DemandOf(open, kSize);
  CHECK(window.range == ByteRange{100, 100 + BlobBody::kFirstWindow});
  CHECK_FALSE(window.whole);
  CHECK(window.asked == Ranges{{100, kSize}});

  const WantedBytes closed = Wanted({{"Range", "bytes=100-67108863"}});
  CHECK_FALSE(closed.is_open_ended);
  CHECK(DemandOf(closed, kSize).range == ByteRange{100, kSize});
}

TEST_CASE("a range that is all of the blob is fetched as all of it") {
  CHECK(DemandOf(Wanted({{"Range", "bytes=0-67108863"}}), kSize).whole);
  CHECK_FALSE(DemandOf(Wanted({{"Range", "bytes=0-"}}), kSize).whole);
}

TEST_CASE("of several ranges the first is fetched first, and all are known to be asked for") {
  const WantedBytes wanted = Wanted({{"Range", "bytes=500-599,0-99,200-"}});
  CHECK_FALSE(wanted.is_open_ended);
  const FetchDemand demand = DemandOf(wanted, kSize);
  CHECK(demand.range == ByteRange{500, 600});
  CHECK_FALSE(demand.whole);
  CHECK(demand.asked == Ranges{{500, 600}, {0, 100}, {200, kSize}});
}

}  // namespace
}  // namespace longshore
