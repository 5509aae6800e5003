// What a target may be is kept narrow on purpose: gRPC's other resolvers would contact places that nobody configured.
#include "settings.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::grpc_sink {
namespace {

Error bad_target(const std::string& target, const std::string& why) {
  return Error(MR_INVALID_ARGUMENT, "target \"" + target + "\" " + why + ".", "/target")
      .id("MR4101")
      .hint("Write \"host:port\", \"[v6]:port\" or \"unix:PATH\".");
}

std::string grpc_target(const std::string& target) {
  if (target.starts_with("unix:")) {
    const std::string path = target.substr(5);
    if (path.empty() || path == "//") throw bad_target(target, "names no socket");
    // "unix:" and a relative or an absolute path; a socket's address has room for 107 bytes.
    if (path.size() > 107) throw bad_target(target, "is longer than a socket's path may be (107 bytes)");
    return target;
  }
  const std::size_t colon = target.rfind(':');
  if (colon == std::string::npos) throw bad_target(target, "has no port");
  std::string_view host = std::string_view(target).substr(0, colon);
  const std::string_view port = std::string_view(target).substr(colon + 1);
  unsigned number = 0;
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (code != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535)
    throw bad_target(target, "has no port from 1 to 65535 at its end");
  const bool is_v6 = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (is_v6) host = host.substr(1, host.size() - 2);
  const auto allowed = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_' || (is_v6 && (c == ':' || c == '%'));
  };
  if (host.empty() || !std::all_of(host.begin(), host.end(), allowed))
    throw bad_target(target, "has no host name or address before its port");
  return "dns:///" + target;
}

Error bad_metadata(const std::string& name, const std::string& why) {
  return Error(MR_INVALID_ARGUMENT, "metadata \"" + name + "\" " + why + ".", "/metadata/" + name).id("MR4102");
}

void check_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), allowed))
    throw bad_metadata(name, "is not a name: a-z, 0-9, '-', '_' and '.' are allowed");
  constexpr std::array kOwn = {"host", "te", "content-type", "user-agent", "connection", "content-length"};
  if (name.starts_with("grpc-") || std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end())
    throw bad_metadata(name, "is a name that gRPC sets itself");
}

}  // namespace

bool is_secret_reference(std::string_view value) {
  return value.starts_with("${secret:") && value.ends_with('}');
}

std::string metadata_value(const std::string& name, std::string value) {
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  const auto printable = [](char c) { return c >= 0x20 && c <= 0x7e; };
  if (!name.ends_with("-bin") && !std::all_of(value.begin(), value.end(), printable))
    throw bad_metadata(name, "has a value that is not printable ASCII");
  return value;
}

Settings read_settings(const Config& config) {
  Settings settings;
  settings.shown = config.at("target").get<std::string>();
  settings.target = grpc_target(settings.shown);
  settings.stream = config.at("mode").get<std::string>() == "stream";
  settings.channels = config.at("channels").get<std::uint32_t>();
  settings.timeout_ms = config.at("timeout").get<std::uint64_t>();
  settings.max_message_bytes = config.at("max_message_bytes").get<std::uint64_t>();
  for (const auto& [name, value] : config.at("metadata").items()) {
    check_name(name);
    const auto& text = value.get_ref<const std::string&>();
    settings.metadata.emplace_back(name, is_secret_reference(text) ? text : metadata_value(name, text));
  }
  if (const auto tls = config.find("tls"); tls != config.end()) {
    settings.tls = TlsSettings{.root_ca = tls->value("root_ca", ""),
                               .credentials = tls->value("credentials", ""),
                               .server_name = tls->value("server_name", "")};
  }
  return settings;
}

}  // namespace millrace::grpc_sink
