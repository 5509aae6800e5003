#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check changes_no_record() {
  return {.group = Group::kFilter,
          .says = "A filter writes to the selection and to nothing else of a batch.",
          .rule = "plugin.h, mr_batch: once the source has returned a batch, nobody changes it",
          .remedy = "Copy a value before changing it, for parsers that work in place too.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            PagedBatch batch(ordinary_records(trial.random(), 70));
            batch.seal();
            trial.step("apply() to a batch in read-only memory");
            kept(live, batch);
          }};
}

}  // namespace millrace::sdk_tool
