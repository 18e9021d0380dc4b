#include "cache/base/digest.h"

#include <openssl/evp.h>

#include <cstring>
#include <span>
#include <stdexcept>

namespace longshore {
namespace {

constexpr size_t RawSize(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::kSha256 ? 32 : 64;
}

// -1 for anything but 0-9 and a-f: the spec allows lower case only.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

void WriteHex(std::span<const uint8_t> raw, char* out) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (const uint8_t byte : raw) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
}

// Fetched once: EVP_sha256() is looked up anew by every init, under locks (EVP_MD_fetch(3)).
const EVP_MD* Algorithm(DigestAlgorithm algorithm) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  return algorithm == DigestAlgorithm::kSha256 ? sha256 : sha512;
}

}  // namespace

Result<Digest> Digest::Parse(std::string_view text) {
  DigestAlgorithm algorithm = DigestAlgorithm::kSha256;
  if (text.starts_with("sha512:")) {
    algorithm = DigestAlgorithm::kSha512;
  } else if (!text.starts_with("sha256:")) {
    return Fail(Code::kInvalid, "a digest starts with sha256: or sha512:");
  }
  const std::string_view hex = text.substr(7);
  if (hex.size() != 2 * RawSize(algorithm)) {
    return Fail(Code::kInvalid, "a digest has the wrong number of hex digits");
  }
  Digest digest;
  digest.algorithm_ = algorithm;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) return Fail(Code::kInvalid, "a digest has lower-case hex digits only");
    digest.raw_[i / 2] = static_cast<uint8_t>(high * 16 + low);
  }
  return digest;
}

Result<Digest> Digest::FromRaw(DigestAlgorithm algorithm, std::string_view raw) {
  const bool known = algorithm == DigestAlgorithm::kSha256 || algorithm == DigestAlgorithm::kSha512;
  if (!known || raw.size() != RawSize(algorithm)) {
    return Fail(Code::kInvalid, "a raw digest has the wrong length");
  }
  Digest digest;
  digest.algorithm_ = algorithm;
  std::memcpy(digest.raw_.data(), raw.data(), raw.size());
  return digest;
}

Digest Digest::Of(std::string_view data, DigestAlgorithm algorithm) {
  Hasher hasher(algorithm);
  hasher.Update(data);
  return hasher.Finish();
}

std::string_view Digest::AlgorithmName() const {
  return algorithm_ == DigestAlgorithm::kSha256 ? "sha256" : "sha512";
}

std::string_view Digest::Raw() const {
  return {reinterpret_cast<const char*>(raw_.data()), RawSize(algorithm_)};
}

std::string Digest::Hex() const {
  std::string hex(2 * RawSize(algorithm_), '0');
  WriteHex(std::span(raw_).first(RawSize(algorithm_)), hex.data());
  return hex;
}

std::string Digest::ToString() const {
  const std::string_view algorithm = AlgorithmName();
  std::string text(algorithm.size() + 1 + 2 * RawSize(algorithm_), ':');
  algorithm.copy(text.data(), algorithm.size());
  WriteHex(std::span(raw_).first(RawSize(algorithm_)), text.data() + algorithm.size() + 1);
  return text;
}

uint64_t Digest::Hash() const {
  uint64_t hash = 0;
  std::memcpy(&hash, raw_.data(), sizeof hash);
  return hash;
}

struct Hasher::Context {
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(md); }
  EVP_MD_CTX* md = EVP_MD_CTX_new();
};

Hasher::Hasher(DigestAlgorithm algorithm)
    : algorithm_(algorithm), context_(std::make_unique<Context>()) {
  // Fails only when memory does, as operator new would.
  if (EVP_DigestInit_ex(context_->md, Algorithm(algorithm), nullptr) != 1) throw std::bad_alloc();
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(std::string_view data) {
  EVP_DigestUpdate(context_->md, data.data(), data.size());
}

Digest Hasher::Finish() {
  std::array<uint8_t, 64> raw{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_->md, raw.data(), &size);
  return *Digest::FromRaw(algorithm_, {reinterpret_cast<const char*>(raw.data()), size});
}

}  // namespace longshore
