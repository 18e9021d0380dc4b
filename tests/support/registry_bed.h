#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/upstream/registry.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transfers.h"
#include "tests/support/manual_executor.h"

namespace longshore {

class RecordingMetrics final : public UpstreamMetrics {
 public:
  void OnAnswer(std::string_view, std::string_view, std::string_view, int status,
                Duration) override {
    statuses.push_back(status);
  }
  void OnFailure(std::string_view, std::string_view reason) override {
    failures.emplace_back(reason);
  }
  void OnBytes(std::string_view, uint64_t count) override { bytes += count; }
  std::vector<int> statuses;
  std::vector<std::string> failures;
  uint64_t bytes = 0;
};

class RecordingObserver final : public TransferObserver {
 public:
  void OnHead(const TransferHead& seen) override { head = seen; }
  void OnBody(std::string_view data) override { body += data; }
  void OnDone(const TransferEnd& seen) override { end = seen; }
  void Reset() {
    head.reset();
    body.clear();
    end.reset();
  }
  std::optional<TransferHead> head;
  std::string body;
  std::optional<TransferEnd> end;
};

// One Registry over a FakeTransfers, with an observer for one call at a time. One thread.
struct RegistryBed {
  explicit RegistryBed(
      Credentials credentials = {"hub", "https://registry.example", "", "", "", {}})
      : RegistryBed(std::vector<Credentials>{std::move(credentials)}) {}
  explicit RegistryBed(const std::vector<Credentials>& urls, EndpointPolicy policy = {})
      : endpoints(urls, policy, clock), registry(executor, transfers, endpoints, clock, metrics) {}

  // Asks for one blob; what the call before came to is forgotten.
  void Start(std::string method = "GET") {
    observer.Reset();
    UpstreamRequest request;
    request.method = std::move(method);
    request.path = "/v2/a/b/blobs/sha256:0";
    request.repository = "a/b";
    request.kind = "blob";
    transfer = registry.Start(std::move(request), observer);
  }
  std::optional<std::string> Authorization() {
    const auto value = transfers.last().request.fields.Get("Authorization");
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }
  void Advance(Duration by) {
    clock.Advance(by);
    executor.RunAll();
  }
  void AnswerToken(const std::string& body) {
    transfers.Answer(200, {{"Content-Type", "application/json"}}, body);
    executor.RunAll();
  }

  FakeClock clock;
  ManualExecutor executor{clock};
  Endpoints endpoints;
  FakeTransfers transfers;
  RecordingMetrics metrics;
  Registry registry;
  RecordingObserver observer;
  TransferPtr transfer;
};

}  // namespace longshore
