// Reads the text of a CA secret and checks that it is PEM certificates, as far as text can tell.
//
// Invariant: what comes out is one or more complete CERTIFICATE blocks and nothing else; what goes wrong is said when
// the secret is read, not at the first handshake. No message shows the text.
//
// Pure. Whether the bytes inside are certificates is for the TLS library to say.
#pragma once

#include <millrace/plugin.hpp>

#include <string>
#include <string_view>

namespace millrace::tls {

// `secret`: PEM, or {"certificate": "PEM"} as AWS keeps it; in that, raw line breaks inside the string are accepted,
// because AWS's own examples have them. Throws millrace::Error (MR_INVALID_ARGUMENT, field /root_ca).
std::string ca_certificates(std::string_view secret);

}  // namespace millrace::tls
