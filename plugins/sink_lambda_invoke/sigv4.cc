// Canonical request, string to sign, signature: the three steps in this order, each as AWS's documentation names it.
#include "sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <millrace/error.hpp>
#include <new>

namespace millrace::lambda_invoke {

struct Sha256::Context {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  ~Context() {
    EVP_MD_CTX_free(state);
    EVP_MD_free(algorithm);
  }
};

namespace {

std::span<const std::uint8_t> span(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void append_hex(std::string& out, const Digest& digest) {
  for (const std::uint8_t byte : digest) out += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
}

// "20260131T235959Z"
std::string format_date(std::time_t now) {
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc)};
}

// Dot segments and empty ones removed, then encoded once more: in what is signed, an encoded colon is %253A.
std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, slash - at);
    at = slash + 1;
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  std::string result;
  for (const std::string_view segment : segments) {
    result += '/';
    for (const char c : segment) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                         c == '.' || c == '_' || c == '~';
      if (plain) {
        result += c;
      } else {
        const auto byte = static_cast<unsigned char>(c);
        result += {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
      }
    }
  }
  if (result.empty() || path.ends_with('/')) result += '/';
  return result;
}

// Sorted by name, then by value.
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    at = end + 1;
  }
  std::sort(pairs.begin(), pairs.end());
  std::string result;
  for (const auto& [name, value] : pairs) {
    if (!result.empty()) result += '&';
    result.append(name).append("=").append(value);
  }
  return result;
}

// White space around a value is dropped and inside it is one space.
void append_trimmed(std::string& out, std::string_view value) {
  bool pending = false, any = false;
  for (const char c : value) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      pending = any;
    } else {
      if (pending) out += ' ';
      pending = false;
      any = true;
      out += c;
    }
  }
}

}  // namespace

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (context_->algorithm == nullptr) throw Error(MR_FAILED_PRECONDITION, "OpenSSL offers no SHA-256 here.");
  if (context_->state == nullptr) throw std::bad_alloc();
}

Sha256::~Sha256() = default;

Digest Sha256::hash_two(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second) {
  Digest digest{};
  const bool good = EVP_DigestInit_ex2(context_->state, context_->algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context_->state, first.data(), first.size()) == 1 &&
                    EVP_DigestUpdate(context_->state, second.data(), second.size()) == 1 &&
                    EVP_DigestFinal_ex(context_->state, digest.data(), nullptr) == 1;
  if (!good) throw Error(MR_INTERNAL, "OpenSSL could not compute SHA-256.");
  return digest;
}

Digest Sha256::hash(std::span<const std::uint8_t> data) {
  return hash_two(data, {});
}

Digest Sha256::hash(std::string_view text) {
  return hash_two(span(text), {});
}

Digest Sha256::hmac(std::span<const std::uint8_t> key, std::string_view text) {
  std::array<std::uint8_t, 64> block{};
  if (key.size() > block.size()) {
    const Digest digest = hash(key);
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (std::uint8_t& byte : block) byte ^= 0x36;
  const Digest inner = hash_two(block, span(text));
  for (std::uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  const Digest outer = hash_two(block, inner);
  OPENSSL_cleanse(block.data(), block.size());
  return outer;
}

std::string SigV4::canonical_request(const SignatureInput& input, const Credentials& credentials,
                                     const std::string& date, std::string& signed_headers) {
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  for (const auto& [name, value] : input.headers) headers.emplace_back(name, value);
  headers.emplace_back("x-amz-date", date);
  if (!credentials.session_token.empty()) headers.emplace_back("x-amz-security-token", credentials.session_token);
  std::sort(headers.begin(), headers.end());

  std::string result;
  result.reserve(1024);
  result.append(input.method).append("\n");
  result.append(canonical_path(input.path)).append("\n");
  result.append(canonical_query(input.query)).append("\n");
  signed_headers.clear();
  for (const auto& [name, value] : headers) {
    result.append(name).append(":");
    append_trimmed(result, value);
    result.append("\n");
    if (!signed_headers.empty()) signed_headers += ';';
    signed_headers.append(name);
  }
  result.append("\n").append(signed_headers).append("\n");
  append_hex(result, sha256_.hash(input.body));
  return result;
}

const Digest& SigV4::signing_key(const Credentials& credentials, const std::string& day) {
  const Digest secret = sha256_.hash(credentials.secret_access_key);
  if (day != key_day_ || secret != key_secret_) {
    std::string first = "AWS4" + credentials.secret_access_key;
    Digest key = sha256_.hmac(span(first), day);
    OPENSSL_cleanse(first.data(), first.size());
    key = sha256_.hmac(key, region_);
    key = sha256_.hmac(key, service_);
    key_ = sha256_.hmac(key, "aws4_request");
    key_day_ = day;
    key_secret_ = secret;
  }
  return key_;
}

SigV4::Signed SigV4::sign(const SignatureInput& input, const Credentials& credentials, std::time_t now) {
  Signed result;
  result.date = format_date(now);
  const std::string day = result.date.substr(0, 8);
  const std::string scope = day + "/" + region_ + "/" + service_ + "/aws4_request";

  std::string signed_headers;
  std::string to_sign = "AWS4-HMAC-SHA256\n" + result.date + "\n" + scope + "\n";
  append_hex(to_sign, sha256_.hash(canonical_request(input, credentials, result.date, signed_headers)));

  result.authorization = "AWS4-HMAC-SHA256 Credential=" + credentials.access_key_id + "/" + scope +
                         ", SignedHeaders=" + signed_headers + ", Signature=";
  append_hex(result.authorization, sha256_.hmac(signing_key(credentials, day), to_sign));
  return result;
}

}  // namespace millrace::lambda_invoke
