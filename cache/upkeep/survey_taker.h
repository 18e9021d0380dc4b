#pragma once

#include "cache/base/clock.h"
#include "cache/base/mutex.h"
#include "cache/store/access_log.h"
#include "cache/store/catalog.h"
#include "cache/store/inventory.h"

namespace longshore {

// Looks through the index for the blobs that are largest and those that were not used for longest.
// Reads at most kMostBlobs records and as many links, a second's work, and keeps the answer for a
// minute. Blocks: pool only. Thread-safe: who asks while a survey is taken waits for it.
class SurveyTaker {
 public:
  static constexpr size_t kMostBlobs = 1'000'000;
  static constexpr size_t kListed = 10;  // in each list
  static constexpr int64_t kKeptMillis = 60'000;

  SurveyTaker(Catalog& catalog, AccessLog& accesses, const Clock& clock)
      : catalog_(catalog), accesses_(accesses), clock_(clock) {}
  SurveyTaker(const SurveyTaker&) = delete;
  SurveyTaker& operator=(const SurveyTaker&) = delete;

  [[nodiscard]] Result<Survey> Take();

 private:
  [[nodiscard]] Result<Survey> Look();
  [[nodiscard]] Status NameRepositories(Survey& survey);

  Catalog& catalog_;
  AccessLog& accesses_;
  const Clock& clock_;
  Mutex mutex_;  // held for a whole survey
  Survey last_ GUARDED_BY(mutex_);
  bool any_ GUARDED_BY(mutex_) = false;
};

}  // namespace longshore
