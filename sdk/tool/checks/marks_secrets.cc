#include "sdk/tool/auth_calls.h"

namespace millrace::sdk_tool {

Check marks_secrets() {
  return {.group = Group::kAuth,
          .says = "What comes from a secret is emitted as one, and appears in no log line.",
          .rule = "plugin.h, mr_emit_property: is_secret",
          .remedy = "Pass 1 for is_secret with passwords and keys; C++: out.secret(name, value).",
          .run = [](Trial& trial) {
            std::string logged;
            for (const Emitted& p : provided(trial, &logged))
              if (!p.is_secret && (p.name == "sasl.password" || p.name == "tls.client_key_pem" ||
                                   p.value.find(kSecretPassword) != std::string::npos))
                fail("It emits '" + p.name + "' with is_secret 0, and so it could be shown.");
            if (logged.find(kSecretPassword) != std::string::npos)
              fail("It logged a password: a secret is in no log line.");
          }};
}

}  // namespace millrace::sdk_tool
