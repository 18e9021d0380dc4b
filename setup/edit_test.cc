#include "setup/edit.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "setup/docker.h"
#include "setup/podman.h"
#include "tests/support/temp_folder.h"

namespace longshore::setup {
namespace {

namespace fs = std::filesystem;

struct Node {
  TempFolder folder;
  PosixDisk disk;
  NodeEditor editor{folder.path(), disk};
  NodeFile file = DockerFiles({"http://127.0.0.1:5000", {}}).front();
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
  CHECK(node.FilesBeside() == 1);
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

TEST_CASE("a backup is of what was there before setup, never of its own work") {
  Node node;
  node.Write(kTheirs);
  node.Add();
  node.file = PodmanFiles({"http://127.0.0.1:5000", {"docker.io"}}).front();
  node.path = node.folder.path() + node.file.path;
  node.Write("# by hand\n");
  node.Add();
  node.file = PodmanFiles({"http://127.0.0.1:5001", {"docker.io"}}).front();
  CHECK(node.Add() == Edit::Kind::kWrite);
  CHECK(node.Read(kBackupSuffix) == "# by hand\n");
  CHECK(node.Remove() == Edit::Kind::kRestore);
  CHECK(node.Read() == "# by hand\n");
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
