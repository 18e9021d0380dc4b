#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cache/base/clock.h"
#include "cache/base/result.h"
#include "proxy/http/fields.h"
#include "proxy/upstream/address_reach.h"

namespace longshore {

struct TransferHead {
  int status = 0;
  Fields fields;
  std::string location;  // where redirects led to; empty without any
  std::string peer;      // the address that answered: numeric, without a port; empty: not known
  int url = 0;           // which of the upstream's URLs answered, or sent us to who did
};

// How the content is encoded (RFC 9110 §8.4), in lower case: "gzip", "" for not at all, "gzip, br"
// for one after the other.
std::string ContentCodingOf(const TransferHead& head);
// Content-Length is then not the decoded bytes'.
bool IsEncoded(const TransferHead& head);

// How a transfer ended. `reason` is a literal of a closed set (a metric label): "" on success, else
// dns, connect, tls, timeout, stalled, broken, protocol, status_4xx, status_429, status_5xx, auth,
// redirect, held_off, cancelled.
struct TransferEnd {
  Status status;
  std::string_view reason;
};

// Sees one transfer. Called on the loop that started it, never from inside the call that started
// it. OnHead at most once, then OnBody any number of times, then OnDone exactly once, unless the
// Transfer is destroyed before: then nothing more is called. The observer may destroy its Transfer
// inside any of these. OnCaughtUp comes some time after one or more OnBody, and may not come after
// the last.
class TransferObserver {
 public:
  TransferObserver() = default;
  TransferObserver(const TransferObserver&) = delete;
  TransferObserver& operator=(const TransferObserver&) = delete;
  virtual ~TransferObserver() = default;
  virtual void OnHead(const TransferHead& head) = 0;
  virtual void OnBody(std::string_view data) = 0;
  // All that has arrived was passed on: a time to act on it as a whole.
  virtual void OnCaughtUp() {}
  virtual void OnDone(const TransferEnd& end) = 0;
};

// One exchange with another server, in flight. Lives on the loop that started it; destroying it
// cancels.
class Transfer {
 public:
  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  virtual ~Transfer() = default;
  // Bytes stop coming (what curl has read may still come once); the peer is slowed by TCP.
  // Idempotent.
  virtual void Pause() = 0;
  virtual void Resume() = 0;
  // Body bytes that came over the wire so far: fewer than the observer saw where they are decoded.
  virtual uint64_t WireBytes() const = 0;
};
using TransferPtr = std::unique_ptr<Transfer>;

// What is sent to one URL, without any redirect or retry.
struct TransferRequest {
  std::string method = "GET";  // GET or HEAD
  std::string url;
  Fields fields;
  std::string username;  // Basic credentials, when not empty
  std::string password;
  std::string ca_file;  // empty: the system's store
  std::string
      proxy;  // URL of the HTTP proxy on the way; empty: none, whatever the environment says
  // The answer may come in an encoding, and is decoded: as zstd or gzip.
  bool decode = false;
  bool http1 = false;  // blobs: several connections beat one HTTP/2 connection with pauses
  // Addresses further inside are not connected to, whatever the URL's name resolves to. Behind a
  // proxy that is the proxy's to know: what the URL says itself is all that is looked at.
  AddressReach reach = AddressReach::kLinkLocal;
  // Not as glibc's resolver, which gives up after multiples of five seconds by default:
  // libcurl 7.88 does not leave a lookup alone well in the very moment in which that ends.
  Duration connect_timeout{4'700};
  Duration first_byte_timeout{10'000};
  // A transfer that brings fewer bytes a second than the floor for so long has stalled.
  Duration stall_timeout{15'000};
  long stall_floor = 1024;
};

// Talks HTTP. One per loop.
class TransferClient {
 public:
  TransferClient() = default;
  TransferClient(const TransferClient&) = delete;
  TransferClient& operator=(const TransferClient&) = delete;
  virtual ~TransferClient() = default;
  // The observer outlives the returned transfer.
  virtual TransferPtr Start(TransferRequest request, TransferObserver& observer) = 0;
};

}  // namespace longshore
