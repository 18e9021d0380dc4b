#include "proxy/upstream/address_reach.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

struct Row {
  std::string address;
  AddressReach reach;
};

TEST_CASE("addresses are known by the blocks they lie in, to the last of each block") {
  const Row rows[] = {
      {"1.1.1.1", AddressReach::kPublic},
      {"9.255.255.255", AddressReach::kPublic},
      {"10.0.0.0", AddressReach::kPrivate},
      {"10.255.255.255", AddressReach::kPrivate},
      {"11.0.0.0", AddressReach::kPublic},
      {"100.63.255.255", AddressReach::kPublic},
      {"100.64.0.0", AddressReach::kPrivate},
      {"100.127.255.255", AddressReach::kPrivate},
      {"100.128.0.0", AddressReach::kPublic},
      {"172.15.255.255", AddressReach::kPublic},
      {"172.16.0.1", AddressReach::kPrivate},
      {"172.31.255.255", AddressReach::kPrivate},
      {"172.32.0.0", AddressReach::kPublic},
      {"192.168.1.1", AddressReach::kPrivate},
      {"192.169.0.0", AddressReach::kPublic},
      {"127.0.0.1", AddressReach::kLoopback},
      {"127.255.255.255", AddressReach::kLoopback},
      {"128.0.0.0", AddressReach::kPublic},
      {"0.0.0.0", AddressReach::kLoopback},
      {"169.254.169.254", AddressReach::kLinkLocal},
      {"169.255.0.0", AddressReach::kPublic},
      {"2606:4700::1", AddressReach::kPublic},
      {"::1", AddressReach::kLoopback},
      {"::", AddressReach::kLoopback},
      {"fc00::1", AddressReach::kPrivate},
      {"fdff::1", AddressReach::kPrivate},
      {"fe80::1", AddressReach::kLinkLocal},
      {"fe80::1%eth0", AddressReach::kLinkLocal},
      {"fec0::1", AddressReach::kPrivate},
      {"fe00::1", AddressReach::kPublic},
  };
  for (const Row& row : rows) {
    CAPTURE(row.address);
    CHECK(ReachOf(row.address) == row.reach);
  }
}

TEST_CASE("an IPv4 address is no further away for being written in IPv6") {
  const Row rows[] = {
      {"::ffff:10.0.0.1", AddressReach::kPrivate},
      {"::ffff:127.0.0.1", AddressReach::kLoopback},
      {"::ffff:1.1.1.1", AddressReach::kPublic},
      {"64:ff9b::a9fe:a9fe", AddressReach::kLinkLocal},
      {"2002:c0a8:0101::1", AddressReach::kPrivate},
  };
  for (const Row& row : rows) {
    CAPTURE(row.address);
    CHECK(ReachOf(row.address) == row.reach);
  }
}

TEST_CASE("what is no address is nobody's to reach") {
  for (const std::string text : {"", "localhost", "10.0.0", "1.2.3.4.5", "[::1]", "010.0.0.1"}) {
    CAPTURE(text);
    CHECK(ReachOf(text) == AddressReach::kLinkLocal);
  }
}

TEST_CASE("of a host, what it says itself is known, and of another name nothing") {
  const Row rows[] = {
      {"10.0.0.1", AddressReach::kPrivate},
      {"[::1]", AddressReach::kLoopback},
      {"[::ffff:169.254.169.254]", AddressReach::kLinkLocal},
      {"8.8.8.8", AddressReach::kPublic},
      {"localhost", AddressReach::kLoopback},
      {"a.localhost.", AddressReach::kLoopback},
      {"registry.example", AddressReach::kPublic},
      {"notlocalhost", AddressReach::kPublic},
  };
  for (const Row& row : rows) {
    CAPTURE(row.address);
    CHECK(ReachOfHost(row.address) == row.reach);
  }
}

}  // namespace
}  // namespace longshore
