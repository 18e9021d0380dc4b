#include "proxy/config_tree.h"

#include <yaml-cpp/yaml.h>

#include <exception>
#include <utility>

namespace longshore {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxNodes = 20'000;

int LineOf(const YAML::Mark& mark, int otherwise) {
  return mark.line >= 0 ? mark.line + 1 : otherwise;
}

// Copies yaml-cpp's tree, which aliases make a graph: one that holds itself never ends, hence the
// limits.
class Copier {
 public:
  // Throws ConfigSyntaxError. `line` is where the node is if it has no place of its own.
  ConfigNode Copy(const YAML::Node& node, int line, int depth) {
    // yaml-cpp places a missing value where the next thing begins.
    if (!node.IsNull()) line = LineOf(node.Mark(), line);
    if (depth > kMaxDepth) throw ConfigSyntaxError{line, "nested too deeply"};
    if (++nodes_ > kMaxNodes) throw ConfigSyntaxError{line, "too many values"};
    ConfigNode copy;
    copy.line = line;
    if (node.IsScalar()) {
      copy.kind = ConfigNode::Kind::kText;
      copy.text = node.Scalar();
    } else if (node.IsSequence()) {
      copy.kind = ConfigNode::Kind::kList;
      for (const YAML::Node& item : node) copy.items.push_back(Copy(item, line, depth + 1));
    } else if (node.IsMap()) {
      copy.kind = ConfigNode::Kind::kMap;
      for (const auto& pair : node) copy.entries.push_back(CopyEntry(pair, line, depth));
    }
    return copy;
  }

 private:
  template <typename Pair>
  ConfigEntry CopyEntry(const Pair& pair, int line, int depth) {
    const int key_line = LineOf(pair.first.Mark(), line);
    if (!pair.first.IsScalar()) throw ConfigSyntaxError{key_line, "a key must be plain text"};
    return {pair.first.Scalar(), key_line, Copy(pair.second, key_line, depth + 1)};
  }

  int nodes_ = 0;
};

}  // namespace

tl::expected<ConfigNode, ConfigSyntaxError> ParseConfigTree(std::string_view text) {
  const auto fail = [](int line, std::string message) {
    return tl::unexpected<ConfigSyntaxError>(ConfigSyntaxError{line, std::move(message)});
  };
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.empty()) return ConfigNode{};
    if (documents.size() > 1) {
      return fail(LineOf(documents[1].Mark(), 1), "a second document: only one is allowed");
    }
    return Copier().Copy(documents.front(), 1, 0);
  } catch (const ConfigSyntaxError& error) {
    return fail(error.line, error.message);
  } catch (const YAML::Exception& error) {
    return fail(LineOf(error.mark, 1), "not valid YAML: " + error.msg);
  } catch (const std::exception& error) {
    return fail(1, std::string("not valid YAML: ") + error.what());
  }
}

}  // namespace longshore
