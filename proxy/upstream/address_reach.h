#pragma once

#include <cstdint>
#include <string>

namespace longshore {

// From how far away an address can be reached: the further inside, the more a stranger's redirect
// could do there. In rising order.
enum class AddressReach : uint8_t {
  kPublic,
  kPrivate,    // RFC 1918, RFC 6598, RFC 4193
  kLoopback,   // and 0.0.0.0/8, which Linux takes for it
  kLinkLocal,  // RFC 3927, RFC 4291: where clouds serve the machine's own credentials
};

// Of a numeric IPv4 or IPv6 address, without brackets and port. IPv4 within IPv6 (mapped, NAT64,
// 6to4) counts as what it holds. What is no address is kLinkLocal: nobody may go there by accident.
// Pure, any thread.
AddressReach ReachOf(const std::string& address);
// As far as a URL's host says it itself (brackets as there, lower case): an address, or localhost
// (RFC 6761 §6.3). Of any other name nothing is known: kPublic. Pure, any thread.
AddressReach ReachOfHost(const std::string& host);

}  // namespace longshore
