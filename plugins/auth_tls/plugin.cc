// The component tls: encryption, whose certificates are trusted, and the name to expect in them.
//
// Invariant: a CA that cannot be used is refused; the system's CAs are never a fallback for it.
#include <millrace/plugin.hpp>

#include "certificate_text.h"
#include "schema.h"

namespace millrace::tls {
namespace {

class Tls {
 public:
  static constexpr Info info{
      .type = "tls", .summary = "TLS with the system's CAs or a private one.", .schema = kSchema, .stability = MR_BETA};

  Tls(Host host, const Config& config)
      : host_(host), root_ca_(config.value("root_ca", "")), server_name_(config.value("server_name", "")) {}

  void provide(std::string_view, Properties& out) {
    out.set("tls.enabled", "1");
    if (!root_ca_.empty())
      host_.secret(root_ca_, [&](std::string_view secret) { out.secret("tls.ca_pem", ca_certificates(secret)); });
    if (!server_name_.empty()) out.set("tls.server_name", server_name_);
  }

 private:
  Host host_;
  std::string root_ca_, server_name_;
};

constexpr mr_error_info kErrors[] = {
    {"MR3111", "The CA secret cannot be used", "The secret is not PEM certificates, or is damaged.",
     "Store the CA's certificate as PEM, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, or as "
     "{\"certificate\": \"PEM\"}."},
};
constexpr PluginInfo kPlugin{
    .name = "millrace.auth_tls", .version = "0.1.0", .vendor = "Millrace", .license = "Apache-2.0", .errors = kErrors};

}  // namespace
}  // namespace millrace::tls

MR_PLUGIN(millrace::tls::kPlugin, &millrace::auth<millrace::tls::Tls>)
