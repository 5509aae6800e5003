// Secrets with certificates and keys, turned into the PEM that gRPC takes.
//
// What goes wrong is said when the secret is read, not at the first handshake; no message shows any of its text.
//
// Pure, thread-safe.
#pragma once
#include <string>

namespace millrace::grpc_sink {

struct KeyPair {
  std::string certificates, key;  // PEM; the key is not encrypted
};

// Throws millrace::Error with MR4103.
void check_authorities(const std::string& pem);

// `secret` is PEM of certificate and key, or JSON {"certificate", "privateKey", "privateKeyPassword"}. Throws
// millrace::Error with MR4104.
KeyPair read_key_pair(const std::string& secret);

}  // namespace millrace::grpc_sink
