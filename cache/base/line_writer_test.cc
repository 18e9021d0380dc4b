#include "cache/base/line_writer.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <map>
#include <semaphore>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace longshore {
namespace {

// An output that the test lets through, a write at a time, and how.
class Output {
 public:
  LineWriter::Write write() {
    return [this](std::string_view bytes) -> int64_t {
      asked_.release();
      allowed_.acquire();
      if (takes_ < 0) return -1;
      const std::string_view taken =
          takes_ == 0 ? bytes : bytes.substr(0, static_cast<size_t>(takes_));
      writes.emplace_back(taken);
      return static_cast<int64_t>(taken.size());
    };
  }
  // The writer has come so far that it wants to write.
  void AwaitWrite() { asked_.acquire(); }
  // It is taken: all of it, so many bytes, or (-1) nothing.
  void Let(int64_t takes = 0) {
    takes_ = takes;
    allowed_.release();
  }
  // So is every write from now on.
  void LetAll() {
    takes_ = 0;
    allowed_.release(1'000'000);
  }
  std::string text() const {
    std::string all;
    for (const std::string& write : writes) all += write;
    return all;
  }

  std::vector<std::string> writes;

 private:
  std::counting_semaphore<> asked_{0};
  std::counting_semaphore<> allowed_{0};
  int64_t takes_ = 0;
};

std::string Confess(uint64_t lines) {
  return "lost " + std::to_string(lines) + "\n";
}

TEST_CASE("lines that come while one is being written go out together") {
  Output output;
  {
    LineWriter writer(output.write(), Confess);
    writer.Append("first\n", false);
    output.AwaitWrite();
    for (int i = 0; i < 1000; ++i) writer.Append("another\n", false);
    output.LetAll();
  }
  REQUIRE(output.writes.size() == 2);
  CHECK(output.writes[0] == "first\n");
  CHECK(output.writes[1].size() == 1000 * std::string_view("another\n").size());
}

TEST_CASE("what finds no room is lost and said to be, and the last room is for what is urgent") {
  Output output;
  const std::string line(1023, 'x');
  uint64_t written = 0;
  {
    LineWriter writer(output.write(), Confess);
    writer.Append("first\n", false);
    output.AwaitWrite();
    const auto fill = [&](bool is_urgent) {
      const uint64_t before = writer.lost();
      while (writer.lost() == before) {
        REQUIRE(written++ * 1024 <= LineWriter::kMost);
        writer.Append(line + "\n", is_urgent);
      }
      --written;
    };
    fill(false);
    CHECK(written == LineWriter::kMost / 4 * 3 / 1024);
    fill(true);
    CHECK(written == LineWriter::kMost / 1024);
    CHECK(writer.lost() == 2);
    output.LetAll();
  }
  CHECK(output.text().size() == 6 + written * 1024 + 7);
  CHECK(output.text().ends_with("x\nlost 2\n"));
}

TEST_CASE("what cannot be written is lost, and said to be when lines go out again") {
  Output output;
  {
    LineWriter writer(output.write(), Confess);
    writer.Append("first\n", false);
    output.AwaitWrite();
    output.Let(3);
    output.AwaitWrite();
    writer.Append("second\n", true);
    writer.Append("third\n", true);
    output.Let(-1);
    output.AwaitWrite();
    CHECK(writer.lost() == 1);
    output.LetAll();
  }
  CHECK(output.text() == "fir\nsecond\nthird\nlost 1\n");
}

TEST_CASE("whoever finishes waits for what is written, but not for an output that takes nothing") {
  Output output;
  LineWriter writer(output.write(), Confess);
  writer.Append("first\n", false);
  output.AwaitWrite();
  SUBCASE("taken") {
    output.LetAll();
    CHECK(writer.Finish(std::chrono::hours{1}));
    CHECK(output.text() == "first\n");
  }
  SUBCASE("not taken") {
    CHECK_FALSE(writer.Finish(std::chrono::milliseconds{1}));
    CHECK(output.writes.empty());
    output.LetAll();
  }
}

TEST_CASE("lines of many threads are never mixed and none is missing") {
  constexpr int kThreads = 4;
  constexpr int kLines = 5000;
  std::string text;
  {
    const auto take = [&](std::string_view bytes) -> int64_t {
      const size_t taken = std::min<size_t>(bytes.size(), 1000);
      text += bytes.substr(0, taken);
      return static_cast<int64_t>(taken);
    };
    LineWriter writer(take, Confess);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&writer, t] {
        for (int i = 0; i < kLines; ++i) {
          writer.Append(std::to_string(t) + " " + std::to_string(i) + "\n", i % 100 == 0);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(writer.lost() == 0);
  }
  std::map<int, int> next;
  std::istringstream lines(text);
  int thread = 0;
  int number = 0;
  while (lines >> thread >> number) CHECK(number == next[thread]++);
  REQUIRE(next.size() == kThreads);
  for (const auto& [_, count] : next) CHECK(count == kLines);
}

TEST_CASE("a descriptor that does not block is waited for") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  REQUIRE(::fcntl(pipe[1], F_SETFL, O_NONBLOCK) == 0);
  const std::string line = std::string(1023, 'x') + "\n";
  std::thread reader([fd = pipe[0]] {
    std::array<char, 4096> scratch{};
    ssize_t n = 0;
    size_t received = 0;
    while ((n = ::read(fd, scratch.data(), scratch.size())) > 0) received += static_cast<size_t>(n);
    CHECK(received == 1024 * 1024);
  });
  {
    LineWriter writer(WriteTo(pipe[1]), Confess);
    for (int i = 0; i < 1024; ++i) writer.Append(line, false);
  }
  ::close(pipe[1]);
  reader.join();
  ::close(pipe[0]);
}

TEST_CASE("a descriptor that nobody reads loses what is written to it") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  ::close(pipe[0]);
  std::signal(SIGPIPE, SIG_IGN);  // as main does
  CHECK(WriteTo(pipe[1])("line\n") == -1);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace longshore
