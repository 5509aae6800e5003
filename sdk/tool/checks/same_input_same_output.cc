#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check same_input_same_output() {
  return {.group = Group::kFilter,
          .says = "A filter says the same of the same record each time.",
          .rule = "writing-a-plugin.md, Checking a plugin: after a restart records are read again",
          .remedy =
              "Decide by what is in the record. If the filter is random or remembers on purpose, let it be a warning.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            const PagedBatch batch(ordinary_records(trial.random(), 200));
            trial.step("apply() to one batch, again and again");
            const std::string first = kept(live, batch);
            for (int i = 0; i < 3; ++i) {
              const std::string again = kept(live, batch);
              for (std::size_t r = 0; r < first.size(); ++r)
                if (first[r] != again[r])
                  warn("Record " + std::to_string(r) + " was " + (first[r] == '1' ? "kept" : "dropped") +
                       " at first and " + (again[r] == '1' ? "kept" : "dropped") + " later.");
            }
          }};
}

}  // namespace millrace::sdk_tool
