#include "proxy/fetch/manifest_fetch.h"

#include <memory>
#include <utility>
#include <variant>

#include "cache/base/log.h"
#include "proxy/oci/manifest.h"
#include "proxy/oci/percent.h"

namespace longshore {
namespace {

const std::string* TagOf(const Reference& reference) {
  return std::get_if<std::string>(&reference);
}

std::vector<NamedContent> Named(const ManifestFacts& facts) {
  std::vector<NamedContent> named;
  named.reserve(facts.named.size());
  for (const Descriptor& descriptor : facts.named)
    named.push_back({descriptor.digest, descriptor.size, descriptor.compressible});
  return named;
}

std::optional<Digest> DigestHeader(const TransferHead& head) {
  const auto text = head.fields.Get("Docker-Content-Digest");
  if (!text) return std::nullopt;
  const auto digest = Digest::Parse(*text);
  if (!digest) return std::nullopt;
  return *digest;
}

// What the bytes must hash to: what was asked for, else what the upstream says, else they speak for
// themselves.
std::optional<Digest> Expected(const Reference& what, const TransferHead& head) {
  if (const auto* digest = std::get_if<Digest>(&what)) return *digest;
  return DigestHeader(head);
}

// A manifest that is what it should be, and what it names.
struct Verified {
  ManifestPtr manifest;
  std::vector<NamedContent> named;
};

// Hashing and parsing 4 MiB take tens of milliseconds: for a pool.
Result<Verified> Verify(const Reference& what, const std::string& upstream,
                        CollectedResponse answer) {
  const auto expected = Expected(what, answer.head);
  auto manifest = std::make_shared<Manifest>();
  manifest->digest =
      Digest::Of(answer.body, expected ? expected->algorithm() : DigestAlgorithm::kSha256);
  if (expected && manifest->digest != *expected) {
    return Fail(Code::kCorrupt, "upstream " + upstream + " sent a manifest that is " +
                                    manifest->digest.ToString() + " where " + expected->ToString() +
                                    " was expected");
  }
  auto facts = ParseManifest(answer.body, answer.head.fields.Get("Content-Type").value_or(""));
  if (!facts) return tl::unexpected(facts.error());
  manifest->media_type = facts->media_type;
  manifest->bytes = std::move(answer.body);
  return Verified{std::move(manifest), Named(*facts)};
}

}  // namespace

std::string ManifestFetches::Key(const ManifestRequest& request) {
  return request.repository.upstream + '\n' + request.repository.name + '\n' +
         ToString(request.reference);
}

void ManifestFetches::Fetch(ManifestRequest request, Executor& executor, Callback done) {
  const std::string key = Key(request);
  if (!flights_.Join(key, executor, std::move(done))) return;
  if (request.known) {
    Head(key, std::move(request));
  } else {
    const Reference what = request.reference;
    Get(key, std::move(request), what);
  }
}

UpstreamRequest ManifestFetches::MakeRequest(const ManifestRequest& request, const Reference& what,
                                             std::string method) {
  UpstreamRequest upstream;
  upstream.method = std::move(method);
  upstream.path =
      "/v2/" + PercentEncodePath(request.repository.name) + "/manifests/" + ToString(what);
  upstream.repository = request.repository.name;
  upstream.kind = "manifest";
  upstream.fields.Add("Accept", std::string(kManifestAccept));
  return upstream;
}

UpstreamRequest ManifestFetches::FirstAsk(const ManifestRequest& request) {
  return MakeRequest(request, request.reference, request.known ? "HEAD" : "GET");
}

void ManifestFetches::Refused(const std::string& key, const ManifestRequest& request,
                              const Error& error) {
  const std::string* tag = TagOf(request.reference);
  if (tag != nullptr && error.code == Code::kNotFound) cache_.ForgetTag(request.repository, *tag);
  flights_.Complete(key, tl::unexpected(error));
}

void ManifestFetches::Head(const std::string& key, ManifestRequest request) {
  Upstream& upstream = upstreams_.Get(request.repository.upstream);
  auto ask = FirstAsk(request);
  calls_.Start(
      upstream, std::move(ask), 0,
      [this, key, request = std::move(request)](const Result<CollectedResponse>& answer) mutable {
        OnHead(key, std::move(request), answer);
      });
}

void ManifestFetches::OnHead(const std::string& key, ManifestRequest request,
                             const Result<CollectedResponse>& answer) {
  if (!answer) {
    Refused(key, request, answer.error());
    return;
  }
  const std::string* tag = TagOf(request.reference);
  const Digest known = *request.known;
  // By digest, an answer is the confirmation; by tag, the digest must be said.
  const auto said = tag == nullptr ? std::optional(known) : DigestHeader(answer->head);
  if (said == known) {
    if (tag != nullptr) cache_.TouchTag(request.repository, *tag, known);
    cache_.ConfirmLink(request.repository, known, 0);
    flights_.Complete(key, FetchedManifest{known, nullptr});
    return;
  }
  // Without a digest header the tag itself must be fetched: its bytes say what it is.
  const Reference what = said ? Reference(*said) : request.reference;
  Get(key, std::move(request), what);
}

void ManifestFetches::Get(const std::string& key, ManifestRequest request, const Reference& what) {
  Upstream& upstream = upstreams_.Get(request.repository.upstream);
  auto ask = MakeRequest(request, what, "GET");
  ask.may_be_encoded = true;
  calls_.Start(
      upstream, std::move(ask), kMaxManifestBytes,
      [this, key, request = std::move(request), what](Result<CollectedResponse> answer) mutable {
        OnGet(key, std::move(request), what, std::move(answer));
      });
}

void ManifestFetches::OnGet(const std::string& key, ManifestRequest request, const Reference& what,
                            Result<CollectedResponse> answer) {
  if (!answer) {
    Refused(key, request, answer.error());
    return;
  }
  pool_.Post("verify manifest", ThreadPool::kNoOrder,
             [this, &executor = executor_, key, request = std::move(request), what,
              answer = std::move(*answer)]() mutable {
               // This may have gone by now, at a stop; the executor has not.
               auto verified = Verify(what, request.repository.upstream, std::move(answer));
               executor.Post([this, key, request = std::move(request),
                              verified = std::move(verified)]() mutable {
                 if (!verified) {
                   if (verified.error().code == Code::kCorrupt) {
                     log::Error("manifest", "wrong bytes", {{"reason", verified.error().message}});
                     cache_.CountWrongManifest();
                   }
                   flights_.Complete(key, tl::unexpected(verified.error()));
                   return;
                 }
                 Store(key, request, verified->manifest, std::move(verified->named));
               });
             });
}

void ManifestFetches::Store(const std::string& key, const ManifestRequest& request,
                            ManifestPtr manifest, std::vector<NamedContent> named) {
  const std::string* tag = TagOf(request.reference);
  const FetchedManifest fetched{manifest->digest, manifest};
  cache_.StoreManifest(
      request.repository, tag != nullptr ? std::optional(*tag) : std::nullopt, manifest,
      std::move(named), executor_, [this, key, fetched](const Status& stored) {
        // Not being able to keep it is no reason not to serve it.
        // Of a disk in trouble the cache tells by itself, once.
        const bool is_told =
            !stored && (stored.error().code == Code::kNoSpace || stored.error().code == Code::kIo);
        if (!stored && !is_told) {
          log::Warn("manifest", "not stored",
                    {{"digest", fetched.digest.ToString()}, {"reason", stored.error().message}});
        }
        flights_.Complete(key, fetched);
      });
}

}  // namespace longshore
