#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check batch_boundaries_do_not_matter() {
  return {.group = Group::kFilter,
          .says = "What a filter says of a record does not depend on which batch it is in, or where.",
          .rule = "plugin.h, mr_batch: how many records come together is chance",
          .remedy = "Decide by what is in the record, not by its index or its neighbours.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            const std::vector<SampleRecord> records = ordinary_records(trial.random(), 130);
            const std::string whole = kept(live, records);
            if (kept(live, records) != whole)
              skip("The same batch gives different answers; see same-input-same-output.");
            const auto word = [](char bit) { return bit == '1' ? "kept" : "dropped"; };
            for (const std::size_t size : {1u, 7u, 63u, 64u, 65u}) {
              trial.step("apply() to batches of " + std::to_string(size));
              for (std::size_t at = 0; at < records.size(); at += size) {
                const std::vector<SampleRecord> part(
                    records.begin() + static_cast<std::ptrdiff_t>(at),
                    records.begin() + static_cast<std::ptrdiff_t>(std::min(records.size(), at + size)));
                const std::string some = kept(live, part);
                for (std::size_t i = 0; i < some.size(); ++i)
                  if (some[i] != whole[at + i])
                    fail("Record " + std::to_string(at + i) + " is " + word(whole[at + i]) + " in a batch of 130 and " +
                         word(some[i]) + " as number " + std::to_string(i) + " of a batch of " + std::to_string(size) +
                         ".");
              }
            }
          }};
}

}  // namespace millrace::sdk_tool
