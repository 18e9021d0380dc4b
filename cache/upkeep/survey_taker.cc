#include "cache/upkeep/survey_taker.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "cache/store/object_reader.h"

namespace longshore {
namespace {

constexpr size_t kChunk = 4096;

// Keeps the first kListed of all that are offered, in order.
template <typename Before>
void Offer(std::vector<SurveyedBlob>& list, const SurveyedBlob& blob, Before before) {
  if (list.size() == SurveyTaker::kListed && !before(blob, list.back())) return;
  list.insert(std::upper_bound(list.begin(), list.end(), blob, before), blob);
  if (list.size() > SurveyTaker::kListed) list.pop_back();
}

bool IsLarger(const SurveyedBlob& a, const SurveyedBlob& b) {
  return a.bytes > b.bytes;
}

bool IsColder(const SurveyedBlob& a, const SurveyedBlob& b) {
  return a.last_use != b.last_use ? a.last_use < b.last_use : IsLarger(a, b);
}

}  // namespace

Result<Survey> SurveyTaker::Take() {
  MutexLock lock(mutex_);
  const int64_t age = clock_.WallMillis() - last_.taken_at;
  if (any_ && age >= 0 && age < kKeptMillis) return last_;
  auto survey = Look();
  if (!survey) return survey;
  last_ = *survey;
  any_ = true;
  return survey;
}

Result<Survey> SurveyTaker::Look() {
  Survey survey;
  survey.taken_at = clock_.WallMillis();
  const AccessLog::Uses fresh = accesses_.Unwritten();
  ObjectReader reader(catalog_, ObjectKind::kBlob);
  do {
    auto chunk = reader.Read(kChunk);
    if (!chunk) return tl::unexpected(chunk.error());
    survey.blobs += chunk->size();
    for (const StoredObject& object : *chunk) {
      const auto used = fresh.find({object.digest, ObjectKind::kBlob});
      const int64_t last_use = std::max(
          {object.last_use, object.stored_at, used == fresh.end() ? 0 : used->second.last_use});
      const SurveyedBlob blob{object.digest, object.charge, last_use, std::nullopt};
      Offer(survey.largest, blob, IsLarger);
      Offer(survey.coldest, blob, IsColder);
    }
  } while (!reader.next().empty() && survey.blobs < kMostBlobs);
  survey.complete = reader.next().empty();
  if (auto named = NameRepositories(survey); !named) return tl::unexpected(named.error());
  return survey;
}

Status SurveyTaker::NameRepositories(Survey& survey) {
  std::unordered_map<Digest, std::vector<SurveyedBlob*>> nameless;
  for (auto* list : {&survey.largest, &survey.coldest}) {
    for (SurveyedBlob& blob : *list) nameless[blob.digest].push_back(&blob);
  }
  size_t seen = 0;
  return catalog_.Scan(Family::kLink, "", "", [&](std::string_view key, std::string_view) {
    if (nameless.empty() || seen++ == kMostBlobs) return false;
    const auto link = ParseLinkKey(key);
    if (!link) return true;
    auto found = nameless.extract(link->digest);
    if (found.empty()) return true;
    for (SurveyedBlob* blob : found.mapped()) blob->repository = link->repository;
    return true;
  });
}

}  // namespace longshore
