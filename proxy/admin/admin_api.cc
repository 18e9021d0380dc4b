#include "proxy/admin/admin_api.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "cache/base/log.h"
#include "cache/store/inventory.h"
#include "proxy/admin/admin_answer.h"
#include "proxy/admin/admin_purge.h"
#include "proxy/admin/admin_query.h"
#include "proxy/admin/admin_reload.h"
#include "proxy/admin/admin_verify.h"
#include "proxy/admin/admin_warm.h"
#include "proxy/admin/admin_why.h"
#include "proxy/oci/rfc3339.h"
#include "proxy/version.h"

namespace longshore {
namespace {

using Json = nlohmann::json;

AdminAnswer Answer(const Json& json) {
  return {200, json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Json RowJson(const TagRow& row) {
  return {{"reference", ToString(ImageName{row.repository, row.tag})},
          {"upstream", row.repository.upstream},
          {"repository", row.repository.name},
          {"tag", row.tag},
          {"digest", row.digest.ToString()},
          {"proven_at", FormatRfc3339(row.proven_at)},
          {"stored", row.stored},
          {"bytes", row.bytes},
          {"bytes_present", row.present},
          {"pinned", row.pinned}};
}

Json FillJson(const FillProgress& fill) {
  return {{"upstream", fill.source.upstream}, {"repository", fill.source.name},
          {"digest", fill.digest.ToString()}, {"size", fill.size},
          {"present", fill.present},          {"received", fill.received}};
}

Json MinuteJson(const TrafficMinute& minute) {
  return {{"time", FormatRfc3339(minute.minute * 60'000)},
          {"hits", minute.hits},
          {"misses", minute.misses},
          {"errors", minute.errors},
          {"client_bytes", minute.client_bytes},
          {"upstream_bytes", minute.upstream_bytes}};
}

}  // namespace

const AdminApi::Endpoint* AdminApi::Find(std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  for (const Endpoint& endpoint : Endpoints()) {
    if (endpoint.path == path && endpoint.method == method) return &endpoint;
  }
  return nullptr;
}

void AdminApi::Handle(const ExchangePtr& exchange, std::string_view path, const QueryPairs& query) {
  const std::string& method = exchange->request().method;
  const Endpoint* endpoint = Find(method, path);
  if (endpoint == nullptr) {
    const char* other = method == "POST" ? "GET" : "POST";
    Respond(*exchange, Find(other, path) != nullptr
                           ? AdminError(405, "unsupported", std::string("use ") + other)
                           : AdminError(404, "not_found",
                                        "no such endpoint: /api/v1/openapi.json describes all"));
    return;
  }
  if (auto fits = CheckQuery(*endpoint, query); !fits) {
    Respond(*exchange, AdminError(fits.error()));
    return;
  }
  (this->*endpoint->handle)(exchange, query);
}

void AdminApi::Why(const ExchangePtr& exchange, const QueryPairs& query) {
  auto image = ParseImageReference(Param(query, "ref"));
  if (!image) {
    Respond(*exchange, AdminError(image.error()));
    return;
  }
  AskedImage asked{std::move(*image), FindQuery(query, "host"), std::nullopt};
  if (const std::string text = Param(query, "platform"); !text.empty() && text != "all") {
    auto platform = ParsePlatform(text);
    if (!platform) {
      Respond(*exchange, AdminError(platform.error()));
      return;
    }
    asked.platform = *platform;
  }
  RespondFromPool(services_.pool, exchange,
                  [this, asked = std::move(asked)] { return ExplainPull(services_, asked); });
}

void AdminApi::Stats(const ExchangePtr& exchange, const QueryPairs&) {
  RespondFromPool(services_.pool, exchange, [this] {
    const int64_t now = services_.clock.WallMillis();
    services_.history.Sample(now);
    const CacheStats& stats = services_.cache.stats();
    Json hour = Json::array();
    uint64_t hits = 0;
    uint64_t misses = 0;
    for (const TrafficMinute& minute : services_.history.Minutes(now)) {
      hits += minute.hits;
      misses += minute.misses;
      hour.push_back(MinuteJson(minute));
    }
    const uint64_t asked = hits + misses;
    Json json = {{"version", kVersion},
                 {"region", services_.config.Get()->region},
                 {"ready", services_.ready.load() && !services_.drained.load()},
                 {"connections", services_.connections.open.load()},
                 {"requests", services_.connections.Requests()},
                 {"storage",
                  {{"used_bytes", stats.used_bytes.load()},
                   {"capacity_bytes", stats.capacity_bytes.load()},
                   {"evictions", stats.evictions.load()},
                   {"evicted_bytes", stats.evicted_bytes.load()},
                   {"digest_mismatches", stats.digest_mismatches.load()},
                   {"compression_saved_bytes", stats.compression_saved_bytes.load()}}},
                 {"last_hour", {{"hits", hits}, {"misses", misses}, {"minutes", hour}}}};
    json["last_hour"]["hit_ratio"] =
        asked == 0 ? Json() : Json(static_cast<double>(hits) / static_cast<double>(asked));
    return Answer(json);
  });
}

void AdminApi::List(const ExchangePtr& exchange, const QueryPairs& query) {
  TagQuery tags;
  tags.only_pinned = IsTrue(query, "pinned");
  if (auto pattern = Param(query, "pattern"); !pattern.empty()) tags.pattern = std::move(pattern);
  const auto limit =
      static_cast<size_t>(ParseCount(Param(query, "limit"), 1, kMostRows).value_or(100));
  RespondFromPool(services_.pool, exchange, [this, tags, from = Param(query, "from"), limit] {
    auto page = services_.cache.inventory().ListTags(tags, from, limit);
    if (!page) return AdminError(page.error());
    Json json = {{"images", Json::array()}, {"next", page->next}};
    for (const TagRow& row : page->rows) json["images"].push_back(RowJson(row));
    return Answer(json);
  });
}

void AdminApi::Pins(const ExchangePtr& exchange, const QueryPairs&) {
  RespondFromPool(services_.pool, exchange, [this] {
    auto pins = services_.cache.inventory().ListPins();
    if (!pins) return AdminError(pins.error());
    Json json = {{"pins", Json::array()}};
    for (const PinnedImage& pin : *pins) {
      json["pins"].push_back(
          {{"reference", ToString(pin.image)}, {"pinned_at", FormatRfc3339(pin.pinned_at)}});
    }
    return Answer(json);
  });
}

void AdminApi::Fills(const ExchangePtr& exchange, const QueryPairs&) {
  services_.blobs.Gather<FillProgress>(
      services_.executor, [](const BlobFetches& fetches) { return fetches.Progress(); },
      [exchange](const std::vector<FillProgress>& fills) {
        Json json = {{"fills", Json::array()}};
        for (const FillProgress& fill : fills) json["fills"].push_back(FillJson(fill));
        Respond(*exchange, Answer(json));
      });
}

void AdminApi::Tasks(const ExchangePtr& exchange, const QueryPairs& query) {
  const auto text = FindQuery(query, "id");
  if (!text) {
    Respond(*exchange, {200, TaskListJson(tasks_.All())});
    return;
  }
  const auto id = ParseCount(*text, 1, kMostTaskId);
  const AdminTaskPtr task = id ? tasks_.Find(static_cast<uint64_t>(*id)) : nullptr;
  if (!task) {
    Respond(*exchange, AdminError({Code::kNotFound, "there is no task " + *text +
                                                        ": it is forgotten, or was never"}));
    return;
  }
  services_.blobs.Gather<FillProgress>(
      services_.executor, [](const BlobFetches& fetches) { return fetches.Progress(); },
      [exchange, task](const std::vector<FillProgress>& fills) {
        Respond(*exchange, {200, TaskJson(*task, fills)});
      });
}

void AdminApi::Describe(const ExchangePtr& exchange, const QueryPairs&) {
  Respond(*exchange, {200, DescribeAdminApi()});
}

void AdminApi::Purge(const ExchangePtr& exchange, const QueryPairs& query) {
  const std::string ref = Param(query, "ref");
  const std::string pattern = Param(query, "pattern");
  const PurgeOptions options{IsTrue(query, "force"), IsTrue(query, "dry_run")};
  if (ref.empty() == pattern.empty()) {
    Respond(*exchange, AdminError({Code::kInvalid, "give either ref or pattern"}));
    return;
  }
  RespondFromPool(services_.pool, exchange, [this, ref, pattern, options] {
    if (ref.empty()) return PurgePattern(services_, pattern, options);
    return PurgeRef(services_, ref, options);
  });
}

void AdminApi::Pin(const ExchangePtr& exchange, const QueryPairs& query) {
  RespondFromPool(services_.pool, exchange, [this, ref = Param(query, "ref")] {
    auto image = ResolveImageName(services_.table, ref);
    if (!image) return AdminError(image.error());
    if (auto pinned = services_.cache.inventory().Pin(*image); !pinned) {
      return AdminError(pinned.error());
    }
    const std::string message = ToString(*image) + " is pinned: what of it is here stays";
    log::Info("pin", message);
    return Answer({{"reference", ToString(*image)}, {"message", message}});
  });
}

void AdminApi::Unpin(const ExchangePtr& exchange, const QueryPairs& query) {
  RespondFromPool(services_.pool, exchange, [this, ref = Param(query, "ref")] {
    auto image = ResolveImageName(services_.table, ref);
    if (!image) return AdminError(image.error());
    if (auto lifted = services_.cache.inventory().Unpin(*image); !lifted) {
      return AdminError({lifted.error().code, ToString(*image) + ": " + lifted.error().message});
    }
    const std::string message = ToString(*image) + " is no longer pinned";
    log::Info("pin", message);
    return Answer({{"reference", ToString(*image)}, {"message", message}});
  });
}

void AdminApi::Warm(const ExchangePtr& exchange, const QueryPairs& query) {
  const auto refuse = [&exchange](const Error& error) { Respond(*exchange, AdminError(error)); };
  auto image = ResolveImageName(services_.table, Param(query, "ref"));
  if (!image) return refuse(image.error());
  WarmOrder order{image->repository, image->reference, HostPlatform()};
  const std::string text = Param(query, "platform");
  if (text == "all") {
    order.platform.reset();
  } else if (!text.empty()) {
    auto platform = ParsePlatform(text);
    if (!platform) return refuse(platform.error());
    order.platform = *platform;
  }
  auto task = tasks_.Start("warm", ToString(*image));
  if (!task) return refuse(task.error());
  std::make_shared<AdminWarm>(services_, std::move(order), *task)->Start();
  Respond(*exchange, {200, TaskJson(**task, {})});
}

void AdminApi::Verify(const ExchangePtr& exchange, const QueryPairs& query) {
  std::optional<Digest> only;
  if (const auto text = FindQuery(query, "digest")) {
    auto digest = Digest::Parse(*text);
    if (!digest) {
      Respond(*exchange, AdminError({Code::kInvalid, "digest: write it like sha256:<64 hex>"}));
      return;
    }
    only = *digest;
  }
  auto task = tasks_.Start("verify", only ? only->ToString() : "all blobs");
  if (!task) {
    Respond(*exchange, AdminError(task.error()));
    return;
  }
  std::make_shared<AdminVerify>(services_, only, *task)->Start();
  Respond(*exchange, {200, TaskJson(**task, {})});
}

void AdminApi::Drain(const ExchangePtr& exchange, const QueryPairs& query) {
  const bool drained = !IsTrue(query, "undo");
  services_.drained = drained;
  const std::string message =
      drained ? "not ready: load balancers send no more. Stop the process when `requests`, those "
                "being answered, are few"
              : "ready again";
  log::Info("drain", message);
  Respond(*exchange, Answer({{"ready", services_.ready.load() && !drained},
                             {"connections", services_.connections.open.load()},
                             {"requests", services_.connections.Requests()},
                             {"message", message}}));
}

void AdminApi::Reload(const ExchangePtr& exchange, const QueryPairs&) {
  services_.reloads.Ask([exchange](const ReloadReport& report) {
    exchange->executor().Post(
        [exchange, answer = ReloadAnswer(report)] { Respond(*exchange, answer); });
  });
}

}  // namespace longshore
