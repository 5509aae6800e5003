// AWS Signature Version 4 for one service and region, as botocore computes it (testdata/sigv4.json, sigv4_live_test).
//
// The signing key is derived once a day and secret, and the hash state is kept, so that a request costs the hash of its
// body and three small ones.
//
// Rationale: libcurl's own signing (7.88) is wrong for a path that holds an encoded colon, that is, for every ARN.
//
// Thread-compatible: one thread at a time, in submit().
#pragma once
#include <array>
#include <cstdint>
#include <ctime>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::lambda_invoke {

using Digest = std::array<std::uint8_t, 32>;

// SHA-256 and HMAC with one reusable context. Throws std::bad_alloc, or millrace::Error when OpenSSL lacks SHA-256.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Digest hash(std::span<const std::uint8_t> data);
  Digest hash(std::string_view text);
  Digest hmac(std::span<const std::uint8_t> key, std::string_view text);

 private:
  Digest hash_two(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second);
  struct Context;
  std::unique_ptr<Context> context_;
};

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // "" for none
};

struct SignatureInput {
  std::string_view method;
  std::string_view path;   // as sent, percent-encoded
  std::string_view query;  // as sent, percent-encoded, without '?'
  // Names in lower case; host included, x-amz-date and x-amz-security-token are added by sign().
  std::span<const std::pair<std::string, std::string>> headers;
  std::span<const std::uint8_t> body;
};

class SigV4 {
 public:
  SigV4(std::string service, std::string region) : service_(std::move(service)), region_(std::move(region)) {}

  struct Signed {
    std::string authorization;
    std::string date;  // X-Amz-Date
  };
  // X-Amz-Security-Token is the credentials' session_token.
  Signed sign(const SignatureInput& input, const Credentials& credentials, std::time_t now);

  // For tests: the text whose hash is signed.
  std::string canonical_request(const SignatureInput& input, const Credentials& credentials, const std::string& date,
                                std::string& signed_headers);

 private:
  const Digest& signing_key(const Credentials& credentials, const std::string& day);

  std::string service_;
  std::string region_;
  Sha256 sha256_;
  std::string key_day_;
  Digest key_secret_{};  // hash of the secret that key_ was derived from
  Digest key_{};
};

}  // namespace millrace::lambda_invoke
