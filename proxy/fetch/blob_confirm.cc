#include "proxy/fetch/blob_confirm.h"

#include <charconv>
#include <utility>

#include "proxy/fetch/blob_path.h"

namespace longshore {
namespace {

std::optional<uint64_t> ContentLength(const TransferHead& head) {
  const auto text = head.fields.Get("Content-Length");
  if (!text) return std::nullopt;
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), size);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return size;
}

}  // namespace

Result<uint64_t> BlobConfirms::LengthOf(const Call& call, const TransferHead& head) {
  const auto size = ContentLength(head);
  // An empty body could not be held back until it is proven.
  if (size && (*size > 0 || Digest::Of("", call.digest.algorithm()) == call.digest)) return *size;
  return Fail(Code::kBadUpstream, "upstream " + call.repository.upstream +
                                      " gives no length for blob " + call.digest.ToString());
}

void BlobConfirms::Confirm(const std::string& client, const RepositoryKey& repository,
                           const Digest& digest, Ask ask, Executor& executor, Callback done) {
  const std::optional<uint64_t> size_under_way = fetches_.SizeUnderWay(repository, digest);
  if (size_under_way) {
    executor.Post([done = std::move(done), size = *size_under_way]() mutable {
      done({size, true});
    });
    return;
  }
  const Call call{repository.upstream + '\n' + repository.name + '\n' + digest.ToString(), client,
                  repository, digest};
  if (!flights_.Join(call.key, executor, std::move(done))) return;
  if (ask == Ask::kWhole && TryOpen(call)) return;
  AskHead(call);
}

void BlobConfirms::AskHead(const Call& call) {
  UpstreamRequest request = BlobRequest(call.repository, call.digest);
  request.method = "HEAD";
  calls_.Start(context_.upstreams.Get(call.repository.upstream), std::move(request), 0,
               [this, call](const Result<CollectedResponse>& answer) { OnHead(call, answer); });
}

void BlobConfirms::OnHead(const Call& call, const Result<CollectedResponse>& answer) {
  if (answer) {
    const auto size = LengthOf(call, answer->head);
    Finish(call, size, size.value_or(0));
  } else {
    Finish(call, tl::unexpected(answer.error()), 0);
  }
}

bool BlobConfirms::TryOpen(const Call& call) {
  if (fetches_.IsUnderWay(call.digest)) return false;
  auto slot = context_.loads.Get(call.repository.upstream).TryAcquire();
  if (!slot) return false;
  auto& opening = opening_[call.key];
  opening = std::make_unique<OpenedTransfer>(context_.executor, std::move(*slot));
  opening->Open(context_.upstreams.Get(call.repository.upstream),
                BlobRequest(call.repository, call.digest),
                [this, call](const Status& status) { OnOpened(call, status); });
  return true;
}

void BlobConfirms::OnOpened(const Call& call, const Status& status) {
  std::unique_ptr<OpenedTransfer> opened = std::move(opening_.extract(call.key).mapped());
  Result<uint64_t> size =
      status ? LengthOf(call, opened->head()) : Result<uint64_t>(tl::unexpected(status.error()));
  if (size && !fetches_.IsUnderWay(call.digest)) {
    fetches_.Adopt(call.client, call.repository, {call.digest, *size, false}, std::move(opened));
  } else {
    // It is the transfer that calls us.
    context_.executor.Post([keep = std::move(opened)] {});
  }
  // The body has to prove this length yet, and one that was cut short must not be believed later.
  Finish(call, std::move(size), 0);
}

void BlobConfirms::Finish(const Call& call, Result<uint64_t> size, uint64_t to_record) {
  if (size) context_.cache.ConfirmLink(call.repository, call.digest, to_record);
  flights_.Complete(call.key, size);
}

}  // namespace longshore
