#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

// After each call the batch's pages are taken away: who reads through an old pointer gets a SIGSEGV.
Check no_view_kept() {
  return {
      .group = Group::kFilter,
      .says = "A filter keeps no pointer into a batch after apply().",
      .rule = "plugin.h, Rules that hold for every declaration: Memory",
      .remedy = "Copy what has to be remembered: a view of a record is dead when apply() returns.",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        std::vector<std::unique_ptr<PagedBatch>> gone;
        for (int i = 0; i < 5; ++i) {
          trial.step(i == 0 ? "the first apply()" : "apply(), after the pages of the batches before were taken away");
          gone.push_back(std::make_unique<PagedBatch>(ordinary_records(trial.random(), 70)));
          kept(live, *gone.back());
          gone.back()->forbid();
        }
        live.stop();
        live.destroy();
      }};
}

}  // namespace millrace::sdk_tool
