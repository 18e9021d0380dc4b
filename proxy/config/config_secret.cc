#include "proxy/config/config_secret.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace longshore {
namespace {

// A whole small file without the line break that editors put at its end. Never part of a message.
Result<std::string> ReadSmallFile(const std::string& path) {
  constexpr size_t kMostBytes = 64 << 10;
  const auto fail = [&path] {
    return Fail(Code::kInvalid, "cannot read " + path + ": " + std::strerror(errno));
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail();
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while (text.size() <= kMostBytes) {
    count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  const int saved = errno;
  ::close(fd);
  errno = saved;
  if (count < 0) return fail();
  if (text.size() > kMostBytes) return Fail(Code::kInvalid, path + " is too large for a password");
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace

Result<Secret> CheckSecret(std::string text, const std::string& source) {
  if (text.empty()) return Fail(Code::kInvalid, source + " is empty");
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      return Fail(Code::kInvalid, source + " holds a control character or a second line");
    }
  }
  return Secret(std::move(text));
}

Result<Secret> ReadSecretFile(const std::string& path) {
  auto text = ReadSmallFile(path);
  if (!text) return tl::unexpected<Error>(std::move(text.error()));
  return CheckSecret(std::move(*text), path);
}

}  // namespace longshore
