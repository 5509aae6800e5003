#include "sdk/tool/encoder_calls.h"
#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check cursor_advances() {
  return {.group = Group::kEncoder,
          .says = "Each body takes a kept record at least, and the cursor ends at in->count when all are done.",
          .rule = "plugin.h, mr_encoder_v1.encode",
          .remedy = "Set *cursor behind the last record that was looked at, dropped ones at the end too.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            const PagedBatch batch(grouped(ordinary_records(trial.random(), 70)));
            for (const std::uint32_t dropped_at_end : {0u, 1u, 10u}) {
              Selection keep(batch.count());
              for (std::uint32_t i = 0; i < dropped_at_end; ++i) keep.clear(batch.count() - 1 - i);
              for (const std::uint32_t records : {0u, 1u, 7u}) {
                trial.step("encode(), the last " + std::to_string(dropped_at_end) + " records dropped");
                for (std::uint32_t at = 0; kept_between(keep, at, batch.count()) > 0;) {
                  const Body body = encode(live, batch, keep, {0, records, 0}, at);
                  if (!body.answer.ok()) skip("encode() failed with " + body.answer.words() + ".");
                  const std::string moved = "From a cursor of " + std::to_string(at) + " it went to " +
                                            std::to_string(body.to) + " in a batch of 70";
                  if (body.to <= at || body.to > batch.count()) fail(moved + ".");
                  if (kept_between(keep, at, body.to) == 0) fail(moved + " and took no kept record.");
                  if (body.bytes.empty()) fail(moved + " and wrote nothing.");
                  if (records == 0 && body.to != batch.count())
                    fail(moved + ", without a limit: all are done, the last " + std::to_string(dropped_at_end) +
                         " are dropped ones.");
                  at = body.to;
                }
              }
            }
          }};
}

}  // namespace millrace::sdk_tool
