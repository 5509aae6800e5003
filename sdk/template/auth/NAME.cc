// The auth component `@NAME@`: a user name, and a password from a secret, for clusters with SASL/PLAIN over TLS.
#include <millrace/plugin.hpp>

#include "schema.h"

class @CLASS@ {
 public:
  static constexpr millrace::Info info{
      .type = "@NAME@", .summary = "Logs in with a user name and a password.", .schema = kSchema};

  @CLASS@(millrace::Host host, const millrace::Config& config)
      : host_(host),
        username_(config.at("username").get<std::string>()),
        password_(config.at("password").get<std::string>()) {}

  // Names are neutral: every source knows them. The password is read each time, so that it can be replaced.
  void provide(std::string_view, millrace::Properties& out) {
    out.set("tls.enabled", "1");
    out.set("sasl.mechanism", "PLAIN");
    out.set("sasl.username", username_);
    host_.secret(password_, [&](std::string_view secret) { out.secret("sasl.password", secret); });
  }

 private:
  millrace::Host host_;
  const std::string username_;
  const std::string password_;  // a reference, not the password
};

MR_PLUGIN("org.example.@NAME@", "0.1.0", &millrace::auth<@CLASS@>)
