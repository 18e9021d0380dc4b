#include "proxy/blob_confirm.h"

#include <charconv>
#include <utility>

#include "proxy/blob_path.h"

namespace longshore {
namespace {

std::optional<uint64_t> LengthOf(const TransferHead& head) {
  const auto text = head.fields.Get("Content-Length");
  if (!text) return std::nullopt;
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), size);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return size;
}

}  // namespace

std::string BlobConfirms::Key(const RepositoryKey& repository, const Digest& digest) {
  return repository.upstream + '\n' + repository.name + '\n' + digest.ToString();
}

void BlobConfirms::Confirm(const RepositoryKey& repository, const Digest& digest,
                           Executor& executor, Callback done) {
  const std::string key = Key(repository, digest);
  if (!flights_.Join(key, executor, std::move(done))) return;
  UpstreamRequest request = BlobRequest(repository, digest);
  request.method = "HEAD";
  calls_.Start(upstreams_.Get(repository.upstream), std::move(request), 0,
               [this, key, repository, digest](const Result<CollectedResponse>& answer) {
                 OnHead(key, repository, digest, answer);
               });
}

void BlobConfirms::OnHead(const std::string& key, const RepositoryKey& repository,
                          const Digest& digest, const Result<CollectedResponse>& answer) {
  if (!answer) {
    flights_.Complete(key, tl::unexpected(answer.error()));
    return;
  }
  const auto size = LengthOf(answer->head);
  if (!size) {
    flights_.Complete(
        key, Fail(Code::kBadUpstream, "upstream " + repository.upstream +
                                          " gives no length for blob " + digest.ToString()));
    return;
  }
  cache_.ConfirmLink(repository, digest, *size);
  flights_.Complete(key, *size);
}

}  // namespace longshore
