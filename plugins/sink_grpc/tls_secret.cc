// OpenSSL reads everything once here, so that what gRPC is given later is known to be good.
#include "tls_secret.h"

#include <millrace/plugin.hpp>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

namespace millrace::grpc_sink {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio reader(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::string content(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// All certificates of a text, as PEM; the first one is left in `first`.
std::string certificates(const std::string& text, Certificate& first) {
  const Bio in = reader(text), out(BIO_new(BIO_s_mem()), &BIO_free);
  while (Certificate certificate{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free}) {
    PEM_write_bio_X509(out.get(), certificate.get());
    if (!first) first = std::move(certificate);
  }
  ERR_clear_error();
  return content(out.get());
}

int give_password(char* to, int room, int, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  const int size = static_cast<int>(std::min<std::size_t>(text.size(), static_cast<std::size_t>(room)));
  std::copy_n(text.data(), size, to);
  return size;
}

Error unusable(const std::string& why) {
  return Error(MR_INVALID_ARGUMENT, "The secret that tls.credentials names " + why + ".", "/tls/credentials")
      .id("MR4104");
}

}  // namespace

void check_authorities(const std::string& pem) {
  Certificate first(nullptr, &X509_free);
  certificates(pem, first);
  if (first) return;
  throw Error(MR_INVALID_ARGUMENT, "The secret that tls.root_ca names holds no certificate in PEM.", "/tls/root_ca")
      .id("MR4103");
}

KeyPair read_key_pair(const std::string& secret) {
  std::string certificate_text = secret, key_text = secret, password;
  if (const auto json = nlohmann::json::parse(secret, nullptr, false); json.is_object()) {
    const auto text = [&](const char* member) {
      const auto at = json.find(member);
      return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    certificate_text = text("certificate");
    key_text = text("privateKey");
    password = text("privateKeyPassword");
  }
  Certificate first(nullptr, &X509_free);
  KeyPair pair;
  pair.certificates = certificates(certificate_text, first);
  if (!first) throw unusable("holds no certificate in PEM");
  const Bio in = reader(key_text);
  const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, &give_password, &password), &EVP_PKEY_free);
  ERR_clear_error();
  OPENSSL_cleanse(password.data(), password.size());
  if (!key) throw unusable("holds no private key in PEM that can be read with its password");
  const bool fits = X509_check_private_key(first.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) throw unusable("has a private key that is not the certificate's");
  const Bio out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  pair.key = content(out.get());
  if (key_text != secret) OPENSSL_cleanse(key_text.data(), key_text.size());
  return pair;
}

}  // namespace millrace::grpc_sink
