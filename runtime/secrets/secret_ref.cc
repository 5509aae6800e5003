#include "runtime/secrets/secret_ref.h"

#include <algorithm>

namespace millrace::secrets {
namespace {

constexpr std::string_view kOpen = "${secret:";
constexpr const char* kForms =
    "Write ${secret:file:PATH}, ${secret:env:NAME} or ${secret:systemd:NAME}; add #MEMBER before the brace to pick a "
    "member of a JSON secret.";

Status malformed(std::string_view text, const std::string& why) {
  return Status(Code::kInvalidArgument, "MR1401", "the secret reference " + std::string(text) + " " + why + ".",
                kForms);
}

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

std::string SecretRef::text() const {
  const char* word = scheme == Scheme::kFile ? "file:" : scheme == Scheme::kEnvironment ? "env:" : "systemd:";
  return std::string(kOpen) + word + name + (member.empty() ? "" : "#" + member) + "}";
}

bool looks_like_secret_ref(std::string_view text) {
  return text.substr(0, kOpen.size()) == kOpen;
}

Result<SecretRef> parse_secret_ref(std::string_view text) {
  if (!looks_like_secret_ref(text))
    return Status(Code::kInvalidArgument, "MR1401", "a reference to a secret is wanted here, not the secret itself.",
                  kForms);
  if (text.back() != '}') {
    const std::size_t brace = text.rfind('}');
    if (brace != std::string_view::npos)
      return malformed(text.substr(0, brace + 1), "has text after its closing brace; a reference is the whole value");
    return malformed(text, "lacks its closing brace");
  }
  const std::string_view inside = text.substr(kOpen.size(), text.size() - kOpen.size() - 1);
  if (inside.find_first_of("{}") != std::string_view::npos)
    return malformed(text, "holds a brace; a reference is the whole value");
  if (inside.substr(0, 4) == "arn:")
    return Status(Code::kUnimplemented, "MR1402",
                  std::string(text) +
                      " is not in this version: secrets are read from files, the environment and systemd credentials.",
                  "Put the secret into a file and write ${secret:file:PATH}.");
  const std::size_t colon = inside.find(':');
  const std::string_view word = inside.substr(0, colon);
  SecretRef ref;
  if (colon == std::string_view::npos) return malformed(text, "names no provider");
  if (word == "file")
    ref.scheme = Scheme::kFile;
  else if (word == "env")
    ref.scheme = Scheme::kEnvironment;
  else if (word == "systemd")
    ref.scheme = Scheme::kSystemd;
  else
    return malformed(text, "names the provider '" + std::string(word) + "', which does not exist");

  const std::string_view rest = inside.substr(colon + 1);
  const std::size_t hash = rest.rfind('#');
  ref.name = rest.substr(0, hash);
  if (hash != std::string_view::npos) {
    ref.member = rest.substr(hash + 1);
    if (ref.member.empty()) return malformed(text, "names no member after #");
  }
  if (ref.name.empty())
    return malformed(
        text, ref.scheme == Scheme::kFile ? "names no file" : "names nothing after '" + std::string(word) + ":'");
  if (ref.name.find('\0') != std::string::npos) return malformed(inside.substr(0, colon), "holds a NUL byte");
  if (ref.scheme == Scheme::kEnvironment && !is_variable_name(ref.name))
    return malformed(text, "names no environment variable: letters, digits and _ are allowed");
  if (ref.scheme == Scheme::kSystemd &&
      (ref.name.find('/') != std::string::npos || ref.name == "." || ref.name == ".."))
    return malformed(text, "names no credential: a credential's name has no /");
  return ref;
}

}  // namespace millrace::secrets
