// Says how a source logs in: SASL/PLAIN over TLS, the user name from the pipeline file, the password from a secret.
//
// The secret is read anew on every provide(), so that a rotated one is picked up.
#include <millrace/plugin.hpp>

class Password {
 public:
  static constexpr millrace::Info info{
      .type = "password",
      .summary = "SASL/PLAIN over TLS: a user name and a password.",
      .schema = R"({"type": "object", "required": ["username", "password"], "properties": {
          "username": {"type": "string", "minLength": 1, "description": "User name."},
          "password": {"type": "string", "x-secret": true, "description": "Secret that holds the password."}}})"};

  Password(millrace::Host host, const millrace::Config& config)
      : host_(host),
        username_(config.at("username").get<std::string>()),
        reference_(config.at("password").get<std::string>()) {}

  void provide(std::string_view, millrace::Properties& out) {
    out.set("tls.enabled", "1");  // PLAIN sends the password as it is
    out.set("sasl.mechanism", "PLAIN");
    out.set("sasl.username", username_);
    host_.secret(reference_, [&](std::string_view password) {
      if (password.ends_with('\n')) password.remove_suffix(1);  // an editor's
      if (password.empty())
        throw millrace::Error(MR_INVALID_ARGUMENT, "The secret holds no password.", "/password").id("EX3001");
      out.secret("sasl.password", password);
    });
  }

 private:
  millrace::Host host_;
  std::string username_, reference_;
};

constexpr mr_error_info kErrors[] = {{"EX3001", "The secret holds no password",
                                      "The secret that password: points to is empty.", "Store the password in it."}};
constexpr millrace::PluginInfo kPlugin{.name = "org.example.password", .version = "1.0.0", .errors = kErrors};

MR_PLUGIN(kPlugin, &millrace::auth<Password>)
