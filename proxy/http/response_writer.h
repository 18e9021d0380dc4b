#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/http/body_source.h"
#include "proxy/http/message.h"
#include "proxy/net/stream.h"

namespace longshore {

// What is left to send of a connection's response: its head, then its body, which is in memory or
// comes in pieces from a source. One response after the other. Lives on the connection's loop; the
// stream outlives it.
class ResponseWriter {
 public:
  static constexpr uint64_t kLongestPiece = 4 * 1024 * 1024;  // bytes, of a large body

  enum class Outcome {
    kSent,      // all of it
    kTurnOver,  // there is more, and maybe room for it
    kBlocked,   // go on when the stream has room
    kWaiting,   // go on when `on_ready` is called
    kShort,     // less than was announced, and nothing more will come
    kClosed,    // the client has left
  };

  // `on_ready`: the source it waited for has more. Called on the loop, never inside Send.
  ResponseWriter(Stream& stream, Task on_ready) : stream_(stream), on_ready_(std::move(on_ready)) {}

  struct Manner {
    std::string_view date;  // RFC 9110 §5.6.7
    bool without_body = false;
    bool is_last = false;  // the connection ends after it
  };
  // Nothing is sent yet.
  void Begin(Response response, const Manner& manner);
  // Goes on with it; of a source's body at most `most` bytes (not 0).
  Outcome Send(uint64_t most);
  // Frees what it holds, whether all was sent or not.
  void Drop();

  bool HasSource() const { return source_ != nullptr; }
  bool IsWaiting() const { return is_waiting_; }  // for the source
  // Bytes given to the kernel: of this response's body, and in all.
  uint64_t body_sent() const { return body_sent_; }
  uint64_t total_sent() const { return total_sent_; }

 private:
  bool HasMoreInMemory() const { return head_sent_ < head_.size() || memory_sent_ < body_.size(); }
  void TakePiece();
  // Nothing: on with it.
  std::optional<Outcome> SendFromMemory();
  std::optional<Outcome> SendPiece(uint64_t most);
  std::optional<Outcome> Stopped(const Socket::Moved& moved);
  void DropPiece();
  void Cork(bool is_in);

  Stream& stream_;
  Task on_ready_;

  std::string head_;
  size_t head_sent_ = 0;
  std::string small_;
  std::shared_ptr<const std::string> shared_;
  std::string_view body_;  // views small_ or *shared_
  size_t memory_sent_ = 0;

  std::unique_ptr<BodySource> source_;
  uint64_t source_left_ = 0;
  BodyPiece piece_;
  uint64_t piece_sent_ = 0;
  bool has_piece_ = false;
  bool is_waiting_ = false;
  bool is_short_ = false;  // the source has nothing more, too early
  bool is_corked_ = false;

  uint64_t body_sent_ = 0;
  uint64_t total_sent_ = 0;
};

}  // namespace longshore
