#include "server_name.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace millrace::kafka {

bool certificate_is_for(const void* der, std::size_t size, const std::string& name) {
  const auto* bytes = static_cast<const unsigned char*>(der);
  const std::unique_ptr<X509, decltype(&X509_free)> leaf(d2i_X509(nullptr, &bytes, static_cast<long>(size)),
                                                         &X509_free);
  if (!leaf) return false;
  return X509_check_ip_asc(leaf.get(), name.c_str(), 0) == 1 ||
         X509_check_host(leaf.get(), name.data(), name.size(), 0, nullptr) == 1;
}

}  // namespace millrace::kafka
