#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check thousand_instances() {
  return {.group = Group::kLifecycle,
          .says = "A thousand instances can exist at once.",
          .rule = "plugin.h, mr_component.create; a host may have any number of pipelines",
          .remedy = "Keep state in the instance, not in globals or arrays of a fixed size.",
          .run =
              [](Trial& trial) {
                Live one(trial);
                one.must_create();
                const mr_component& table = trial.component().table;
                const std::string& config = trial.config();
                CheckHost shared;
                mr_host host = *shared.abi();
                std::vector<void*> all;
                shared.set_creating(true);
                for (std::uint32_t i = 0; i < 1'000; ++i) {
                  trial.step("create() of instance " + std::to_string(i + 1));
                  host.instance = i;
                  mr_error error = empty_error();
                  void* self = nullptr;
                  const mr_status status = table.create(&host, {config.data(), config.size()}, &self, &error);
                  if (status != MR_OK)
                    fail("With " + std::to_string(i + 1) + " instances alive, create() failed with " +
                         Answer{status, error}.words() + ".");
                  all.push_back(self);
                }
                shared.set_creating(false);
                for (void* self : all) {
                  trial.step("stop() and destroy() of one of a thousand");
                  table.stop(self, 0);
                  table.destroy(self);
                }
              },
          .needs = "stop-without-start"};
}

}  // namespace millrace::sdk_tool
