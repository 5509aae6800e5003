// The text of a reference to a secret, taken apart: ${secret:file:PATH}, ${secret:env:NAME}, ${secret:systemd:NAME},
// each with #MEMBER before the closing brace to pick a member of a JSON secret.
//
// A reference is the whole of a YAML value, never a part of one. It is no secret itself: messages may quote it.
//
// Thread-safe: free functions on plain values.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace millrace::secrets {

enum class Scheme { kFile, kEnvironment, kSystemd };

struct SecretRef {
  Scheme scheme = Scheme::kFile;
  std::string name;    // a path, a variable's or a credential's name
  std::string member;  // "" for the whole secret

  std::string text() const;  // as a person writes it
};

// True for text that wants to be a reference, well-formed or not.
bool looks_like_secret_ref(std::string_view text);
// MR1401 when it is malformed; MR1402 for an ARN, which this version does not resolve.
Result<SecretRef> parse_secret_ref(std::string_view text);

}  // namespace millrace::secrets
