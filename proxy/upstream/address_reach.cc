#include "proxy/upstream/address_reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace longshore {
namespace {

struct V4Block {
  uint32_t address;
  int bits;
  AddressReach reach;
};
constexpr V4Block kV4Blocks[] = {
    {0x0A000000, 8, AddressReach::kPrivate},     // 10.0.0.0/8
    {0x64400000, 10, AddressReach::kPrivate},    // 100.64.0.0/10
    {0xAC100000, 12, AddressReach::kPrivate},    // 172.16.0.0/12
    {0xC0A80000, 16, AddressReach::kPrivate},    // 192.168.0.0/16
    {0x7F000000, 8, AddressReach::kLoopback},    // 127.0.0.0/8
    {0x00000000, 8, AddressReach::kLoopback},    // 0.0.0.0/8
    {0xA9FE0000, 16, AddressReach::kLinkLocal},  // 169.254.0.0/16
};

AddressReach ReachOfV4(uint32_t address) {
  const auto* found =
      std::find_if(std::begin(kV4Blocks), std::end(kV4Blocks), [address](const V4Block& block) {
        return (address ^ block.address) >> (32 - block.bits) == 0;
      });
  return found == std::end(kV4Blocks) ? AddressReach::kPublic : found->reach;
}

using V6Bytes = std::array<uint8_t, 16>;

uint32_t V4At(const V6Bytes& bytes, size_t at) {
  return uint32_t{bytes[at]} << 24 | uint32_t{bytes[at + 1]} << 16 | uint32_t{bytes[at + 2]} << 8 |
         uint32_t{bytes[at + 3]};
}

bool BeginsWith(const V6Bytes& bytes, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

AddressReach ReachOfV6(const V6Bytes& bytes) {
  if (BeginsWith(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}) ||     // RFC 4291 §2.5.5.2
      BeginsWith(bytes, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) {  // RFC 6052 §2.1
    return ReachOfV4(V4At(bytes, 12));
  }
  if (BeginsWith(bytes, {0x20, 0x02})) return ReachOfV4(V4At(bytes, 2));  // RFC 3056
  // :: and ::1, and what else lies there that nobody routes.
  if (BeginsWith(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) return AddressReach::kLoopback;
  if ((bytes[0] & 0xFE) == 0xFC) return AddressReach::kPrivate;  // RFC 4193
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) return AddressReach::kLinkLocal;
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0xC0) return AddressReach::kPrivate;  // RFC 3879
  return AddressReach::kPublic;
}

}  // namespace

AddressReach ReachOf(const std::string& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return ReachOfV4(ntohl(v4.s_addr));
  V6Bytes v6{};
  // A scope ("fe80::1%eth0") is no part of the address.
  const std::string bare = address.substr(0, address.find('%'));
  if (::inet_pton(AF_INET6, bare.c_str(), v6.data()) == 1) return ReachOfV6(v6);
  return AddressReach::kLinkLocal;
}

AddressReach ReachOfHost(const std::string& host) {
  if (host.starts_with('[')) return ReachOf(host.substr(1, host.find(']') - 1));
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ReachOfV4(ntohl(v4.s_addr));
  const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  const bool is_localhost = name == "localhost" || name.ends_with(".localhost");
  return is_localhost ? AddressReach::kLoopback : AddressReach::kPublic;
}

}  // namespace longshore
