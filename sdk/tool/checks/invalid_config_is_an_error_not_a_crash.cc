#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

// The host hands on what fits the schema only; but a schema is written by hand, and lets more through than one thinks.
Check invalid_config_is_an_error_not_a_crash() {
  return {
      .group = Group::kLifecycle,
      .says =
          "create() answers a configuration that does not fit its schema with an error, or works; it does not crash.",
      .rule = "plugin.h, mr_component.create",
      .remedy =
          "Look at a value's type before using it; C++: config.at(\"key\").get<T>() throws what the wrapper reports.",
      .run =
          [](Trial& trial) {
            for (const std::string& config : refused(trial.schema())) {
              Live live(trial, config);
              const Answer answer = live.create();
              if (!answer.ok() && answer.error.message[0] == '\0')
                fail("create() refused " + config.substr(0, 100) + " with " + status_name(answer.status) +
                     " and no message.");
            }
          },
      .needs = "stop-without-start"};
}

}  // namespace millrace::sdk_tool
