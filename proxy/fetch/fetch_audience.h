#pragma once

#include <memory>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/executor.h"
#include "cache/store/blob_view.h"

namespace longshore {

// What a subscriber wants of a blob.
struct FetchDemand {
  ByteRange range;               // to begin with; later the reader says by waiting
  bool whole = false;            // and then all of it
  std::vector<ByteRange> asked;  // all that its client asked for
};

// What of the bytes that a client asked for was there to be read when it came.
enum class Held { kNothing, kSome, kAll };

// What a subscriber gets: a view of the blob, filling or sealed.
struct FetchedBlob {
  BlobView view;
  Held held = Held::kAll;
  bool collapsed = false;         // all that was not held was on its way for other askers
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

  void Add(FetchDemand demand, Executor& executor, Callback done);
  // Notes for those added since the last call what they find: what can be read of `partial`, and
  // what else is `coming`. Once the fill is open, before anybody is answered.
  void Note(const PartialBlob& partial, RangeSet coming);
  // All who wait get the view, or the error.
  void AnswerAll(const Result<BlobView>& view);
  // Those who wait for nothing but what can be read already.
  void AnswerPresent(const std::shared_ptr<PartialBlob>& partial);

  bool IsEmpty() const { return waiting_.empty() && readers_ == 0; }
  std::vector<ByteRange> Wanted() const;  // by those who wait

 private:
  struct Subscriber {
    FetchDemand demand;
    Executor* executor;
    Callback done;
    bool is_first;  // of all that this fetch ever had
    bool is_noted = false;
    Held held = Held::kAll;
    bool collapsed = false;
  };
  static void NoteOne(Subscriber& subscriber, const PartialBlob& partial, const RangeSet& coming);
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
