#include "runtime/secrets/resolver.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "runtime/secrets/json_member.h"

namespace millrace::secrets {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

std::string why(int error) {
  return std::generic_category().message(error);
}

Status too_large(const SecretRef& ref) {
  return Status(Code::kInvalidArgument, "MR1406", "the secret " + ref.text() + " is larger than 65,536 bytes.",
                "Check that the reference names the right file.");
}

}  // namespace

Resolver::Resolver(Options options)
    : options_([&] {
        if (!options.environment)
          options.environment = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return value;
          };
        return std::move(options);
      }()) {}

Result<Secret> Resolver::read_file(const SecretRef& ref, const std::filesystem::path& path) const {
  // Not blocking: opening a pipe must not hang; what is not a regular file is refused below.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) {
    const int error = errno;
    const std::string what = "the secret " + ref.text() + ": " + path.string() + ": " + why(error) + ".";
    if (error == ENOENT || error == ENOTDIR)
      return Status(Code::kNotFound, "MR1403", what,
                    "Create the file, or correct the path. A relative path starts at the folder of the file that holds "
                    "the reference.");
    return Status(Code::kPermissionDenied, "MR1404", what,
                  "Give the user that runs Millrace (uid " + std::to_string(::geteuid()) + ") the right to read it.");
  }
  struct stat info {};
  if (::fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode))
    return Status(Code::kFailedPrecondition, "MR1404",
                  "the secret " + ref.text() + ": " + path.string() + " is not a regular file.", "Name a file.");
  // The size is only a hint (a file may grow); one byte more than is allowed tells that it is too large.
  Secret secret(kMaximumSize + 1);
  std::size_t size = 0;
  while (size < kMaximumSize + 1) {
    const ssize_t n = ::read(file.fd, secret.data() + size, kMaximumSize + 1 - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return Status(Code::kUnavailable, "MR1404",
                    "the secret " + ref.text() + ": " + path.string() + ": " + why(errno) + ".",
                    "Check the file system it stands on.");
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > kMaximumSize) return too_large(ref);
  secret.shrink(size);
  return secret;
}

Result<Secret> Resolver::read(const SecretRef& ref) const {
  switch (ref.scheme) {
    case Scheme::kFile:
      return read_file(ref, options_.base_directory / ref.name);
    case Scheme::kSystemd: {
      const std::optional<std::string> directory = options_.environment("CREDENTIALS_DIRECTORY");
      if (!directory || directory->empty())
        return Status(
            Code::kNotFound, "MR1403",
            "the secret " + ref.text() + ": systemd passed no credentials ($CREDENTIALS_DIRECTORY is not set).",
            "Add LoadCredential=" + ref.name + ":/path/of/the/secret to the unit.");
      return read_file(ref, std::filesystem::path(*directory) / ref.name);
    }
    case Scheme::kEnvironment:
      break;
  }
  std::optional<std::string> value = options_.environment(ref.name);
  if (!value)
    return Status(Code::kNotFound, "MR1403",
                  "the secret " + ref.text() + ": the environment variable " + ref.name + " is not set.",
                  "Set it, or correct its name.");
  if (value->size() > kMaximumSize) return too_large(ref);
  Secret secret = Secret::copy_of(*value);
  ::explicit_bzero(value->data(), value->size());
  return secret;
}

Result<Secret> Resolver::resolve(std::string_view reference) const {
  Result<SecretRef> ref = parse_secret_ref(reference);
  if (!ref.ok()) return ref.status();
  Result<Secret> whole = read(*ref);
  if (!whole.ok()) return whole;
  Secret secret = std::move(whole).value();
  const std::string what = "the secret " + ref->text();
  if (!ref->member.empty() && !secret.empty()) {
    Secret member;
    switch (json_member(secret.bytes(), ref->member, member)) {
      case MemberError::kNotAnObject:
        return Status(Code::kInvalidArgument, "MR1407",
                      what + " is not a JSON object, so it has no member '" + ref->member + "'.",
                      "Correct its JSON, or remove #" + ref->member + " from the reference.");
      case MemberError::kMissing:
        return Status(Code::kNotFound, "MR1408", what + " has no member '" + ref->member + "'.",
                      "Add it to the secret, or correct the name; upper and lower case differ.");
      case MemberError::kNone:
        secret = std::move(member);
        break;
    }
  } else if (std::string_view bytes = secret.bytes(); !bytes.empty() && bytes.back() == '\n') {
    bytes.remove_suffix(1);
    if (!bytes.empty() && bytes.back() == '\r') bytes.remove_suffix(1);
    secret.shrink(bytes.size());
  }
  if (secret.empty()) return Status(Code::kInvalidArgument, "MR1405", what + " is empty.", "Fill it in.");
  return secret;
}

Status Resolver::check(std::string_view reference) const {
  return resolve(reference).status();
}

}  // namespace millrace::secrets
