// Reads the secret of a SASL user: {"username": "…", "password": "…"}, as AWS Secrets Manager keeps it.
//
// Invariant: no message contains any part of the secret, not even where parsing stopped.
//
// Pure.
#pragma once

#include <millrace/plugin.hpp>

#include <string>
#include <string_view>

namespace millrace::sasl_scram {

struct Credentials {
  std::string username, password;
};

// Throws millrace::Error (MR_INVALID_ARGUMENT, field /credentials).
Credentials parse_credentials(std::string_view secret);

}  // namespace millrace::sasl_scram
