#include <zstd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

#include "bench/replay/workload.h"

namespace longshore::bench {
namespace {

[[noreturn]] void Fail(const std::string& path, const char* why) {
  std::fprintf(stderr, "bench_replay: %s: %s\n", path.c_str(), why);
  std::exit(1);
}

std::string ReadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (!file) Fail(path, std::strerror(errno));
  std::string bytes;
  std::array<char, 1 << 16> piece{};
  while (const size_t count = std::fread(piece.data(), 1, piece.size(), file.get())) {
    bytes.append(piece.data(), count);
  }
  if (std::ferror(file.get())) Fail(path, "cannot be read");
  return bytes;
}

bool IsCompressed(const std::string& bytes) {
  constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";  // RFC 8878, section 3.1.1
  return bytes.starts_with(kMagic);
}

std::string Decompress(const std::string& path, const std::string& bytes) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                   ZSTD_freeDCtx);
  std::string text;
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  size_t wants = 0;
  do {
    ZSTD_outBuffer out{piece.data(), piece.size(), 0};
    const size_t before = in.pos;
    wants = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(wants)) Fail(path, ZSTD_getErrorName(wants));
    text.append(piece, 0, out.pos);
    if (out.pos == 0 && in.pos == before) break;
  } while (in.pos < in.size || wants > 0);
  if (wants > 0) Fail(path, "it ends in the middle of a zstd frame");
  return text;
}

void AddRequest(const std::string& line, const TraceOptions& options, WorkloadBuilder& builder) {
  constexpr std::string_view kBlobs = "/blobs/";
  if (const size_t at = line.rfind(kBlobs); at != std::string::npos) {
    const std::string digest = line.substr(at + kBlobs.size());
    builder.Request(digest, BlobSize(digest, options.salt));
  } else if (options.manifests && line.find("/manifests/") != std::string::npos) {
    builder.Request(line, ManifestSize(line, options.salt));
  }
}

}  // namespace

Workload ReadTrace(const std::string& path, const TraceOptions& options) {
  std::string text = ReadFile(path);
  if (IsCompressed(text)) text = Decompress(path, text);
  WorkloadBuilder builder;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    AddRequest(text.substr(begin, end - begin), options, builder);
    begin = end + 1;
  }
  Workload workload = builder.Take();
  if (workload.requests.empty()) Fail(path, "no line of it is a path …/blobs/<digest>");
  return workload;
}

Workload GenerateTrace(const TraceOptions& options) {
  constexpr int kRequests = 100'000;
  constexpr double kLive = 2000;         // blobs in use at a time
  constexpr double kTurnover = 1 / 16.;  // new ones a request
  constexpr double kOneHit = 1 / 3.;
  std::mt19937_64 random(1);
  const auto uniform = [&] { return std::ldexp(static_cast<double>(random() >> 11), -53); };
  WorkloadBuilder builder;
  for (int i = 0; i < kRequests; ++i) {
    // Rank by the inverse of a Zipf law of exponent 1; who has which rank moves on.
    const auto rank = static_cast<uint64_t>(std::pow(kLive, uniform()));
    const auto turn = static_cast<uint64_t>(i * kTurnover / static_cast<double>(rank));
    const std::string name = uniform() < kOneHit
                                 ? "once-" + std::to_string(i)
                                 : std::to_string(rank) + "-" + std::to_string(turn / 64);
    builder.Request(name, BlobSize(name, options.salt));
  }
  return builder.Take();
}

}  // namespace longshore::bench
