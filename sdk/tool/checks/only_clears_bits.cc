#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check only_clears_bits() {
  return {
      .group = Group::kFilter,
      .says = "A filter clears bits of the selection and sets none.",
      .rule = "plugin.h, mr_filter_v1.apply",
      .remedy = "Write keep[i / 64] &= ~(1ull << (i % 64)) for what is dropped, and leave the rest as it is.",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        const PagedBatch batch(ordinary_records(trial.random(), 150));
        for (const std::uint32_t every : {0u, 2u, 3u, 64u}) {
          Selection keep(batch.count(), false);
          for (std::uint32_t i = 0; every > 0 && i < batch.count(); i += every)
            keep.words()[i / 64] |= std::uint64_t{1} << (i % 64);
          const std::string before = keep.bits(batch.count());
          trial.step("apply() to a selection from which others have dropped records");
          if (const Answer answer = live.apply(batch.get(), keep.words()); !answer.ok())
            skip("apply() failed with " + answer.words() + ".");
          for (std::uint32_t i = 0; i < batch.count(); ++i)
            if (before[i] == '0' && keep.has(i))
              fail("The bit of record " + std::to_string(i) + " of 150 was clear before apply() and is set after it.");
        }
      }};
}

}  // namespace millrace::sdk_tool
