#include "setup/docker.h"

#include <doctest/doctest.h>

namespace longshore::setup {
namespace {

const NodeFile& DaemonJson() {
  static const NodeFile file = DockerFiles({"http://127.0.0.1:5000", {"docker.io"}}).front();
  return file;
}

TEST_CASE("without a daemon.json, one with the mirror is made") {
  CHECK(DaemonJson().add("").value() ==
        "{\n  \"registry-mirrors\": [\n    \"http://127.0.0.1:5000\"\n  ]\n}\n");
}

TEST_CASE("the mirror comes before others, and other keys stay in their order") {
  CHECK(
      DaemonJson()
          .add(
              R"({"storage-driver":"overlay2","registry-mirrors":["https://m.example"],"bip":"10.0.0.1/24"})")
          .value() ==
      "{\n  \"storage-driver\": \"overlay2\",\n  \"registry-mirrors\": [\n"
      "    \"http://127.0.0.1:5000\",\n    \"https://m.example\"\n  ],\n"
      "  \"bip\": \"10.0.0.1/24\"\n}\n");
}

TEST_CASE("a mirror that is there already changes nothing, with a slash at its end or without") {
  for (const char* text : {R"({"registry-mirrors":["http://127.0.0.1:5000"]})",
                           R"({"registry-mirrors": ["http://127.0.0.1:5000/"]})"}) {
    CHECK(DaemonJson().add(text).value() == text);
  }
}

TEST_CASE("what dockerd would not read is refused, not replaced") {
  for (const char* text : {"{", "[]", R"({"registry-mirrors":"http://127.0.0.1:5000"})"}) {
    CHECK(DaemonJson().add(text).error().code == Code::kInvalid);
    CHECK(DaemonJson().remove(text).error().code == Code::kInvalid);
  }
}

TEST_CASE("only the mirror goes again") {
  CHECK(DaemonJson()
            .remove(R"({"bip":"10.0.0.1/24","registry-mirrors":["http://127.0.0.1:5000"]})")
            .value() == "{\n  \"bip\": \"10.0.0.1/24\"\n}\n");
  CHECK(DaemonJson().remove(R"({"registry-mirrors":["http://127.0.0.1:5000/"]})").value() == "");
  const std::string other = R"({"registry-mirrors":["https://m.example"]})";
  CHECK(DaemonJson().remove(other).value() == other);
}

}  // namespace
}  // namespace longshore::setup
