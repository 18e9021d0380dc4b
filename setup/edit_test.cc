#include "setup/edit.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "setup/containerd.h"
#include "setup/docker.h"
#include "setup/k3s.h"
#include "setup/podman.h"
#include "tests/support/temp_folder.h"

namespace longshore::setup {
namespace {

namespace fs = std::filesystem;

struct Node {
  explicit Node(NodeFile its = DockerFiles({"http://127.0.0.1:5000", {}}).front())
      : file(std::move(its)) {}

  TempFolder folder;
  PosixDisk disk;
  NodeEditor editor{folder.path(), disk};
  NodeFile file;
  std::string path = folder.path() + file.path;

  void Write(const std::string& text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
  }
  std::string Read(const std::string& suffix = "") const {
    std::ostringstream text;
    text << std::ifstream(path + suffix).rdbuf();
    return text.str();
  }
  bool Exists(const std::string& suffix = "") const { return fs::exists(path + suffix); }
  size_t FilesBeside() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(fs::path(path).parent_path()),
                                             fs::directory_iterator()));
  }
  Edit::Kind Add() {
    const auto edit = editor.PlanAdd(file).value();
    REQUIRE(editor.Carry(edit));
    return edit.kind;
  }
  Edit::Kind Remove() {
    const auto edit = editor.PlanRemove(file).value();
    REQUIRE(editor.Carry(edit));
    return edit.kind;
  }
};

constexpr const char* kTheirs = "{ \"bip\":   \"10.0.0.1/24\" }";

TEST_CASE("a file that setup made alone is removed again") {
  Node node;
  CHECK(node.Add() == Edit::Kind::kWrite);
  CHECK(node.Add() == Edit::Kind::kNothing);
  CHECK(!node.Exists(kBackupSuffix));
  CHECK(node.Remove() == Edit::Kind::kDelete);
  CHECK(node.FilesBeside() == 0);
  CHECK(node.Remove() == Edit::Kind::kNothing);
}

TEST_CASE("what was there before comes back to the byte, and the backup goes") {
  Node node;
  node.Write(kTheirs);
  CHECK(node.Add() == Edit::Kind::kWrite);
  CHECK(node.Read(kBackupSuffix) == kTheirs);
  CHECK(node.Remove() == Edit::Kind::kRestore);
  CHECK(node.Read() == kTheirs);
  CHECK(node.FilesBeside() == 1);
}

TEST_CASE("what others changed since stays, without the mirror") {
  Node node;
  node.Write(kTheirs);
  node.Add();
  node.Write(R"({"debug": true, "registry-mirrors": ["http://127.0.0.1:5000"]})");
  CHECK(node.Remove() == Edit::Kind::kWrite);
  CHECK(node.Read() == "{\n  \"debug\": true\n}\n");
}

using Files = std::vector<NodeFile> (*)(const Mirror& mirror);

struct Client {
  Files files;
  const char* theirs;  // a file as a person writes it
};

// A new address must not make an original of setup's own work: the way back would be lost.
TEST_CASE("set up anew for another address, only that one is named, and the way back is the same") {
  const Mirror first{"http://127.0.0.1:5000", {"docker.io", "quay.io"}};
  const Mirror second{"https://cache.example:5443", {"docker.io", "quay.io"}};
  for (const Client& client :
       {Client{DockerFiles, kTheirs},
        Client{DockerFiles, R"({"registry-mirrors": ["https://m.example"]})"},
        Client{ContainerdFiles, "[host.\"https://m.example\"]\n"},
        Client{PodmanFiles, "# by hand\n"},
        Client{K3sFiles, "mirrors:\n  docker.io:\n    endpoint:\n    - https://m.example\n"}}) {
    for (const std::string theirs : {client.theirs, ""}) {
      // Also undone by who has forgotten which address it was.
      for (const Mirror& last : {second, first}) {
        Node node(client.files(first).front());
        if (!theirs.empty()) node.Write(theirs);
        node.Add();
        node.file = client.files(second).front();
        CHECK(node.Add() == Edit::Kind::kWrite);
        CHECK(node.Add() == Edit::Kind::kNothing);
        CHECK(node.Read().find("127.0.0.1:5000") == std::string::npos);
        CHECK(node.Read().find("cache.example:5443") != std::string::npos);
        CHECK(node.Read(kBackupSuffix) == theirs);
        node.file = client.files(last).front();
        CHECK(node.Remove() == (theirs.empty() ? Edit::Kind::kDelete : Edit::Kind::kRestore));
        CHECK(node.Read() == theirs);
        CHECK(node.FilesBeside() == (theirs.empty() ? 0 : 1));
      }
    }
  }
}

TEST_CASE("a backup that is there is never written over") {
  Node node;
  node.Write(kTheirs);
  node.Add();
  node.Write(R"({"debug": true, "registry-mirrors": ["http://127.0.0.1:5000"]})");
  node.Remove();
  node.Add();
  CHECK(node.Read(kBackupSuffix) == kTheirs);
  CHECK(node.Remove() == Edit::Kind::kWrite);
  CHECK(node.Read() == "{\n  \"debug\": true\n}\n");
}

TEST_CASE("an entry that a person made stays, even of the address that setup is given next") {
  Node node;
  node.Write("{}");
  node.Add();
  node.Write(R"({"registry-mirrors": ["http://127.0.0.1:5000", "https://m.example"]})");
  node.file = DockerFiles({"https://m.example", {}}).front();
  node.Add();
  CHECK(node.Read() == "{\n  \"registry-mirrors\": [\n    \"https://m.example\"\n  ]\n}\n");
  node.Remove();
  CHECK(node.Read().find("https://m.example") != std::string::npos);
}

TEST_CASE("the mode stays, of the backup too") {
  Node node;
  node.Write(kTheirs);
  ::chmod(node.path.c_str(), 0600);
  node.Add();
  for (const char* suffix : {"", kBackupSuffix}) {
    struct stat now {};
    REQUIRE(::stat((node.path + suffix).c_str(), &now) == 0);
    CHECK((now.st_mode & 07777) == 0600);
  }
}

TEST_CASE("a symbolic link is not replaced by a file") {
  Node node;
  node.Write(kTheirs);
  fs::rename(node.path, node.path + ".real");
  fs::create_symlink(node.path + ".real", node.path);
  CHECK(node.editor.PlanAdd(node.file).error().message.find("symbolic link") != std::string::npos);
}

TEST_CASE("a file that cannot be merged with is named") {
  Node node;
  node.Write("{");
  const auto refused = node.editor.PlanAdd(node.file);
  REQUIRE(!refused);
  CHECK(refused.error().message.starts_with(node.path + ": "));
  CHECK(node.Read() == "{");
}

}  // namespace
}  // namespace longshore::setup
