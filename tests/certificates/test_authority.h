// Certificates for tests, made on the spot: an authority, and certificates for servers and clients that it signed.
//
// Nothing is written to disk, and every authority has a key of its own, valid for a day. Used by the sinks' tests.
// Const methods from any thread.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace millrace::tests {

class TestAuthority {
 public:
  explicit TestAuthority(const char* name) {
    key_.reset(EVP_EC_gen("P-256"));
    certificate_ = make(key_.get(), name, "CA:TRUE", nullptr);
  }
  struct Pem {
    std::string certificate, key;
  };
  std::string pem() const { return text(certificate_.get()); }
  // `names`: "IP:127.0.0.1" or "DNS:localhost".
  Pem issue(const char* names, const char* common_name = "Test server") const {
    const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const Certificate certificate = make(key.get(), common_name, nullptr, names);
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {text(certificate.get()), content(out.get())};
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static std::string content(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }
  static std::string text(X509* certificate) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(out.get(), certificate);
    return content(out.get());
  }
  Certificate make(EVP_PKEY* key, const char* name, const char* constraints, const char* names) const {
    Certificate certificate(X509_new(), &X509_free);
    X509* x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), constraints != nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(x, certificate_ ? X509_get_subject_name(certificate_.get()) : X509_get_subject_name(x));
    const auto extend = [&](int nid, const char* value) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
      X509_add_ext(x, extension, -1);
      X509_EXTENSION_free(extension);
    };
    if (constraints != nullptr) extend(NID_basic_constraints, constraints);
    if (names != nullptr) extend(NID_subject_alt_name, names);
    X509_sign(x, key_.get(), EVP_sha256());
    return certificate;
  }
  Key key_{nullptr, &EVP_PKEY_free};
  Certificate certificate_{nullptr, &X509_free};
};

}  // namespace millrace::tests
