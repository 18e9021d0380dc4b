#include "proxy/oci/challenge.h"

#include <algorithm>
#include <string_view>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

constexpr size_t kMaxParams = 32;

bool IsSpace(char c) {
  return c == ' ' || c == '\t';
}

// RFC 9110 §5.6.2
bool IsTokenCharacter(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

// Reads one header from left to right. Every method either advances or leaves everything as it was.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }
  char Peek() const { return text_.empty() ? '\0' : text_.front(); }

  void SkipSpaces() {
    while (IsSpace(Peek())) text_.remove_prefix(1);
  }
  // The commas that part challenges and parameters; empty list elements are allowed (§5.6.1.2).
  void SkipCommas() {
    while (IsSpace(Peek()) || Peek() == ',') text_.remove_prefix(1);
  }
  // Over what cannot be understood, quoted commas included.
  void SkipToComma() {
    while (!AtEnd() && Peek() != ',') {
      if (Peek() == '"') {
        TakeQuoted();
      } else {
        text_.remove_prefix(1);
      }
    }
  }

  std::string_view TakeToken() { return TakeWhile(IsTokenCharacter); }

  // "name = value", where the name comes before an equals sign that does not end the value as
  // padding does.
  bool TakeParam(std::string& name, std::string& value) {
    const std::string_view before = text_;
    name = LowerCase(TakeToken());
    SkipSpaces();
    if (name.empty() || Peek() != '=') return Restore(before);
    text_.remove_prefix(1);
    SkipSpaces();
    if (Peek() == '"') {
      value = TakeQuoted();
      return true;
    }
    if (AtEnd() || Peek() == ',' || Peek() == '=') return Restore(before);
    // Some registries do not quote a URL, which is no token: take all there is.
    value = TakeWhile([](char c) { return c != ',' && !IsSpace(c); });
    return true;
  }

  // RFC 9110 §11.2. Only where nothing but a comma follows.
  bool TakeToken68(std::string& token) {
    const std::string_view before = text_;
    const std::string_view body = TakeWhile([](char c) { return IsTokenCharacter(c) || c == '/'; });
    const std::string_view padding = TakeWhile([](char c) { return c == '='; });
    SkipSpaces();
    if (body.empty() || !(AtEnd() || Peek() == ',')) return Restore(before);
    token = std::string(body) + std::string(padding);
    return true;
  }

 private:
  template <typename Predicate>
  std::string_view TakeWhile(Predicate predicate) {
    const auto end = std::find_if_not(text_.begin(), text_.end(), predicate);
    const std::string_view taken = text_.substr(0, static_cast<size_t>(end - text_.begin()));
    text_.remove_prefix(taken.size());
    return taken;
  }

  // RFC 9110 §5.6.4; one that never ends runs to the end of the header.
  std::string TakeQuoted() {
    std::string out;
    text_.remove_prefix(1);
    while (!AtEnd() && Peek() != '"') {
      if (Peek() == '\\' && text_.size() > 1) text_.remove_prefix(1);
      out += Peek();
      text_.remove_prefix(1);
    }
    if (!AtEnd()) text_.remove_prefix(1);
    return out;
  }

  bool Restore(std::string_view before) {
    text_ = before;
    return false;
  }

  std::string_view text_;
};

void ParseParams(Reader& reader, Challenge& challenge) {
  std::string name;
  std::string value;
  while (reader.TakeParam(name, value)) {
    if (challenge.params.size() < kMaxParams) challenge.params.emplace(name, value);
    // A missing comma between parameters is forgiven.
    reader.SkipCommas();
  }
}

void ParseHeader(std::string_view header, std::vector<Challenge>& challenges) {
  Reader reader(header);
  reader.SkipCommas();
  while (!reader.AtEnd() && challenges.size() < kMaxChallenges) {
    Challenge challenge;
    challenge.scheme = LowerCase(reader.TakeToken());
    const bool parted = reader.AtEnd() || reader.Peek() == ',' || IsSpace(reader.Peek());
    if (challenge.scheme.empty() || !parted) {
      reader.SkipToComma();
    } else {
      reader.SkipSpaces();
      if (!reader.TakeToken68(challenge.token68)) ParseParams(reader, challenge);
      challenges.push_back(std::move(challenge));
    }
    reader.SkipCommas();
  }
}

std::string Param(const Challenge& challenge, const std::string& name) {
  const auto found = challenge.params.find(name);
  return found == challenge.params.end() ? std::string() : found->second;
}

}  // namespace

std::vector<Challenge> ParseChallenges(std::span<const std::string> headers) {
  std::vector<Challenge> challenges;
  for (const std::string& header : headers) ParseHeader(header, challenges);
  return challenges;
}

std::optional<BearerChallenge> FindBearer(std::span<const Challenge> challenges) {
  for (const Challenge& challenge : challenges) {
    if (challenge.scheme != "bearer") continue;
    BearerChallenge bearer{Param(challenge, "realm"), Param(challenge, "service"),
                           Param(challenge, "scope"), Param(challenge, "error")};
    if (!bearer.realm.empty()) return bearer;
  }
  return std::nullopt;
}

bool HasBasic(std::span<const Challenge> challenges) {
  return std::any_of(challenges.begin(), challenges.end(),
                     [](const Challenge& challenge) { return challenge.scheme == "basic"; });
}

}  // namespace longshore
