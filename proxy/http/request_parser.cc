#include "proxy/http/request_parser.h"

#define BOOST_ERROR_CODE_HEADER_ONLY
#include <algorithm>
#include <array>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <limits>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

namespace beast = boost::beast::http;
using Outcome = RequestParser::Outcome;

Outcome Bad(int status, std::string_view reason) {
  return {Outcome::Kind::kBad, 0, status, reason};
}

// What Beast lets pass and two servers could disagree on, from `start` on. Returns a reason, or
// nothing.
std::string_view FindAmbiguousBytes(std::string_view head, size_t start) {
  for (size_t i = start; (i = FindAtMost(head, '\r', i)) < head.size(); ++i) {
    const char c = head[i];
    if (c == '\0') return "a NUL in the request head";
    if (c == '\r' && (i + 1 >= head.size() || head[i + 1] != '\n')) return "a bare CR";
    if (c != '\n') continue;
    if (i == 0 || head[i - 1] != '\r') return "a bare LF";
    if (i + 1 < head.size() && (head[i + 1] == ' ' || head[i + 1] == '\t')) {
      return "a folded header line";
    }
  }
  return {};
}

// RFC 9112 §3: method SP target SP version, and no other space.
bool HasTwoSpaces(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  return std::count(line.begin(), line.end(), ' ') == 2;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// RFC 9112 §3.2: a host and maybe a port. A comma or a space would be two hosts to somebody.
bool IsHost(std::string_view text) {
  static constexpr auto kForbidden = [] {
    std::array<bool, 256> is_forbidden{};
    for (const char c : std::string_view(" \t,/\\@?#\"<>")) {
      is_forbidden[static_cast<unsigned char>(c)] = true;
    }
    return is_forbidden;
  }();
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return kForbidden[static_cast<unsigned char>(c)]; });
}

std::string_view CheckFraming(const Request& request, bool http11) {
  const size_t hosts = request.fields.Count("Host");
  if (hosts > 1) return "more than one Host";
  if (hosts == 0 && http11) return "no Host";
  if (hosts == 1 && !IsHost(*request.fields.Get("Host"))) return "a Host that is not one";
  const size_t lengths = request.fields.Count("Content-Length");
  if (lengths > 1) return "more than one Content-Length";
  if (lengths == 1 && !IsNumber(*request.fields.Get("Content-Length"))) {
    return "a Content-Length that is not a number";
  }
  const size_t encodings = request.fields.Count("Transfer-Encoding");
  if (encodings > 0 && lengths > 0) return "Content-Length with Transfer-Encoding";
  if (encodings > 0 && !http11) return "Transfer-Encoding in HTTP/1.0";
  return {};
}

bool HasBody(const Request& request) {
  if (request.fields.Count("Transfer-Encoding") > 0) return true;
  const auto length = request.fields.Get("Content-Length");
  return length && length->find_first_not_of('0') != std::string_view::npos;
}

void Fill(Request& request, const beast::request<beast::empty_body>& message) {
  request.method.assign(message.method_string().data(), message.method_string().size());
  request.target.assign(message.target().data(), message.target().size());
  request.fields.Clear();
  for (const auto& field : message) {
    request.fields.Add({field.name_string().data(), field.name_string().size()},
                       {field.value().data(), field.value().size()});
  }
  request.keep_alive = message.keep_alive();
  request.has_body = HasBody(request);
}

Outcome BadFromBeast(const boost::beast::error_code& error) {
  if (error == beast::error::header_limit) return Bad(431, "the request head is too large");
  if (error == beast::error::bad_version) return Bad(505, "not HTTP/1.0 or HTTP/1.1");
  return Bad(400, "the request cannot be parsed");
}

}  // namespace

Outcome RequestParser::Parse(std::string_view data, Request& request) {
  // Look for the end first: half a head is not parsed again and again.
  const size_t from = scanned_ > 3 ? scanned_ - 3 : 0;
  const size_t end = data.find("\r\n\r\n", from);
  if (end == std::string_view::npos) {
    scanned_ = data.size();
    if (data.size() > kMaxHead) return Bad(431, "the request head is too large");
    // A bare LF would hide the end of the head for ever: refuse it as soon as it is seen.
    const std::string_view complete = data.substr(0, data.size() - (data.ends_with('\r') ? 1 : 0));
    if (const auto reason = FindAmbiguousBytes(complete, from); !reason.empty())
      return Bad(400, reason);
    return {};
  }
  const std::string_view head = data.substr(0, end + 4);
  scanned_ = 0;
  if (head.size() > kMaxHead) return Bad(431, "the request head is too large");
  if (const auto reason = FindAmbiguousBytes(head, from); !reason.empty()) return Bad(400, reason);

  if (!HasTwoSpaces(head)) return Bad(400, "a request line that is not three words");

  beast::request_parser<beast::empty_body> parser;
  parser.header_limit(kMaxHead);
  parser.body_limit(std::numeric_limits<uint64_t>::max());  // none: no body is ever read
  boost::beast::error_code error;
  parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error && error != beast::error::need_more) return BadFromBeast(error);
  if (!parser.is_header_done()) return Bad(400, "the request cannot be parsed");

  Fill(request, parser.get());
  if (request.fields.entries().size() > kMaxFields) return Bad(431, "too many header fields");
  const bool http11 = parser.get().version() == 11;
  if (const auto reason = CheckFraming(request, http11); !reason.empty()) return Bad(400, reason);
  const auto encoding = request.fields.Get("Transfer-Encoding");
  if (encoding && !EqualsIgnoreCase(*encoding, "chunked")) {
    return Bad(501, "a Transfer-Encoding other than chunked");
  }
  return {Outcome::Kind::kDone, head.size(), 0, {}};
}

}  // namespace longshore
