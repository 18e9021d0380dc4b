#pragma once

#include <memory>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/executor.h"
#include "cache/store/blob_view.h"

namespace longshore {

// What a subscriber gets: a view of the blob, filling or sealed.
struct FetchedBlob {
  BlobView view;
  bool collapsed = false;         // another asker's fetch was joined
  std::shared_ptr<void> reading;  // kept as long as the subscriber reads; may be empty
};

// Who waits for a blob's fetch, and who reads what it fetches. Lives on the fetch's loop; answers
// are posted to the subscribers' own.
class FetchAudience {
 public:
  using Callback = UniqueFunction<void(Result<FetchedBlob>)>;

  // `reader_left` is called on `executor` each time a reader is done, for as long as this lives.
  FetchAudience(Executor& executor, Task reader_left)
      : executor_(executor), reader_left_(std::move(reader_left)) {}
  FetchAudience(const FetchAudience&) = delete;
  FetchAudience& operator=(const FetchAudience&) = delete;

  void Add(ByteRange wanted, Executor& executor, Callback done);
  // All who wait get the view, or the error.
  void AnswerAll(const Result<BlobView>& view);
  // Those who wait for nothing but what can be read already.
  void AnswerPresent(const std::shared_ptr<PartialBlob>& partial);

  bool IsEmpty() const { return waiting_.empty() && readers_ == 0; }
  std::vector<ByteRange> Wanted() const;  // by those who wait

 private:
  struct Subscriber {
    ByteRange wanted;
    Executor* executor;
    Callback done;
    bool collapsed;
  };
  void Answer(Subscriber& subscriber, const Result<BlobView>& view);
  std::shared_ptr<void> NewReading();

  Executor& executor_;
  Task reader_left_;
  std::vector<Subscriber> waiting_;
  bool had_any_ = false;
  int readers_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longshore
