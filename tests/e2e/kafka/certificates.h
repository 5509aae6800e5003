// CertificateAuthority: a private root and an intermediate of it, made with the openssl program in a folder of the
// test.
//
// Everything it issues is signed by the intermediate, so a peer that sends only its leaf is refused by whoever trusts
// only the root; that is the mistake these files exist to catch.
//
// Confined to one thread.
#pragma once

#include <string>

namespace millrace::e2e {

struct Certificate {
  std::string chain_path, chain;  // leaf, then intermediate (PEM)
  std::string leaf_path, leaf;    // the leaf alone
  std::string key_path, key;      // PKCS#8, unencrypted
  std::string store_path;         // key and chain in one file: Kafka's PEM key store
};

class CertificateAuthority {
 public:
  // Creates root and intermediate in `folder`/`name`. About 0.1 s.
  CertificateAuthority(const std::string& folder, const std::string& name);

  // A certificate for servers and clients with CN=`common_name`, valid for localhost and 127.0.0.1.
  Certificate issue(const std::string& common_name, int days = 2);

  const std::string& root_path() const { return root_path_; }
  const std::string& root() const { return root_; }

 private:
  std::string folder_, root_path_, root_;
};

}  // namespace millrace::e2e
