#include "proxy/http/message.h"

#include <cstring>

namespace longshore {
namespace {

constexpr std::string_view kVersion = "HTTP/1.1 ";
constexpr std::string_view kLength = "Content-Length: ";
constexpr std::string_view kDate = "\r\nDate: ";
constexpr std::string_view kEnd = "\r\n\r\n";
constexpr std::string_view kLastEnd = "\r\nConnection: close\r\n\r\n";

}  // namespace

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 416:
      return "Range Not Satisfiable";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

void AppendHead(std::string& out, const Response& response, uint64_t length, std::string_view date,
                bool is_last) {
  const std::string status = std::to_string(response.status);
  const std::string digits = std::to_string(length);
  const std::string_view reason = ReasonPhrase(response.status);
  const std::string_view end = is_last ? kLastEnd : kEnd;
  size_t size = kVersion.size() + status.size() + 1 + reason.size() + 2 + kLength.size() +
                digits.size() + kDate.size() + date.size() + end.size();
  for (const auto& [name, value] : response.fields.entries()) {
    size += name.size() + 2 + value.size() + 2;
  }
  // Written in one go: a string that grows by each of forty pieces costs more than all else here.
  const size_t before = out.size();
  out.resize(before + size);
  char* at = out.data() + before;
  const auto put = [&at](std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    at += text.size();
  };
  put(kVersion), put(status), put(" "), put(reason), put("\r\n");
  for (const auto& [name, value] : response.fields.entries()) {
    if (!IsFieldValue(value)) continue;
    put(name), put(": "), put(value), put("\r\n");
  }
  put(kLength), put(digits), put(kDate), put(date), put(end);
  out.resize(static_cast<size_t>(at - out.data()));  // shorter by what was left out
}

}  // namespace longshore
