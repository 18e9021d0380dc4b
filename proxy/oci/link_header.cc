#include "proxy/oci/link_header.h"

#include "cache/base/ascii.h"

namespace longshore {
namespace {

// A relation is a list of words in quotes, or one word without.
bool HasNext(std::string_view relations) {
  while (true) {
    const size_t begin = relations.find_first_not_of(kSpaces);
    if (begin == std::string_view::npos) return false;
    relations.remove_prefix(begin);
    const std::string_view word = relations.substr(0, relations.find_first_of(kSpaces));
    if (EqualsIgnoreCase(word, "next")) return true;
    relations.remove_prefix(word.size());
  }
}

// The end of what runs up to one of `stops` outside quotes.
size_t FindOutsideQuotes(std::string_view text, std::string_view stops) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && stops.find(text[i]) != std::string_view::npos) {
      return i;
    }
  }
  return text.size();
}

// `params` is ";a=b; rel=next" and so on. Only the first rel counts: RFC 8288 §3.3.
bool IsNext(std::string_view params) {
  while (!params.empty()) {
    params.remove_prefix(1);  // the semicolon
    const std::string_view param = params.substr(0, FindOutsideQuotes(params, ";"));
    params.remove_prefix(param.size());
    const size_t equals = param.find('=');
    if (equals == std::string_view::npos) continue;
    if (!EqualsIgnoreCase(Trim(param.substr(0, equals)), "rel")) continue;
    std::string_view value = Trim(param.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return HasNext(value);
  }
  return false;
}

std::optional<QueryPairs> QueryOf(std::string_view uri) {
  uri = uri.substr(0, uri.find('#'));
  const size_t mark = uri.find('?');
  if (mark == std::string_view::npos) return std::nullopt;
  auto query = ParseQuery(uri.substr(mark + 1));
  if (!query || query->empty()) return std::nullopt;
  return query;
}

}  // namespace

std::optional<QueryPairs> NextPageQuery(std::string_view header) {
  while (true) {
    const size_t open = header.find('<');
    if (open == std::string_view::npos) return std::nullopt;
    header.remove_prefix(open + 1);
    const size_t close = header.find('>');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view uri = header.substr(0, close);
    header.remove_prefix(close + 1);

    const size_t end = FindOutsideQuotes(header, ",");
    const std::string_view params = Trim(header.substr(0, end));
    header.remove_prefix(end);
    if (!params.empty() && params.front() == ';' && IsNext(params)) return QueryOf(uri);
  }
}

std::string MakeLink(std::string_view path, const QueryPairs& query) {
  std::string link = "<" + PercentEncodePath(path);
  if (!query.empty()) link += "?" + FormatQuery(query);
  return link + ">; rel=\"next\"";
}

}  // namespace longshore
