#pragma once

#include <openssl/bio.h>

#include <string>

namespace longshore {

// Where a TLS session of this thread puts its records. Empty between two calls into OpenSSL:
// whoever made one takes them. Its memory stays for the next.
std::string& SealedRecords();

// A BIO that appends to SealedRecords, so never blocks. BIO_meth_new(3).
BIO* NewRecordSink();

}  // namespace longshore
