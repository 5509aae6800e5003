#include "certificate_text.h"

#include <algorithm>

namespace millrace::tls {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

Error refusal(std::string_view detail) {
  return Error(MR_INVALID_ARGUMENT, "Provided certificate or private key is invalid.", "/root_ca")
      .id("MR3111")
      .reason("ESM_CONFIG_NOT_VALID")
      .detail(std::string(detail))
      .hint("Give the CA's certificate as PEM text, or as {\"certificate\": \"PEM\"}.");
}

// JSON forbids raw line breaks in a string; here they can only be PEM's own.
std::string with_escaped_line_breaks(std::string_view json) {
  std::string out;
  bool in_string = false, escaped = false;
  for (const char c : json) {
    if (in_string && !escaped && c == '\n') {
      out += "\\n";
      continue;
    }
    if (in_string && !escaped && c == '\r') continue;
    if (c == '"' && !escaped) in_string = !in_string;
    escaped = in_string && c == '\\' && !escaped;
    out += c;
  }
  return out;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// One block's inside, in lines of 64 characters.
std::string body(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return !is_space(c); });
  std::string_view inside = digits;
  for (int i = 0; i < 2 && inside.ends_with('='); ++i) inside.remove_suffix(1);
  if (inside.empty()) throw refusal("The CA secret has an empty certificate.");
  if (digits.size() % 4 != 0 || !std::all_of(inside.begin(), inside.end(), is_base64))
    throw refusal("The CA secret has a certificate that is damaged or cut off.");
  std::string lines;
  for (std::size_t at = 0; at < digits.size(); at += 64) lines += digits.substr(at, 64) + '\n';
  return lines;
}

std::string certificates_in(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") != std::string_view::npos)
    throw refusal("The CA secret holds a private key. A key is never needed to trust a CA.");
  std::string out;
  std::size_t at = pem.find(kBegin);
  while (at != std::string_view::npos) {
    const std::size_t first = at + kBegin.size();
    const std::size_t end = pem.find(kEnd, first);
    if (end == std::string_view::npos) throw refusal("The CA secret has a certificate without its END line.");
    out += std::string(kBegin) + '\n' + body(pem.substr(first, end - first)) + std::string(kEnd) + '\n';
    at = pem.find(kBegin, end);
  }
  if (out.empty()) throw refusal("The CA secret holds no certificate in PEM form.");
  return out;
}

}  // namespace

std::string ca_certificates(std::string_view secret) {
  while (!secret.empty() && is_space(secret.front())) secret.remove_prefix(1);
  if (!secret.starts_with('{')) return certificates_in(secret);
  const Config parsed = Config::parse(with_escaped_line_breaks(secret), nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) throw refusal("The CA secret is neither PEM nor JSON.");
  const auto certificate = parsed.find("certificate");
  if (certificate == parsed.end() || !certificate->is_string())
    throw refusal("The CA secret is JSON without a string member certificate.");
  return certificates_in(certificate->get<std::string>());
}

}  // namespace millrace::tls
