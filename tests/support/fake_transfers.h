#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/upstream/transfer.h"

namespace longshore {

// A TransferClient that records what is asked and answers when and as the test says. One thread.
class FakeTransfers final : public TransferClient {
 public:
  struct Call {
    TransferRequest request;
    TransferObserver* observer = nullptr;  // null once the transfer is gone or done
    bool paused = false;
    uint64_t wire_bytes = 0;
  };

  // As the real one does: what is in flight ends.
  ~FakeTransfers() override {
    for (const auto& call : calls) Finish(*call, {Fail(Code::kCancelled, "stopping"), "cancelled"});
  }

  TransferPtr Start(TransferRequest request, TransferObserver& observer) override {
    auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->observer = &observer;
    calls.push_back(call);
    return std::make_unique<Handle>(call);
  }

  Call& last() { return *calls.back(); }
  size_t Live() const {
    return static_cast<size_t>(std::count_if(
        calls.begin(), calls.end(), [](const auto& call) { return call->observer != nullptr; }));
  }

  // Ends the last call with a whole answer.
  void Answer(int status, const std::vector<Fields::Entry>& fields, const std::string& body = "",
              std::optional<uint64_t> wire_bytes = std::nullopt) {
    const auto call = calls.back();
    TransferHead head;
    head.status = status;
    for (const auto& [name, value] : fields) head.fields.Add(name, value);
    if (call->observer != nullptr) call->observer->OnHead(head);
    call->wire_bytes = wire_bytes.value_or(body.size());
    if (call->observer != nullptr && !body.empty()) call->observer->OnBody(body);
    Finish(*call, {{}, ""});
  }
  void Break(Code code, std::string_view reason) {
    const auto call = calls.back();
    Finish(*call, {Fail(code, "it broke"), reason});
  }

  std::vector<std::shared_ptr<Call>> calls;

 private:
  static void Finish(Call& call, const TransferEnd& end) {
    TransferObserver* observer = std::exchange(call.observer, nullptr);
    if (observer != nullptr) observer->OnDone(end);
  }

  class Handle final : public Transfer {
   public:
    explicit Handle(std::shared_ptr<Call> call) : call_(std::move(call)) {}
    ~Handle() override { call_->observer = nullptr; }
    void Pause() override { call_->paused = true; }
    void Resume() override { call_->paused = false; }
    uint64_t WireBytes() const override { return call_->wire_bytes; }

   private:
    std::shared_ptr<Call> call_;
  };
};

}  // namespace longshore
