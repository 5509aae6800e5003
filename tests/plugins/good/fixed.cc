// auth `fixed`: a user name and a password, the password perhaps a reference that the host resolves.
//
// Confined to the host's control thread.
#include <millrace/plugin.hpp>

namespace {

class Fixed {
 public:
  static constexpr millrace::Info info{
      .type = "fixed",
      .summary = "Emits a fixed user name and password.",
      .schema =
          R"({"type": "object", "additionalProperties": false, "required": ["username", "password"], "properties": {
          "username": {"type": "string", "description": "SASL user name."},
          "password": {"type": "string", "x-secret": true, "description": "Reference to the SASL password."}}})"};
  Fixed(millrace::Host host, const millrace::Config& config)
      : host_(host),
        username_(config.at("username").get<std::string>()),
        password_(config.at("password").get<std::string>()) {}

  void provide(std::string_view, millrace::Properties& out) {
    out.set("sasl.mechanism", "PLAIN");
    out.set("sasl.username", username_);
    host_.secret(password_, [&](std::string_view secret) { out.secret("sasl.password", secret); });
  }

 private:
  millrace::Host host_;
  std::string username_, password_;
};

}  // namespace

MR_PLUGIN("org.example.fixed", "1.0.0", &millrace::auth<Fixed>)
