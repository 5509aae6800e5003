// Finds the AWS credentials to sign with: named in the configuration, or by the chain of the environment and the shared
// files, in the order and with the names that botocore has.
//
// Reads files and the environment only; nothing here opens a connection (no metadata service, no STS). Called from
// start(), so that a process that cannot sign says so before it sends anything.
#pragma once
#include <functional>
#include <millrace/plugin.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "environment.h"
#include "sigv4.h"

namespace millrace::lambda_invoke {

// Reads a whole file; none when it does not exist. Throws millrace::Error when it exists and cannot be read.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;
std::optional<std::string> read_file(const std::string& path);

// Gives the secret that a `${secret:...}` reference names.
using ResolveSecret = std::function<std::string(const std::string& reference)>;

struct FoundCredentials {
  Credentials credentials;
  std::string from;  // for the log: "the environment", "profile 'ci' of /home/u/.aws/credentials"
};

struct CredentialSources {
  Environment environment;
  ReadFile read = read_file;
  ResolveSecret resolve;
};

// `config` is the sink's `credentials` object: {access_key_id, secret_access_key, session_token}, {profile}, or {} for
// the chain. None when the chain finds nothing; throws millrace::Error (MR4005) when what is named is not there or not
// complete.
std::optional<FoundCredentials> find_credentials(const Config& config, const CredentialSources& sources);

// For create(): what is wrong with `config` as it stands, without looking anywhere.
void check_credentials_config(const Config& config);

}  // namespace millrace::lambda_invoke
