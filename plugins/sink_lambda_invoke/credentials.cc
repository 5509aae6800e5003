// The shared files are INI: [ci] in the credentials file, [profile ci] and [default] in the configuration file; deeper
// indented lines belong to the setting above them and hold no credentials.
#include "credentials.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

namespace millrace::lambda_invoke {
namespace {

using Profile = std::map<std::string, std::string>;

constexpr char kHint[] =
    "Give access_key_id and secret_access_key, or a profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.";

Error incomplete(const std::string& message, const std::string& field) {
  return Error(MR_FAILED_PRECONDITION, message, field).id("MR4005").hint(kHint);
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<Profile> profile_in(const std::string& text, const std::vector<std::string>& sections) {
  std::optional<Profile> found;
  bool inside = false;
  std::istringstream lines(text);
  for (std::string raw; std::getline(lines, raw);) {
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      const std::size_t end = line.find(']');
      std::string name;
      std::istringstream words{std::string(line.substr(1, end == std::string_view::npos ? end : end - 1))};
      for (std::string word; words >> word;) name += (name.empty() ? "" : " ") + word;
      inside = false;
      for (const std::string& section : sections) inside = inside || name == section;
      if (inside && !found) found.emplace();
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!inside || raw.front() == ' ' || raw.front() == '\t' || equals == std::string_view::npos) continue;
    std::string key(trim(line.substr(0, equals)));
    for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    (*found)[key] = std::string(trim(line.substr(equals + 1)));
  }
  return found;
}

std::optional<FoundCredentials> in_profile(const std::string& name, const std::string& field, bool must_exist,
                                           const CredentialSources& sources) {
  const auto file = [&](const char* variable, const char* in_home) {
    const std::string named = sources.environment(variable);
    if (!named.empty() && named.starts_with("~/")) return sources.environment("HOME") + named.substr(1);
    return named.empty() ? sources.environment("HOME") + in_home : named;
  };
  const std::string credentials_file = file("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials");
  const std::string config_file = file("AWS_CONFIG_FILE", "/.aws/config");
  std::vector<std::string> in_config{"profile " + name};
  if (name == "default") in_config.push_back(name);

  std::string other_way;  // how the profile wants its credentials to be found, if not by keys
  bool exists = false;
  for (const auto& [path, sections] :
       {std::pair{credentials_file, std::vector{name}}, std::pair{config_file, in_config}}) {
    const std::optional<std::string> text = sources.read(path);
    const std::optional<Profile> profile = text ? profile_in(*text, sections) : std::nullopt;
    if (!profile) continue;
    exists = true;
    const auto value = [&](const char* key) {
      const auto at = profile->find(key);
      return at == profile->end() ? std::string() : at->second;
    };
    const std::string id = value("aws_access_key_id"), secret = value("aws_secret_access_key");
    if (!id.empty() && !secret.empty()) {
      return FoundCredentials{{id, secret, value("aws_session_token")}, "profile '" + name + "' of " + path};
    }
    if (!id.empty() || !secret.empty()) {
      throw incomplete("Profile '" + name + "' in " + path + " has " +
                           (id.empty() ? "no aws_access_key_id." : "no aws_secret_access_key."),
                       field);
    }
    for (const char* way : {"role_arn", "sso_session", "sso_start_url", "credential_process", "web_identity_token_file",
                            "login_session"}) {
      if (!value(way).empty()) other_way = way;
    }
  }
  if (!other_way.empty()) {
    throw incomplete("Profile '" + name + "' finds its credentials by " + other_way + ", which is not in this version.",
                     field);
  }
  if (must_exist && !exists) {
    throw incomplete("There is no profile '" + name + "' in " + credentials_file + " or " + config_file + ".", field);
  }
  if (must_exist) throw incomplete("Profile '" + name + "' has no aws_access_key_id and aws_secret_access_key.", field);
  return std::nullopt;
}

std::string text(const Config& config, const char* key) {
  const auto at = config.find(key);
  return at != config.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// A header is built from these: a line break in one would add a header of its own.
void check_characters(const Credentials& credentials, const std::string& from) {
  for (const std::string* part :
       {&credentials.access_key_id, &credentials.secret_access_key, &credentials.session_token}) {
    for (const char c : *part) {
      if (c <= 0x20 || c >= 0x7f) {
        throw incomplete("The credentials from " + from +
                             " hold a character that none can have (white space, a line "
                             "break?).",
                         "/credentials");
      }
    }
  }
}

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw incomplete("Cannot read " + path + ": " + std::strerror(errno) + ".", "/credentials");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void check_credentials_config(const Config& config) {
  for (const char* later : {"role_arn", "external_id"}) {
    if (config.contains(later)) {
      throw incomplete(std::string("credentials.") + later + " is not in this version.",
                       std::string("/credentials/") + later);
    }
  }
  const std::string profile = text(config, "profile"), id = text(config, "access_key_id"),
                    secret = text(config, "secret_access_key"), token = text(config, "session_token");
  if (!profile.empty() && !(id.empty() && secret.empty() && token.empty())) {
    throw incomplete("Give either a profile or keys, not both.", "/credentials");
  }
  if (id.empty() != secret.empty()) {
    throw incomplete(std::string("credentials has ") + (id.empty() ? "no access_key_id." : "no secret_access_key."),
                     "/credentials");
  }
  if (!token.empty() && id.empty()) throw incomplete("A session_token needs its keys beside it.", "/credentials");
}

std::optional<FoundCredentials> find_credentials(const Config& config, const CredentialSources& sources) {
  check_credentials_config(config);
  const auto resolved = [&](const char* key) {
    std::string value = text(config, key);
    return value.starts_with("${secret:") ? sources.resolve(value) : value;
  };
  std::optional<FoundCredentials> found;
  if (!text(config, "access_key_id").empty()) {
    found = FoundCredentials{{resolved("access_key_id"), resolved("secret_access_key"), resolved("session_token")},
                             "the configuration"};
    if (found->credentials.access_key_id.empty() || found->credentials.secret_access_key.empty()) {
      throw incomplete("A secret that the credentials name is empty.", "/credentials");
    }
  } else if (const std::string profile = text(config, "profile"); !profile.empty()) {
    found = in_profile(profile, "/credentials/profile", true, sources);
  } else {
    const std::string id = sources.environment("AWS_ACCESS_KEY_ID"),
                      secret = sources.environment("AWS_SECRET_ACCESS_KEY");
    if (!id.empty() && secret.empty()) {
      throw incomplete("AWS_ACCESS_KEY_ID is set in the environment, but AWS_SECRET_ACCESS_KEY is not.", "");
    }
    if (!id.empty()) {
      found = FoundCredentials{{id, secret, sources.environment("AWS_SESSION_TOKEN")}, "the environment"};
    } else {
      const std::string named = sources.environment("AWS_PROFILE");
      found = in_profile(named.empty() ? "default" : named, "", !named.empty(), sources);
    }
  }
  if (found) check_characters(found->credentials, found->from);
  return found;
}

}  // namespace millrace::lambda_invoke
