#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check ignores_bits_past_count() {
  return {.group = Group::kFilter,
          .says = "A filter leaves the bits past the last record as they are, which is 0.",
          .rule = "plugin.h, mr_filter_v1.apply",
          .remedy = "Stop at in->count, not at the end of the last word.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            for (const std::uint32_t count : {1u, 63u, 64u, 65u, 100u}) {
              const PagedBatch batch(ordinary_records(trial.random(), count));
              Selection keep(count);
              trial.step("apply() to " + std::to_string(count) +
                         " records; behind the last word is a page that nobody may touch");
              if (const Answer answer = live.apply(batch.get(), keep.words()); !answer.ok())
                skip("apply() failed with " + answer.words() + ".");
              for (std::uint32_t i = count; i < keep.word_count() * 64; ++i)
                if (keep.has(i))
                  fail("In a batch of " + std::to_string(count) + " records, bit " + std::to_string(i) +
                       " is set after apply().");
            }
          }};
}

}  // namespace millrace::sdk_tool
