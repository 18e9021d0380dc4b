#include "proxy/http/request_parser.h"

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

using Kind = RequestParser::Outcome::Kind;

std::string_view VersionOf(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  return line.substr(line.rfind(' ') + 1);
}

std::string Serialise(const longshore::Request& request, std::string_view version) {
  std::string head = request.method + ' ' + request.target + ' ' + std::string(version) + "\r\n";
  for (const auto& [name, value] : request.fields.entries()) head += name + ": " + value + "\r\n";
  return head + "\r\n";
}

bool AreEqual(const longshore::Request& a, const longshore::Request& b) {
  return a.method == b.method && a.target == b.target && a.fields.entries() == b.fields.entries() &&
         a.keep_alive == b.keep_alive && a.has_body == b.has_body;
}

void CheckTaken(const longshore::Request& request, std::string_view head) {
  Require(IsOneLine(request.method) && IsOneLine(request.target), "the request line is one line");
  Require(request.target.find(' ') == std::string::npos, "the target is one word");
  for (const auto& [name, value] : request.fields.entries()) {
    Require(
        !name.empty() && value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
        "a field is one line");
  }
  Require(request.fields.Count("Host") <= 1 && request.fields.Count("Content-Length") <= 1,
          "what frames a request comes once");
  longshore::Request again;
  const std::string text = Serialise(request, VersionOf(head));
  const auto outcome = RequestParser().Parse(text, again);
  Require(
      outcome.kind == Kind::kDone && outcome.consumed == text.size() && AreEqual(request, again),
      "a request written out again is read as the same");
}

}  // namespace

// The first byte says where the network cut the rest in two.
void Request(std::string_view input) {
  const size_t cut = input.empty() ? 0 : static_cast<unsigned char>(input.front());
  if (!input.empty()) input.remove_prefix(1);
  longshore::Request request;
  const auto whole = RequestParser().Parse(input, request);
  if (whole.kind == Kind::kDone) {
    Require(whole.consumed <= input.size(), "no more is consumed than there is");
    CheckTaken(request, input.substr(0, whole.consumed));
  }
  RequestParser parser;
  longshore::Request pieced;
  auto outcome = parser.Parse(input.substr(0, cut), pieced);
  if (outcome.kind == Kind::kNeedMore) outcome = parser.Parse(input, pieced);
  Require(outcome.kind == whole.kind, "pieces are judged as the whole");
  if (whole.kind != Kind::kDone) return;
  Require(outcome.consumed == whole.consumed && AreEqual(request, pieced),
          "pieces are read as the whole");
}

}  // namespace longshore::fuzz
