#include "proxy/admin/admin_warm.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"
#include "proxy/oci/manifest.h"

namespace longshore {

void AdminWarm::Start() {
  Fetch(order_.reference);
}

void AdminWarm::Fetch(const Reference& reference) {
  const auto done = [self = shared_from_this(), reference](Result<ManifestLookup> known) {
    self->OnLookup(reference, known.value_or(ManifestLookup{}));
  };
  if (const auto* digest = std::get_if<Digest>(&reference)) {
    services_.cache.LookupManifest(order_.repository, *digest, services_.executor, done);
  } else {
    services_.cache.LookupTag(order_.repository, std::get<std::string>(reference),
                              services_.executor, done);
  }
}

void AdminWarm::OnLookup(const Reference& reference, const ManifestLookup& known) {
  // What a digest names never changes: if the repository is known to hold it, there is no question.
  if (std::holds_alternative<Digest>(reference) && known.manifest && known.linked) {
    OnManifest(known.manifest);
    return;
  }
  ManifestRequest ask{order_.repository, reference, std::nullopt};
  if (known.manifest) ask.known = known.manifest->digest;
  const std::string key = ManifestFetches::Key(ask);
  services_.manifests.At(
      key, [self = shared_from_this(), known, ask = std::move(ask)](ManifestFetches& fetches) {
        fetches.Fetch(ask, self->services_.executor, [self, known](Flown<FetchedManifest> flown) {
          self->OnFetched(known, flown.value);
        });
      });
}

void AdminWarm::OnFetched(const ManifestLookup& known, const Result<FetchedManifest>& fetched) {
  if (!fetched) {
    Fail(fetched.error());
  } else if (fetched->manifest) {
    OnManifest(fetched->manifest);
  } else if (known.manifest && known.manifest->digest == fetched->digest) {
    OnManifest(known.manifest);
  } else {
    Fetch(Reference(fetched->digest));
  }
}

void AdminWarm::OnManifest(const ManifestPtr& manifest) {
  services_.pool.Post(
      "parse manifest", ThreadPool::kNoOrder, [self = shared_from_this(), manifest] {
        self->services_.executor.Post(
            [self, parsed = Parse(*manifest)]() mutable { self->OnParsed(std::move(parsed)); });
      });
}

Result<AdminWarm::Parsed> AdminWarm::Parse(const Manifest& manifest) {
  auto facts = ParseManifest(manifest.bytes, manifest.media_type);
  if (!facts) return tl::unexpected(facts.error());
  Parsed parsed;
  parsed.is_index = IsIndex(facts->kind);
  if (parsed.is_index) {
    parsed.platforms = ReadIndex(manifest.bytes);
    return parsed;
  }
  for (const Descriptor& content : facts->named) {
    parsed.contents.push_back({content.digest, content.size, content.compressible});
  }
  return parsed;
}

void AdminWarm::OnParsed(Result<Parsed> parsed) {
  if (!parsed) {
    Fail(parsed.error());
  } else if (parsed->is_index) {
    FollowPlatforms(parsed->platforms);
  } else {
    AddItems(parsed->contents);
    Continue();
  }
}

void AdminWarm::FollowPlatforms(const std::vector<IndexEntry>& platforms) {
  std::string offered;
  for (const IndexEntry& entry : platforms) {
    if (!order_.platform || Matches(*order_.platform, entry.platform)) {
      manifests_.push_back(entry.digest);
    }
    offered += (offered.empty() ? "" : ", ") + entry.platform.ToString();
  }
  if (manifests_.empty() || manifests_.size() > AdminTasks::kMostItems) {
    Fail({Code::kNotFound, "the image has no platform " +
                               (order_.platform ? order_.platform->ToString() : "at all") +
                               "; it has: " + offered});
    return;
  }
  Continue();
}

void AdminWarm::AddItems(const std::vector<NamedContent>& contents) {
  for (const NamedContent& content : contents) {
    if (seen_.contains(content.digest)) continue;
    // Without a size no space can be reserved: such a blob waits for its client.
    if (content.size == 0 || contents_.size() == AdminTasks::kMostItems) {
      ++left_out_;
      continue;
    }
    seen_.insert(content.digest);
    contents_.push_back(content);
    task_->items.push_back({content.digest, content.size, 0, TaskItem::State::kWaiting});
  }
}

void AdminWarm::Continue() {
  if (!manifests_.empty()) {
    const Digest next = manifests_.front();
    manifests_.pop_front();
    Fetch(Reference(next));
    return;
  }
  FillNext();
}

void AdminWarm::FillNext() {
  while (running_ < kAtOnce && next_ < contents_.size()) {
    const size_t item = next_++;
    ++running_;
    task_->items[item].state = TaskItem::State::kRunning;
    const NamedContent content = contents_[item];
    services_.blobs.At(
        content.digest.Hash(), [self = shared_from_this(), item, content](BlobFetches& fetches) {
          fetches.Prefetch(self->order_.repository, content, self->services_.executor,
                           [self, item, content](uint64_t) {
                             self->services_.cache.LookupBlob(
                                 self->order_.repository, content.digest, self->services_.executor,
                                 [self, item](Result<BlobLookup> found) {
                                   self->OnFilled(item, found && found->sealed);
                                 });
                           });
        });
  }
  if (running_ == 0) Finish();
}

void AdminWarm::OnFilled(size_t item, bool sealed) {
  TaskItem& filled = task_->items[item];
  filled.state = sealed ? TaskItem::State::kPresent : TaskItem::State::kFailed;
  if (sealed) filled.present = filled.size;
  --running_;
  FillNext();
}

void AdminWarm::Fail(const Error& error) {
  task_->state = AdminTask::State::kFailed;
  task_->message = error.message;
  log::Warn("warm", "failed",
            {{"upstream", order_.repository.upstream},
             {"repository", order_.repository.name},
             {"reason", error.message}});
}

void AdminWarm::Finish() {
  const auto failed =
      std::count_if(task_->items.begin(), task_->items.end(),
                    [](const TaskItem& item) { return item.state == TaskItem::State::kFailed; });
  task_->state = failed == 0 ? AdminTask::State::kDone : AdminTask::State::kFailed;
  if (failed > 0) {
    task_->message = std::to_string(failed) + " of " + std::to_string(task_->items.size()) +
                     " could not be filled: the log says why (topic fetch), and warm again "
                     "fetches only what is missing";
  } else if (left_out_ > 0) {
    task_->message = std::to_string(left_out_) +
                     " contents, without a size or beyond the limit, are left to clients; the rest "
                     "is here";
  } else {
    task_->message = "all of it is here";
  }
}

}  // namespace longshore
