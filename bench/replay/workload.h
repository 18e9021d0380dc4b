#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace longshore::bench {

// What the policies are asked for, in order. Objects are numbered as they first appear.
struct Workload {
  std::vector<uint32_t> requests;
  std::vector<uint64_t> sizes;  // of each object: the bytes its file charges

  uint64_t UniqueBytes() const;
  std::string Describe() const;  // requests, objects, and how their sizes are distributed
};

// The size of the blob of this name: the same in every run and on every machine. Log-uniform
// between the quantiles published for Docker's registry at IBM (Anwar et al., FAST 2018): 65 %
// under 1 MB, 80 % under 10 MB, 5.9 % over 64 MiB with 65 % of the bytes, mean 14 MB.
uint64_t BlobSize(const std::string& name, uint64_t salt);
// Of a manifest: 0.5 to 10 KB.
uint64_t ManifestSize(const std::string& name, uint64_t salt);

// Numbers the objects.
class WorkloadBuilder {
 public:
  void Request(const std::string& name, uint64_t size);
  Workload Take() { return std::move(workload_); }

 private:
  Workload workload_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

struct TraceOptions {
  bool manifests = false;  // as objects beside the blobs
  uint64_t salt = 0;       // another one gives every object another size
};

// The requests of a trace, which holds a GET path a line, plain or compressed by zstd:
// …/blobs/<digest> and …/<repository>/manifests/<reference>; all else (pings) is no object. What
// is wrong with it ends the program with status 1.
Workload ReadTrace(const std::string& path, const TraceOptions& options);

// A stand-in: a Zipf law over blobs that lose their popularity in time, and one-hit wonders, a
// third of all requests.
Workload GenerateTrace(const TraceOptions& options);

}  // namespace longshore::bench
