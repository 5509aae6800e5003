#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check walks_by_stride() {
  return {.group = Group::kFilter,
          .says = "A filter walks records and streams by the batch's strides, not by the size of its own structs.",
          .rule = "plugin.h, mr_batch.record_stride",
          .remedy = "Use (const mr_record*)((const char*)in->records + i * in->record_stride); millrace::Batch does.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            const std::vector<SampleRecord> records = ordinary_records(trial.random(), 100);
            const std::string usual = kept(live, records);
            if (kept(live, records) != usual)
              skip("The same batch gives different answers; see same-input-same-output.");
            trial.step("apply() to records of 80 bytes, as a newer host has them");
            const std::string wide = kept(live, PagedBatch(records, 16, 8), Outcome::kFail);
            if (wide != usual)
              fail("Of 100 records it keeps others when a record is 80 bytes long than when it is 64 bytes long.");
          }};
}

}  // namespace millrace::sdk_tool
