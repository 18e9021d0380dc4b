#include "proxy/config/config_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <exception>
#include <sstream>
#include <utility>

namespace longshore {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxNodes = 20'000;

int LineOf(const YAML::Mark& mark, int otherwise) {
  return mark.line >= 0 ? mark.line + 1 : otherwise;
}

// Counts documents, and sees nothing of what is in them.
class DocumentCounter final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    ++count_;
    last_ = mark;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  int count() const { return count_; }
  const YAML::Mark& last() const { return last_; }

 private:
  int count_ = 0;
  YAML::Mark last_ = YAML::Mark::null_mark();
};

// Two at most. YAML::LoadAll would go on for ever, and take all memory, where yaml-cpp 0.7 finds
// one document after the other without reading on: ",*a".
DocumentCounter CountDocuments(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentCounter counter;
  while (counter.count() < 2 && parser.HandleNextDocument(counter)) {
  }
  return counter;
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
    const std::string document(text);
    const DocumentCounter documents = CountDocuments(document);
    if (documents.count() == 0) return ConfigNode{};
    if (documents.count() > 1) {
      return fail(LineOf(documents.last(), 1), "a second document: only one is allowed");
    }
    return Copier().Copy(YAML::Load(document), 1, 0);
  } catch (const ConfigSyntaxError& error) {
    return fail(error.line, error.message);
  } catch (const YAML::Exception& error) {
    return fail(LineOf(error.mark, 1), "not valid YAML: " + error.msg);
  } catch (const std::exception& error) {
    return fail(1, std::string("not valid YAML: ") + error.what());
  }
}

}  // namespace longshore
