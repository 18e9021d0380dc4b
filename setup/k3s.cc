#include "setup/k3s.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <vector>

#include "setup/marked_lines.h"

namespace longshore::setup {
namespace {

constexpr std::string_view kMirrors = "mirrors:";

std::string Spaces(int count) {
  return std::string(static_cast<size_t>(count), ' ');
}

std::string Quoted(const std::string& text) {
  return "\"" + text + "\"";
}

size_t LineOf(const YAML::Node& node) {
  return static_cast<size_t>(node.Mark().line);
}

// The lines of one upstream that is not there yet, its key `indent` columns in.
std::string Entry(const std::string& upstream, const std::string& url, int indent) {
  return Marked(Spaces(indent) + Quoted(upstream) + ":") +
         Marked(Spaces(indent + 2) + "endpoint:") + Marked(Spaces(indent + 4) + "- " + Quoted(url));
}

bool IsFirst(const YAML::Node& document, const std::string& upstream, const std::string& url) {
  YAML::Node node = document;
  for (const std::string& key : {std::string("mirrors"), upstream, std::string("endpoint")}) {
    if (!node.IsMap()) return false;
    const YAML::Node parent = node;  // const: asking for a key does not make it
    const YAML::Node child = parent[key];
    if (!child.IsDefined()) return false;
    node.reset(child);
  }
  return node.IsSequence() && node.size() > 0 && node[0].IsScalar() && node[0].Scalar() == url;
}

// The line and the column of the key `name` of `map`.
YAML::Mark MarkOfKey(const YAML::Node& map, const std::string& name) {
  for (const auto& entry : map) {
    if (entry.first.Scalar() == name) return entry.first.Mark();
  }
  return YAML::Mark::null_mark();
}

std::string WithEndpoint(const std::string& text, const YAML::Node& endpoints,
                         const std::string& url) {
  if (endpoints.size() == 0 || endpoints.Style() == YAML::EmitterStyle::Flow) return text;
  // A sequence's mark is that of its first dash.
  return InsertLines(text, LineOf(endpoints),
                     Marked(Spaces(endpoints.Mark().column) + "- " + Quoted(url)));
}

std::string WithUpstream(const std::string& text, const YAML::Node& document,
                         const std::string& upstream, const std::string& url) {
  const YAML::Node mirrors = document["mirrors"];
  if (!mirrors.IsDefined()) {
    return InsertLines(text, std::string::npos, Marked(kMirrors) + Entry(upstream, url, 2));
  }
  const size_t below = static_cast<size_t>(MarkOfKey(document, "mirrors").line) + 1;
  if (mirrors.IsNull()) return InsertLines(text, below, Entry(upstream, url, 2));
  if (!mirrors.IsMap() || mirrors.Style() == YAML::EmitterStyle::Flow) return text;
  const YAML::Node known = mirrors[upstream];
  if (!known.IsDefined()) {
    return InsertLines(text, below, Entry(upstream, url, mirrors.begin()->first.Mark().column));
  }
  return WithEndpoint(text, known["endpoint"], url);
}

Result<YAML::Node> Parse(const std::string& text) {
  try {
    YAML::Node document = YAML::Load(text);
    if (document.IsNull()) document = YAML::Node(YAML::NodeType::Map);
    if (document.IsMap()) return document;
  } catch (const YAML::Exception& error) {
    return Fail(Code::kInvalid, std::string("not YAML: ") + error.what());
  }
  return Fail(Code::kInvalid, "not a YAML mapping: repair it");
}

tl::unexpected<Error> ByHand(const std::string& upstream, const std::string& url) {
  return Fail(Code::kInvalid, "cannot be merged with; put " + Quoted(url) +
                                  " first among the endpoints of mirrors." + upstream + " by hand");
}

Result<std::string> AddUpstream(const std::string& text, const std::string& upstream,
                                const std::string& url) {
  const auto before = Parse(text);
  if (!before) return tl::unexpected(before.error());
  try {
    const YAML::Node document = *before;
    if (IsFirst(document, upstream, url)) return text;
    std::string merged = WithUpstream(text, document, upstream, url);
    const auto after = Parse(merged);
    if (after && IsFirst(*after, upstream, url)) return merged;
  } catch (const YAML::Exception&) {
    return ByHand(upstream, url);
  }
  return ByHand(upstream, url);
}

using Marks = std::vector<bool>;  // of each line

bool IsTheirs(const YAML::Node& node, const Marks& marks) {
  return LineOf(node) < marks.size() && !marks[LineOf(node)];
}

// Does something that a person wrote stand below a key that setup wrote?
bool HoldsTheirs(const YAML::Node& value, const Marks& marks) {
  if (IsTheirs(value, marks)) return true;
  if (value.IsMap()) {
    return std::any_of(value.begin(), value.end(), [&](const auto& entry) {
      return IsTheirs(entry.first, marks) || HoldsTheirs(entry.second, marks);
    });
  }
  return std::any_of(value.begin(), value.end(),
                     [&](const YAML::Node& item) { return HoldsTheirs(item, marks); });
}

// What is there without setup. Where upstreams of a person's stand below a `mirrors:` that setup
// wrote, that line becomes theirs.
Result<std::string> Remove(const std::string& present) {
  const Marks marks = MarkedLines(present);
  if (std::find(marks.begin(), marks.end(), true) == marks.end()) return present;
  const auto document = Parse(present);
  if (!document) return tl::unexpected(document.error());
  bool adopt = false;
  const YAML::Node mirrors = (*document)["mirrors"];
  if (!mirrors.IsDefined() || !mirrors.IsMap()) return WithoutMarkedLines(present);
  for (const auto& entry : mirrors) {
    const bool is_theirs = IsTheirs(entry.first, marks);
    adopt = adopt || is_theirs;
    if (!is_theirs && HoldsTheirs(entry.second, marks)) {
      return Fail(Code::kInvalid, "lines of yours stand below those that setup wrote for mirrors." +
                                      entry.first.Scalar() +
                                      ": take setup's comments off the entry, and it is yours");
    }
  }
  if (!adopt) return WithoutMarkedLines(present);
  std::string theirs = present;
  const std::string line = Marked(kMirrors);
  if (const size_t at = theirs.find(line); at != std::string::npos) {
    theirs.replace(at, line.size(), std::string(kMirrors) + "\n");
  }
  return WithoutMarkedLines(theirs);
}

// Lines of an earlier setup would keep its address: they go first.
Result<std::string> Add(const std::string& present, const Mirror& mirror) {
  Result<std::string> text = Remove(present);
  for (const std::string& upstream : mirror.upstreams) {
    if (text) text = AddUpstream(*text, upstream, mirror.url);
  }
  return text;
}

}  // namespace

std::vector<NodeFile> K3sFiles(const Mirror& mirror) {
  return {{"/etc/rancher/k3s/registries.yaml",
           [mirror](const std::string& present) { return Add(present, mirror); }, Remove}};
}

}  // namespace longshore::setup
