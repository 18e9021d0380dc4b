#pragma once

#include <map>
#include <string>
#include <vector>

#include "cache/base/digest.h"
#include "tests/support/cache_bed.h"

namespace longshore {

using ContentByDigest = std::map<Digest, std::string>;

// What must hold of every cache at rest, each broken one as a sentence:
//   a blob record has a file, under the name of its encoding, with the right bytes; a file among
//   the sealed has a record;
//   an extent record has a file whose present bytes are right; a staging file has a record;
//   the account is the sum of the records, in the index and in memory; no removal is left undone.
// `contents`: the right bytes of every digest that was ever asked for.
std::vector<std::string> BrokenInvariants(CacheBed& bed, const std::string& path,
                                          const ContentByDigest& contents);

}  // namespace longshore
