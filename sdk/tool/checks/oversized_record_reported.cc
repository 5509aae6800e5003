#include "sdk/tool/encoder_calls.h"
#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check oversized_record_reported() {
  return {.group = Group::kEncoder,
          .says =
              "A record that fits into no body is MR_OUT_OF_RANGE, with the cursor on it and a reason, and nothing "
              "written.",
          .rule = "plugin.h, mr_encoder_v1.encode",
          .remedy =
              "Write nothing, leave *cursor on the record, and name the dead letter's condition in err->reason; "
              "C++: return false.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            std::vector<SampleRecord> records = ordinary_records(trial.random(), 3);
            const std::string large(200'000, 'x');
            for (SampleRecord& r : records) r.stream = 0;
            records[1].key = records[1].value = large;
            records[1].headers = {{"h", large}};
            const PagedBatch batch(records);
            const Selection keep(batch.count());
            trial.step("encode() of a record of 600 kB with a limit of 64 kB");
            Body body = encode(live, batch, keep, {64'000, 0, 0}, 0);
            if (body.answer.ok() && body.to == 1) body = encode(live, batch, keep, {64'000, 0, 0}, 1);
            if (body.answer.ok()) skip("Its bodies do not grow with the record, or see respects-limits.");
            if (!body.too_large())
              fail("For a record of 600 kB and a limit of 64 kB it answers " + body.answer.words() + ".");
            if (body.to != 1)
              fail("The record that is too large is number 1, the cursor is at " + std::to_string(body.to) + ".");
            if (!body.bytes.empty())
              fail("It wrote " + std::to_string(body.bytes.size()) + " bytes of a body that it then gave up.");
            if (body.answer.error.reason[0] == '\0') fail("err->reason is empty: the dead letter has no condition.");
          }};
}

}  // namespace millrace::sdk_tool
