#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check null_and_empty_values() {
  return {.group = Group::kFilter,
          .says = "A filter has an answer for tombstones, missing keys, empty values and headers without a value.",
          .rule = "plugin.h, mr_bytes",
          .remedy = "Test data for NULL before reading: absent has data NULL, empty has size 0.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            const std::optional<std::string> texts[] = {std::nullopt, "", "text"};
            std::vector<SampleRecord> records;
            for (const auto& key : texts)
              for (const auto& value : texts) {
                SampleRecord r;
                r.key = key;
                r.value = value;
                r.headers = {{"", std::nullopt}, {"h", ""}};
                records.push_back(r);
              }
            trial.step("apply() to absent and empty keys, values and headers");
            kept(live, PagedBatch(records), Outcome::kFail);
          }};
}

}  // namespace millrace::sdk_tool
