#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check huge_value() {
  return {.group = Group::kFilter,
          .says = "A filter has an answer for a value of 16 MiB.",
          .rule = "plugin.h, mr_record: a value has the size that its topic allows",
          .remedy = "Copy nothing of a record to the stack or into a buffer of a fixed size.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            std::vector<SampleRecord> records(2);
            records[0].value = "{\"text\":\"" + std::string(16u << 20, 'x') + "\"}";
            records[1].value = std::string(16u << 20, 'y');
            trial.step("apply() to a value of 16 MiB");
            kept(live, PagedBatch(records), Outcome::kFail);
          }};
}

}  // namespace millrace::sdk_tool
