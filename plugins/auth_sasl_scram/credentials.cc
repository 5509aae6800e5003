#include "credentials.h"

namespace millrace::sasl_scram {
namespace {

Error refusal(const char* what) {
  return Error(MR_INVALID_ARGUMENT, std::string("The credentials secret ") + what + ".", "/credentials")
      .id("MR3101")
      .reason("ESM_CONFIG_NOT_VALID")
      .hint("Store {\"username\": \"...\", \"password\": \"...\"}.");
}

std::string member(const Config& secret, const char* name) {
  const auto it = secret.find(name);
  if (it == secret.end()) throw refusal((std::string("has no ") + name).c_str());
  if (!it->is_string()) throw refusal((std::string("has a ") + name + " that is not a string").c_str());
  auto value = it->get<std::string>();
  if (value.empty()) throw refusal((std::string("has an empty ") + name).c_str());
  // librdkafka takes both as C strings: what follows a NUL would be cut off silently.
  if (value.find('\0') != std::string::npos) throw refusal((std::string("has a NUL character in ") + name).c_str());
  return value;
}

}  // namespace

Credentials parse_credentials(std::string_view secret) {
  const Config parsed = Config::parse(secret, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) throw refusal("is not JSON");
  if (!parsed.is_object()) throw refusal("is not a JSON object");
  return {member(parsed, "username"), member(parsed, "password")};
}

}  // namespace millrace::sasl_scram
