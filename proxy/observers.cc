#include "proxy/observers.h"

#include <chrono>

#include "cache/base/log.h"
#include "metrics/names.h"

namespace longshore {
namespace {

namespace names = metrics::names;

std::string_view OrNone(std::string_view upstream) {
  return upstream.empty() ? "none" : upstream;
}

}  // namespace

void RequestObserver::OnRequestDone(const Request& request, const RequestRecord& record) {
  const auto elapsed = std::chrono::steady_clock::now() - record.started;
  const std::string_view upstream = OrNone(record.upstream);
  registry_
      .GetCounter(names::kRequestsTotal,
                  {upstream, record.kind, metrics::StatusClass(record.status), record.verdict})
      .Add();
  registry_.GetHistogram(names::kRequestSeconds, {record.kind, record.verdict})
      .Observe(std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed));
  registry_.GetCounter(names::kClientBytesTotal, {upstream}).Add(record.bytes);
  if (record.cut) registry_.GetCounter(names::kResponsesCutTotal, {upstream, record.kind}).Add();

  if (record.kind == "manifest" && request.method == "GET" && record.status / 100 == 2) {
    ranking_.OnPull(record.upstream, record.repository);
  }

  const log::Level level = record.status >= 500 ? log::Level::kWarn : log::Level::kInfo;
  if (!log::Enabled(level)) return;
  log::Write(level, "access", "request",
             {{"request_id", record.id},
              {"client", record.client},
              {"method", request.method},
              {"kind", record.kind},
              {"upstream", record.upstream},
              {"repository", record.repository},
              {"reference", record.reference},
              {"digest", record.digest},
              {"status", static_cast<int64_t>(record.status)},
              {"bytes", record.bytes},
              {"seconds", std::chrono::duration<double>(elapsed).count()},
              {"verdict", record.verdict},
              {"complete", record.complete}});
}

void RequestObserver::OnAccepted(bool within_limit) {
  registry_.GetCounter(names::kConnectionsTotal, {within_limit ? "accepted" : "refused"}).Add();
}

void RequestObserver::OnRefused(std::string_view client, int status, std::string_view reason) {
  registry_
      .GetCounter(names::kRequestsTotal, {"none", "other", metrics::StatusClass(status), "none"})
      .Add();
  log::Warn("access", "refused",
            {{"client", client}, {"status", static_cast<int64_t>(status)}, {"reason", reason}});
}

void AdminObserver::OnRequestDone(const Request& request, const RequestRecord& record) {
  if (record.status < 500) return;
  log::Warn("admin", "request failed",
            {{"client", record.client},
             {"target", request.target},
             {"status", static_cast<int64_t>(record.status)}});
}

void AdminObserver::OnRefused(std::string_view client, int status, std::string_view reason) {
  log::Warn("admin", "refused",
            {{"client", client}, {"status", static_cast<int64_t>(status)}, {"reason", reason}});
}

void UpstreamObserver::OnAnswer(std::string_view upstream, std::string_view kind,
                                std::string_view method, int status, Duration elapsed) {
  registry_
      .GetCounter(names::kUpstreamRequestsTotal,
                  {upstream, kind, method, metrics::StatusClass(status)})
      .Add();
  registry_.GetHistogram(names::kUpstreamSeconds, {upstream, kind})
      .Observe(std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed));
  if (status != 0) loads_.Get(std::string(upstream)).OnFirstByte(elapsed);
}

void UpstreamObserver::OnFailure(std::string_view upstream, std::string_view reason) {
  registry_.GetCounter(names::kUpstreamFailuresTotal, {upstream, reason}).Add();
}

void UpstreamObserver::OnBytes(std::string_view upstream, uint64_t bytes) {
  registry_.GetCounter(names::kUpstreamBytesTotal, {upstream}).Add(bytes);
}

}  // namespace longshore
