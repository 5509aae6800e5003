// Turns references to secrets into the secrets.
//
// A secret is read anew at every resolve(), so a rotated file is seen. It may be 65,536 bytes long; one line end at the
// end of a whole secret is dropped (what an editor or `echo` leaves), nothing else is changed. Messages name the
// reference and the file, never a byte of what is in it.
//
// Used by millrace.secrets/1 and, before a pipeline starts, by check_secrets() (check.h).
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/secrets/secret.h"
#include "runtime/secrets/secret_ref.h"

namespace millrace::secrets {

class Resolver {
 public:
  static constexpr std::size_t kMaximumSize = 65'536;

  struct Options {
    // Where relative paths start: the folder of the file that holds the references.
    std::filesystem::path base_directory = ".";
    // Null: the process environment. $CREDENTIALS_DIRECTORY, where systemd puts credentials, is read through it too.
    std::function<std::optional<std::string>(const std::string& name)> environment = {};
  };
  explicit Resolver(Options options);

  // MR1401 … MR1408 when it cannot be had.
  Result<Secret> resolve(std::string_view reference) const;
  // The same without keeping it: could it be read at this moment?
  Status check(std::string_view reference) const;

 private:
  Result<Secret> read_file(const SecretRef& ref, const std::filesystem::path& path) const;
  Result<Secret> read(const SecretRef& ref) const;
  const Options options_;
};

}  // namespace millrace::secrets
