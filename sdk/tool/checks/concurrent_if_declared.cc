#include <thread>

#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

// Sees wrong answers; a ThreadSanitizer build of the host and the plugin sees every race.
Check concurrent_if_declared() {
  return {
      .group = Group::kFilter,
      .says = "A filter with MR_CAP_CONCURRENT gives the same answers to several threads at once.",
      .rule = "plugin.h, MR_CAP_CONCURRENT; C++: a const apply() says so",
      .remedy = "Change nothing in apply() that two calls share, or leave the capability out (C++: apply() not const).",
      .run = [](Trial& trial) {
        if ((trial.component().table.caps & MR_CAP_CONCURRENT) == 0) skip("It does not declare MR_CAP_CONCURRENT.");
        Live live(trial);
        live.must_start();
        constexpr std::size_t kThreads = 4;
        std::vector<std::unique_ptr<PagedBatch>> batches;
        std::vector<std::string> alone;
        for (std::size_t i = 0; i < kThreads; ++i) {
          batches.push_back(std::make_unique<PagedBatch>(ordinary_records(trial.random(), 300)));
          alone.push_back(kept(live, *batches[i]));
          if (kept(live, *batches[i]) != alone[i])
            skip("The same batch gives different answers; see same-input-same-output.");
        }
        trial.step("apply() from four threads at once");
        std::atomic<int> wrong{0}, failed{0}, ready{0};
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < kThreads; ++t)
          threads.emplace_back([&, t] {
            ++ready;
            while (ready < static_cast<int>(kThreads)) std::this_thread::yield();
            for (int i = 0; i < 50; ++i) {
              Selection keep(300);
              if (!live.apply(batches[t]->get(), keep.words()).ok())
                ++failed;
              else if (keep.bits(300) != alone[t])
                ++wrong;
            }
          });
        for (std::thread& t : threads) t.join();
        if (wrong + failed > 0)
          fail("Of 200 calls from four threads, " + std::to_string(wrong) + " gave another answer than alone, and " +
               std::to_string(failed) + " failed.");
      }};
}

}  // namespace millrace::sdk_tool
