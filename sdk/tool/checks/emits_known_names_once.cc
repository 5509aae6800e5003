#include <map>

#include "sdk/tool/auth_calls.h"

namespace millrace::sdk_tool {

Check emits_known_names_once() {
  return {.group = Group::kAuth,
          .says = "An auth component emits each property once, under a name that sources know.",
          .rule = "plugin.h, mr_emit_property and mr_auth_v1.provide",
          .remedy = "Use the neutral names that plugin.h lists: a source refuses what it does not know.",
          .run = [](Trial& trial) {
            static constexpr std::string_view kNames[] = {
                "tls.enabled",        "tls.ca_pem",     "tls.client_cert_pem", "tls.client_key_pem",
                "tls.server_name",    "sasl.mechanism", "sasl.username",       "sasl.password",
                "net.source_address", "net.device",     "net.namespace",       "net.egress"};
            std::map<std::string, int> seen;
            for (const Emitted& p : provided(trial)) {
              if (std::find(std::begin(kNames), std::end(kNames), p.name) == std::end(kNames))
                fail("It emits '" + p.name + "'.");
              if (++seen[p.name] > 1) fail("It emits '" + p.name + "' twice.");
              if (p.name == "tls.enabled" && p.value != "0" && p.value != "1")
                fail("It emits tls.enabled as '" + p.value + "', not 0 or 1.");
            }
          }};
}

}  // namespace millrace::sdk_tool
