#include "tests/support/self_signed.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace longshore {
namespace {

template <typename T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

Handle<std::FILE> OpenForWriting(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  return {file, [](std::FILE* it) { std::fclose(it); }};
}

}  // namespace

SelfSigned::SelfSigned(const std::string& folder)
    : certificate_file(folder + "/certificate.pem"), key_file(folder + "/key.pem") {
  const Handle<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Handle<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 60 * 60);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const auto* const host = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  PEM_write_X509(OpenForWriting(certificate_file).get(), certificate.get());
  PEM_write_PrivateKey(OpenForWriting(key_file).get(), key.get(), nullptr, nullptr, 0, nullptr,
                       nullptr);
}

}  // namespace longshore
