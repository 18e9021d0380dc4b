#include "proxy/upstream/transfer.h"

namespace longshore {

bool IsEncoded(const TransferHead& head) {
  const auto encoding = head.fields.Get("Content-Encoding");
  return encoding && !encoding->empty() && *encoding != "identity";
}

}  // namespace longshore
