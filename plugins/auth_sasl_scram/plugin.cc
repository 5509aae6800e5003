// The component sasl_scram: user name, password and mechanism for the source, and TLS around them.
//
// Invariant: the secret is read anew on every provide(), so a rotated one is picked up; it is never logged, and the
// password leaves only as a property marked secret.
#include <millrace/plugin.hpp>

#include "credentials.h"
#include "schema.h"

namespace millrace::sasl_scram {
namespace {

class SaslScram {
 public:
  static constexpr Info info{.type = "sasl_scram",
                             .summary = "SASL/SCRAM-SHA-256 and -512: a user name and a password, over TLS.",
                             .schema = kSchema,
                             .stability = MR_BETA};

  SaslScram(Host host, const Config& config)
      : host_(host),
        mechanism_(config.at("mechanism").get<std::string>()),
        reference_(config.at("credentials").get<std::string>()),
        insecure_(config.value("insecure", false)) {}

  void provide(std::string_view, Properties& out) {
    host_.secret(reference_, [&](std::string_view secret) {
      const Credentials credentials = parse_credentials(secret);
      out.set("sasl.mechanism", mechanism_);
      out.secret("sasl.username", credentials.username);
      out.secret("sasl.password", credentials.password);
    });
    // Without it a tls component may still turn TLS on, to give a CA of its own.
    if (!insecure_) out.set("tls.enabled", "1");
  }

 private:
  Host host_;
  std::string mechanism_, reference_;
  bool insecure_;
};

constexpr mr_error_info kErrors[] = {
    {"MR3101", "The credentials secret cannot be used",
     "The secret is not a JSON object with the members username and password, both non-empty strings.",
     "Store {\"username\": \"...\", \"password\": \"...\"} where credentials points."},
};
constexpr PluginInfo kPlugin{.name = "millrace.auth_sasl_scram",
                             .version = "0.1.0",
                             .vendor = "Millrace",
                             .license = "Apache-2.0",
                             .errors = kErrors};

}  // namespace
}  // namespace millrace::sasl_scram

MR_PLUGIN(millrace::sasl_scram::kPlugin, &millrace::auth<millrace::sasl_scram::SaslScram>)
