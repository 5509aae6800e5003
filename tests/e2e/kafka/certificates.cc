// Certificates for tests; what is signed by what stands in certificates.h.
#include "tests/e2e/kafka/certificates.h"

#include <filesystem>

#include "tests/e2e/kafka/process.h"

namespace millrace::e2e {
namespace {

void new_key(const std::string& path) {
  run({"openssl", "genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path});
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& folder, const std::string& name)
    : folder_(folder + "/" + name), root_path_(folder_ + "/root.pem") {
  std::filesystem::create_directories(folder_);
  new_key(folder_ + "/root.key");
  run({"openssl", "req", "-x509", "-new", "-key", folder_ + "/root.key", "-subj", "/CN=" + name + " root", "-days", "3",
       "-out", root_path_});
  new_key(folder_ + "/intermediate.key");
  run({"openssl", "req", "-new", "-key", folder_ + "/intermediate.key", "-subj", "/CN=" + name + " intermediate",
       "-out", folder_ + "/intermediate.csr"});
  write_file(folder_ + "/intermediate.ext", "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign\n");
  run({"openssl", "x509", "-req", "-in", folder_ + "/intermediate.csr", "-CA", root_path_, "-CAkey",
       folder_ + "/root.key", "-CAcreateserial", "-days", "3", "-extfile", folder_ + "/intermediate.ext", "-out",
       folder_ + "/intermediate.pem"});
  root_ = read_file(root_path_);
}

Certificate CertificateAuthority::issue(const std::string& common_name, int days) {
  const std::string base = folder_ + "/" + common_name;
  Certificate made;
  made.key_path = base + ".key";
  made.leaf_path = base + ".pem";
  made.chain_path = base + ".chain.pem";
  made.store_path = base + ".store.pem";
  new_key(made.key_path);
  run({"openssl", "req", "-new", "-key", made.key_path, "-subj", "/CN=" + common_name, "-out", base + ".csr"});
  write_file(base + ".ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n");
  run({"openssl", "x509", "-req", "-in", base + ".csr", "-CA", folder_ + "/intermediate.pem", "-CAkey",
       folder_ + "/intermediate.key", "-CAcreateserial", "-days", std::to_string(days), "-extfile", base + ".ext",
       "-out", made.leaf_path});
  made.key = read_file(made.key_path);
  made.leaf = read_file(made.leaf_path);
  made.chain = made.leaf + read_file(folder_ + "/intermediate.pem");
  write_file(made.chain_path, made.chain);
  write_file(made.store_path, made.key + made.chain);
  return made;
}

}  // namespace millrace::e2e
