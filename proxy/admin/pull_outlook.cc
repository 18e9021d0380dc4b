#include "proxy/admin/pull_outlook.h"

#include <cmath>
#include <optional>

#include "proxy/fetch/manifest_plan.h"
#include "proxy/fetch/tag_ttl.h"
#include "proxy/oci/rfc3339.h"

namespace longshore {
namespace {

class Foresight {
 public:
  Foresight(const AdminServices& services, const RepositoryKey& repository, const ImageState& image)
      : repository_(repository),
        known_{image.tag, image.manifest, image.linked},
        endpoints_(*services.endpoints.at(repository.upstream)),
        config_(services.config.Get()),
        now_(services.clock.WallMillis()) {}

  PullOutlook ByTag(const std::string& tag) {
    const Freshness freshness{config_->tag_ttl, config_->stale_if_error};
    const auto left = endpoints_.LimitLeft();
    outlook_.ttl = StretchedTtl(freshness.tag_ttl, left);
    if (known_.tag) {
      outlook_.is_fresh = IsFresh(*known_.tag, outlook_.ttl, now_);
      outlook_.stale_until = StaleUntil(*known_.tag, freshness);
      SayHowOld(left);
    } else {
      Say("the tag " + tag + " is not known here");
    }
    SayWhatIsMissing(known_.tag ? std::optional(known_.tag->digest) : std::nullopt);
    const bool may_be_stale = MayServeStale(known_, freshness, now_);
    Ask(PlanPullByTag(repository_, tag, known_, outlook_.is_fresh), may_be_stale);
    return std::move(outlook_);
  }

  PullOutlook ByDigest(const Digest& digest) {
    Say(known_.linked
            ? "the link ledger knows that this repository holds it"
            : "the link ledger does not know that this repository holds it, so having the "
              "bytes would not be enough");
    SayWhatIsMissing(digest);
    Ask(PlanPullByDigest(repository_, digest, known_), false);
    return std::move(outlook_);
  }

 private:
  void Say(std::string sentence) { outlook_.sentences.push_back(std::move(sentence)); }

  void SayHowOld(std::optional<double> limit_left) {
    std::string believed = "tag_ttl (" + InSeconds(config_->tag_ttl);
    if (outlook_.ttl > config_->tag_ttl) {
      believed += ", made " + InSeconds(outlook_.ttl) + " as " +
                  std::to_string(std::lround(limit_left.value_or(1) * 100)) +
                  " % of the upstream's rate limit are left";
    }
    Say("the tag was proven " + InSeconds(Duration(now_ - known_.tag->proven_at)) + " ago, " +
        (outlook_.is_fresh ? "less than " : "more than ") + believed + ")");
  }

  void SayWhatIsMissing(const std::optional<Digest>& digest) {
    if (digest && !known_.manifest) Say("the manifest " + digest->ToString() + " is not stored");
  }

  void Ask(const std::optional<ManifestRequest>& ask, bool may_be_stale) {
    if (!ask) {
      outlook_.verdict = "hit";
      Say("what is held is served: the upstream is not asked");
      return;
    }
    const bool by_tag = std::holds_alternative<std::string>(ask->reference);
    if (endpoints_.not_found().Holds(endpoints_.NotFoundKey(ManifestFetches::FirstAsk(*ask)))) {
      outlook_.verdict = "not_found";
      Say("the upstream answered 404 for it less than not_found_ttl (" +
          InSeconds(config_->not_found_ttl) + ") ago: the pull is a 404, and it is not asked");
      return;
    }
    const std::string until =
        "what is held is served as stale until " + FormatRfc3339(outlook_.stale_until);
    if (const Duration opens_in = endpoints_.OpensIn(); opens_in > Duration{0}) {
      outlook_.verdict = may_be_stale ? "stale" : "unavailable";
      Say("the upstream is left alone for " + InSeconds(opens_in) +
          ", as it kept failing or asked for patience: " +
          (may_be_stale ? until : "the pull is a 503"));
      return;
    }
    outlook_.verdict = ask->known ? "revalidated" : "miss";
    const std::string asked = ask->known
                                  ? std::string("the upstream is asked by HEAD whether it ") +
                                        (by_tag ? "moved" : "has it")
                                  : std::string("the upstream is asked for it by GET");
    Say(asked + (may_be_stale ? "; if it fails, " + until : ""));
  }

  const RepositoryKey& repository_;
  const ManifestLookup known_;
  Endpoints& endpoints_;
  const std::shared_ptr<const Config> config_;
  const int64_t now_;
  PullOutlook outlook_;
};

}  // namespace

PullOutlook ForeseePull(const AdminServices& services, const ImageName& name,
                        const ImageState& image) {
  Foresight foresight(services, name.repository, image);
  if (const auto* tag = std::get_if<std::string>(&name.reference)) return foresight.ByTag(*tag);
  return foresight.ByDigest(std::get<Digest>(name.reference));
}

std::string InSeconds(Duration time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace longshore
