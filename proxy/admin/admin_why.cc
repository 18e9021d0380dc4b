#include "proxy/admin/admin_why.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "proxy/admin/pull_outlook.h"
#include "proxy/oci/manifest.h"
#include "proxy/oci/rfc3339.h"

namespace longshore {
namespace {

using Json = nlohmann::json;

std::string RuleSentence(UpstreamRule rule, const RepositoryKey& repository,
                         const AskedImage& asked) {
  const std::string& upstream = repository.upstream;
  switch (rule) {
    case UpstreamRule::kNamespace:
      return asked.image.registry + " is named (a client sends it as ?ns=), and is upstream " +
             upstream;
    case UpstreamRule::kHost:
      return "the Host header " + asked.host.value_or("") + " is listed in hosts of " + upstream;
    case UpstreamRule::kPath:
      return "the first path component is the upstream " + upstream;
    case UpstreamRule::kDefault:
      return "nothing else names an upstream, and " + upstream + " is default_upstream";
  }
  return upstream;
}

std::string_view Word(UpstreamRule rule) {
  switch (rule) {
    case UpstreamRule::kNamespace:
      return "namespace";
    case UpstreamRule::kHost:
      return "host";
    case UpstreamRule::kPath:
      return "path";
    case UpstreamRule::kDefault:
      return "default";
  }
  return "default";
}

std::string_view Word(ContentState::State state) {
  switch (state) {
    case ContentState::State::kAbsent:
      return "absent";
    case ContentState::State::kPartial:
      return "partial";
    case ContentState::State::kPresent:
      return "present";
  }
  return "absent";
}

Json ContentJson(const ContentState& content) {
  return {{"digest", content.digest.ToString()},
          {"size", content.size},
          {"present", content.present},
          {"stored", content.stored},
          {"state", Word(content.state)},
          {"linked", content.linked},
          {"pinned", content.pinned}};
}

// Builds the answer: facts as it finds them, and the sentences that lead from one to the next.
class Explanation {
 public:
  Explanation(const AdminServices& services, const AskedImage& asked,
              const ResolvedRepository& resolved)
      : services_(services), asked_(asked), resolved_(resolved) {}

  Result<Json> Make() {
    const RepositoryKey& repository = resolved_.repository;
    const ImageName name{repository, asked_.image.reference};
    auto image = services_.cache.inventory().Find(name);
    if (!image) return tl::unexpected(image.error());
    json_ = {{"reference", ToString(name)},  {"upstream", repository.upstream},
             {"rule", Word(resolved_.rule)}, {"repository", repository.name},
             {"pinned", image->pinned},      {"contents", Json::array()},
             {"platforms", Json::array()}};
    Say(RuleSentence(resolved_.rule, repository, asked_));
    const PullOutlook outlook = ForeseePull(services_, name, *image);
    json_["verdict"] = outlook.verdict;
    for (const std::string& sentence : outlook.sentences) Say(sentence);
    if (const auto* tag = std::get_if<std::string>(&name.reference)) {
      AddTag(*tag, *image, outlook);
    }
    AddManifest(*image);
    if (auto added = AddContents(*image); !added) return tl::unexpected(added.error());
    Conclude(*image);
    json_["explanation"] = sentences_;
    return json_;
  }

 private:
  void Say(std::string sentence) { sentences_.push_back(std::move(sentence)); }

  void AddTag(const std::string& tag, const ImageState& image, const PullOutlook& outlook) {
    Json& json = json_["tag"] = {{"name", tag}, {"known", image.tag.has_value()}};
    if (!image.tag) return;
    json["digest"] = image.tag->digest.ToString();
    json["proven_at"] = FormatRfc3339(image.tag->proven_at);
    json["age_seconds"] = (services_.clock.WallMillis() - image.tag->proven_at) / 1000;
    json["ttl_seconds"] = outlook.ttl.count() / 1000;
    json["fresh"] = outlook.is_fresh;
    json["stale_until"] = FormatRfc3339(outlook.stale_until);
  }

  void AddManifest(const ImageState& image) {
    json_["manifest"] = {{"stored", image.manifest != nullptr}, {"linked", image.linked}};
    if (image.digest) json_["manifest"]["digest"] = image.digest->ToString();
    if (image.manifest) {
      json_["manifest"]["media_type"] = image.manifest->media_type;
      json_["manifest"]["bytes"] = image.manifest->bytes.size();
    }
  }

