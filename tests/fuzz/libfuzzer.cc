#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// https://llvm.org/docs/LibFuzzer.html. LONGSHORE_FUZZ_TARGET is one of the functions of targets.h.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  longshore::fuzz::LONGSHORE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
