#include "proxy/admin/admin_status.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "cache/store/glob.h"
#include "cache/store/inventory.h"
#include "proxy/admin/admin_why.h"
#include "proxy/page/status_page.h"
#include "proxy/version.h"

namespace longshore {
namespace {

constexpr size_t kShownFills = 20;
constexpr size_t kShownPulled = 10;
constexpr size_t kShownImages = 25;
constexpr size_t kMostPagesSearched = 5;  // of Inventory::kMostScanned tags
constexpr size_t kMostQueryBytes = 300;

std::string NameOf(const RepositoryKey& repository) {
  return repository.upstream + "/" + repository.name;
}

void AddTraffic(const AdminServices& services, StatusView& view) {
  services.history.Sample(view.now);
  for (const TrafficMinute& minute : services.history.Minutes(view.now)) {
    view.minutes.push_back(
        {minute.hits, minute.misses, minute.client_bytes, minute.upstream_bytes});
  }
  for (const PullRanking::Entry& entry : services.ranking.Top(kShownPulled)) {
    view.pulled.push_back({NameOf(entry.repository), entry.pulls});
  }
}

// Why nothing is asked of it; empty if something is.
std::string WhyLeftAlone(const Endpoints& endpoints) {
  if (endpoints.IsOpen()) return "kept failing";
  return endpoints.OpensIn() > Duration{0} ? "asked for patience" : "";
}

void AddUpstreams(const AdminServices& services, StatusView& view) {
  using State = StatusView::Upstream::State;
  auto traffic = services.history.Upstreams(view.now);
  const auto running = services.config.Get();
  for (const auto& [name, config] : running->upstreams) {
    const UpstreamTraffic& seen = traffic[name];
    const Endpoints& endpoints = *services.endpoints.at(name);
    StatusView::Upstream upstream{
        name,          config.url.ToString(),           State::kIdle,          seen.answers,
        seen.failures, services.loads.Get(name).open(), config.max_connections};
    if (const auto left = endpoints.LimitLeft()) {
      upstream.limit_left = static_cast<int>(std::lround(*left * 100));
    }
    if (seen.answers + seen.failures > 0) {
      const bool fails = seen.failures > seen.answers || !endpoints.IsUp();
      upstream.state = fails ? State::kFailing : State::kAnswering;
    }
    if (const std::string why = WhyLeftAlone(endpoints); !why.empty()) {
      upstream.state = State::kLeftAlone;
      view.problems.push_back("Upstream " + name + " " + why +
                              " and is left alone for a while. What is held is served.");
    }
    if (upstream.state == State::kFailing) {
      view.problems.push_back("Upstream " + name + " fails: " + std::to_string(seen.failures) +
                              " of " + std::to_string(seen.failures + seen.answers) +
                              " requests of the last five minutes. What is held is served.");
    }
    view.upstreams.push_back(std::move(upstream));
  }
}

void AddStorage(const AdminServices& services, StatusView& view) {
  const CacheStats& stats = services.cache.stats();
  view.used = stats.used_bytes.load();
  view.capacity = stats.capacity_bytes.load();
  view.evictions = stats.evictions.load();
  if (const std::string wrong = services.cache.Degradation(); !wrong.empty()) {
    view.problems.push_back("Degraded: " + wrong + ". What cannot be stored is streamed through.");
  }
  if (const uint64_t rotten = stats.corrupt_blobs.load(); rotten > 0) {
    view.problems.push_back(std::to_string(rotten) +
                            " stored blobs no longer had their bytes and were set aside: the disk "
                            "may be failing.");
  }
  if (const uint64_t wrong = stats.digest_mismatches.load(); wrong > 0) {
    view.problems.push_back(std::to_string(wrong) +
                            " objects from upstreams did not have their digest: see quarantine/ in "
                            "the cache folder.");
  }
  if (const uint64_t errors = stats.disk_errors.load() + stats.index_errors.load(); errors > 0) {
    view.problems.push_back(std::to_string(errors) +
                            " errors of the disk or the index: the log says which.");
  }
  auto survey = services.cache.inventory().TakeSurvey();
  if (!survey) {
    view.problems.push_back("The index does not answer: " + survey.error().message);
    return;
  }
  view.blobs = survey->blobs;
  const auto convert = [](const std::vector<SurveyedBlob>& blobs) {
    std::vector<StatusView::Blob> shown;
    for (const SurveyedBlob& blob : blobs) {
      shown.push_back({blob.digest.ToString(), blob.repository ? NameOf(*blob.repository) : "",
                       blob.bytes, blob.last_use});
    }
    return shown;
  };
  view.largest = convert(survey->largest);
  view.coldest = convert(survey->coldest);
}

void AddImages(const AdminServices& services, StatusView& view) {
  std::string pattern = view.query.empty() ? "*" : view.query;
  if (!IsGlob(pattern)) pattern = "*" + pattern + "*";
  std::string from;
  for (size_t page = 0; page < kMostPagesSearched; ++page) {
    const size_t room = kShownImages - view.images.size();
    auto found = services.cache.inventory().ListTags({pattern}, from, room);
    if (!found) return;  // AddStorage has said so
    for (const TagRow& row : found->rows) {
      view.images.push_back({ToString(ImageName{row.repository, row.tag}), row.bytes, row.present,
                             row.proven_at, row.pinned});
    }
    from = found->next;
    if (from.empty() || view.images.size() == kShownImages) break;
  }
  view.more_images = !from.empty();
}

// 128 bits: what others wrote into the page cannot guess it.
std::string NewNonce() {
  constexpr char kHex[] = "0123456789abcdef";
  std::random_device random;
  std::string nonce;
  for (int word = 0; word < 4; ++word) {
    for (uint32_t bits = random(), i = 0; i < 8; ++i, bits >>= 4) nonce += kHex[bits & 15];
  }
  return nonce;
}

Response MakeResponse(const StatusView& view) {
  const std::string nonce = NewNonce();
  Response response;
  response.fields.Add("Content-Type", "text/html; charset=utf-8");
  response.fields.Add("Content-Security-Policy", StatusPagePolicy(nonce));
  response.fields.Add("X-Content-Type-Options", "nosniff");
  response.fields.Add("Referrer-Policy", "same-origin");
  response.fields.Add("Cache-Control", "no-store");
  response.body = RenderStatusPage(view, nonce);
  return response;
}

}  // namespace

StatusView MakeStatusView(const AdminServices& services, const std::vector<FillProgress>& fills,
                          const QueryPairs& query) {
  StatusView view;
  view.version = kVersion;
  view.region = services.config.Get()->region;
  view.drained = services.drained.load();
  view.ready = services.ready.load() && !view.drained;
  view.now = services.clock.WallMillis();
  view.connections = services.connections.open.load();
  view.query = FindQuery(query, "q").value_or("").substr(0, kMostQueryBytes);
  view.said = FindQuery(query, "said").value_or("").substr(0, kMostQueryBytes);
  for (const FillProgress& fill : fills) {
    if (view.fills.size() == kShownFills) break;
    view.fills.push_back({NameOf(fill.source), fill.digest.ToString(), fill.size, fill.present});
  }
  AddTraffic(services, view);
  AddUpstreams(services, view);
  AddStorage(services, view);
  AddImages(services, view);
  return view;
}

void RespondStatusPage(const AdminServices& services, const ExchangePtr& exchange,
                       const QueryPairs& query) {
  services.blobs.Gather<FillProgress>(
      services.executor, [](const BlobFetches& fetches) { return fetches.Progress(); },
      [&services, exchange, query](std::vector<FillProgress> fills) {
        services.pool.Post(
            "status page", kAdminLane, [&services, exchange, query, fills = std::move(fills)] {
              exchange->executor().Post([exchange, response = MakeResponse(MakeStatusView(
                                                       services, fills, query))]() mutable {
                exchange->Respond(std::move(response));
              });
            });
      });
}

}  // namespace longshore
