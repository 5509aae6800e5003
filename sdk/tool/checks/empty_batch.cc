#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check empty_batch() {
  return {.group = Group::kFilter,
          .says = "A batch of no records is a batch too.",
          .rule = "plugin.h, mr_batch.count; Rules: Pointers",
          .remedy = "Look at in->count before the first record: an array of 0 elements may be NULL.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            const PagedBatch batch(std::vector<SampleRecord>{});
            trial.step("apply() to a batch without records, its arrays NULL");
            if (const Answer answer = live.apply(batch.get(), nullptr); !answer.ok())
              fail("apply() failed with " + answer.words() + ".");
          }};
}

}  // namespace millrace::sdk_tool
