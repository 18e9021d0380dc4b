#include "cache/fill/fill_writer.h"

#include <utility>

namespace longshore {

FillWriter::FillWriter(std::shared_ptr<Fill> fill, ThreadPool& pool, Executor& executor)
    : fill_(std::move(fill)),
      pool_(pool),
      executor_(executor),
      queued_(std::make_shared<uint64_t>(0)) {}

FillWriter::~FillWriter() {
  if (!ended_) Abandon({Code::kCancelled, "the fill was dropped"});
}

void FillWriter::Write(uint64_t offset, std::string data, Done done) {
  const uint64_t size = data.size();
  *queued_ += size;
  pool_.Post(
      "write", fill_->WriteLane(),
      [fill = fill_, &executor = executor_, queued = queued_, offset, size, data = std::move(data),
       done = std::move(done)]() mutable {
        Status status = fill->Write(offset, std::move(data));
        executor.Post([queued, size, status = std::move(status), done = std::move(done)]() mutable {
          *queued -= size;
          done(std::move(status));
        });
      });
}

void FillWriter::Seal(Done done) {
  pool_.Post(
      "prove", fill_->HashLane(),
      [fill = fill_, &pool = pool_, &executor = executor_, done = std::move(done)]() mutable {
        auto computed = fill->HashAll();
        pool.Post(
            "seal", fill->WriteLane(),
            [fill, &executor, computed = std::move(computed), done = std::move(done)]() mutable {
              Status status = fill->Seal(computed);
              executor.Post([status = std::move(status), done = std::move(done)]() mutable {
                done(std::move(status));
              });
            });
      });
}

void FillWriter::Abandon(Error why) {
  if (std::exchange(ended_, true)) return;
  pool_.Post("leave", fill_->WriteLane(),
             [fill = fill_, why = std::move(why)]() mutable { fill->Leave(std::move(why)); });
}

}  // namespace longshore
