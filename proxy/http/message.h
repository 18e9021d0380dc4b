#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/http/body_source.h"
#include "proxy/http/fields.h"

namespace longshore {

// One request's head, as RFC 9112 §2–6 has it, already checked by RequestParser.
struct Request {
  std::string method;
  std::string target;
  Fields fields;
  bool keep_alive = true;  // what the client asked for
  bool has_body = false;   // a Content-Length above zero, or chunked
};

// One answer. Content-Length, Date and Connection are added by the connection.
struct Response {
  int status = 200;
  Fields fields;
  std::string body;  // small bodies; shown when `shared_body` and `source` are empty
  std::shared_ptr<const std::string> shared_body;  // the same, shared with the cache
  std::unique_ptr<BodySource> source;              // large bodies, of exactly `source_size` bytes
  uint64_t source_size = 0;
  // For HEAD and 304: the length to announce although no byte follows; nothing means the body's
  // own.
  std::optional<uint64_t> announced_size;
  bool close = false;  // the connection ends after this answer
};

std::string_view ReasonPhrase(int status);

// The head of an answer with `length` bytes (RFC 9112 §4–6). `date`: RFC 9110 §5.6.7. A field that
// would end its line is left out: the rest of it would be another field, or another answer.
void AppendHead(std::string& out, const Response& response, uint64_t length, std::string_view date,
                bool is_last);

}  // namespace longshore