  Status AddContents(const ImageState& image) {
    if (!image.manifest) return {};
    const auto platforms = ReadIndex(image.manifest->bytes);
    if (platforms.empty()) {
      AddContent(image.named);
      return {};
    }
    for (const IndexEntry& entry : platforms) {
      if (asked_.platform && !Matches(*asked_.platform, entry.platform)) continue;
      auto child = services_.cache.inventory().Find({resolved_.repository, entry.digest});
      if (!child) return tl::unexpected(child.error());
      json_["platforms"].push_back({{"platform", entry.platform.ToString()},
                                    {"digest", entry.digest.ToString()},
                                    {"stored", child->manifest != nullptr}});
      if (child->manifest) {
        AddContent(child->named);
        ++platforms_stored_;
      }
    }
    Say("it is an index of " + std::to_string(json_["platforms"].size()) + " platforms, of which " +
        std::to_string(platforms_stored_) +
        " have their manifest here; the others' manifests and contents would be fetched");
    return {};
  }

  void AddContent(const std::vector<ContentState>& named) {
    for (const ContentState& content : named) {
      Json json = ContentJson(content);
      if (std::find(json_["contents"].begin(), json_["contents"].end(), json) !=
          json_["contents"].end()) {
        continue;
      }
      json_["contents"].push_back(std::move(json));
      total_ += content.size;
      present_ += content.present;
      unlinked_ += content.linked ? 0 : 1;
    }
  }

  void Conclude(const ImageState& image) {
    json_["bytes"] = total_;
    json_["bytes_present"] = present_;
    json_["bytes_to_fetch"] = total_ - std::min(total_, present_);
    if (image.manifest && total_ > 0) {
      Say(std::to_string(present_) + " of the " + std::to_string(total_) +
          " bytes of its config and layers are here" +
          (present_ < total_ ? "; the rest is fetched" : ""));
    }
    if (unlinked_ > 0) {
      Say(std::to_string(unlinked_) +
          " of its contents are not in the link ledger of this repository: the upstream is asked "
          "about each before it is served");
    }
    if (present_ < total_ || unlinked_ > 0) SayWhoIsLeftAlone();
    if (image.pinned) Say("it is pinned: never evicted");
  }

  void SayWhoIsLeftAlone() {
    const Endpoints& endpoints = *services_.endpoints.at(resolved_.repository.upstream);
    if (const Duration opens_in = endpoints.OpensIn(); opens_in > Duration{0}) {
      Say("as the upstream is left alone for " + InSeconds(opens_in) +
          ", what it would be asked for is a 503");
    }
    for (const auto& [host, opens_in] : endpoints.targets().AllLeftAlone()) {
      Say("as " + host + ", where the upstream redirects to, kept failing or asked for patience, " +
          (opens_in > Duration{0}
               ? "it is left alone for " + InSeconds(opens_in) + ": what is there is a 503"
               : "one pull at a time tries whether it answers: what is there may be a 503"));
    }
  }

  const AdminServices& services_;
  const AskedImage& asked_;
  const ResolvedRepository& resolved_;
  Json json_;
  std::vector<std::string> sentences_;
  uint64_t total_ = 0;
  uint64_t present_ = 0;
  size_t unlinked_ = 0;
  size_t platforms_stored_ = 0;
};

}  // namespace

std::string ToString(const ImageName& image) {
  const bool by_digest = std::holds_alternative<Digest>(image.reference);
  return image.repository.upstream + "/" + image.repository.name + (by_digest ? "@" : ":") +
         ToString(image.reference);
}

Result<ResolvedRepository> ResolveImage(const UpstreamTable& table, const AskedImage& asked) {
  Route route;
  route.kind = RouteKind::kManifest;
  route.name = asked.image.name;
  if (!asked.image.registry.empty()) route.ns = asked.image.registry;
  auto resolved = table.Explain(route, asked.host);
  if (!resolved) {
    return Fail(resolved.error().code,
                resolved.error().message + ": add it to upstreams in the configuration");
  }
  return resolved;
}

Result<ImageName> ResolveImageName(const UpstreamTable& table, std::string_view ref) {
  auto image = ParseImageReference(ref);
  if (!image) return tl::unexpected(image.error());
  const Reference reference = image->reference;
  auto resolved = ResolveImage(table, {std::move(*image), std::nullopt, std::nullopt});
  if (!resolved) return tl::unexpected(resolved.error());
  return ImageName{std::move(resolved->repository), reference};
}

AdminAnswer ExplainPull(const AdminServices& services, const AskedImage& asked) {
  const auto resolved = ResolveImage(services.table, asked);
  if (!resolved) return AdminError(resolved.error());
  auto json = Explanation(services, asked, *resolved).Make();
  if (!json) return AdminError(json.error());
  return {200, json->dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace longshore
