#include "proxy/net/record_sink.h"

#include <memory>

namespace longshore {
namespace {

int Append(BIO*, const char* data, size_t size, size_t* written) {
  SealedRecords().append(data, size);
  *written = size;
  return 1;
}

long Control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

using Method = std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)>;

Method MakeMethod() {
  Method method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records"), BIO_meth_free);
  BIO_meth_set_write_ex(method.get(), Append);
  BIO_meth_set_ctrl(method.get(), Control);
  return method;
}

}  // namespace

std::string& SealedRecords() {
  thread_local std::string records;
  return records;
}

BIO* NewRecordSink() {
  static const Method method = MakeMethod();
  BIO* sink = BIO_new(method.get());
  BIO_set_init(sink, 1);
  return sink;
}

}  // namespace longshore
