#include <algorithm>

#include "sdk/tool/source_calls.h"

namespace millrace::sdk_tool {

Check revoke_drains() {
  return {
      .group = Group::kSource,
      .says =
          "After revoke() a stream delivers nothing more, and release_streams() gives it back while the others go on.",
      .rule = "plugin.h, mr_streams.revoke and mr_source_v1.release_streams",
      .remedy = "Stop taking records of a stream when it is revoked, and keep it for commit() until release_streams().",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        Feed feed(live);
        trial.step("poll() until a stream is revoked");
        const bool revoked =
            poll_until(feed, 1.5, 50, [&](const Lent&) { return !live.host().streams().revoked.empty(); });
        if (!revoked) skip("It revoked no stream within 1.5 s.");
        const std::vector<std::uint64_t> gone = live.host().streams().revoked;
        const auto must_be_silent = [&](const char* when) {
          for (int i = 0; i < 20; ++i) {
            const Lent batch = feed.poll(50);
            for (std::uint32_t r = 0; r < batch.count(); ++r)
              if (std::find(gone.begin(), gone.end(), batch.stream_id(r)) != gone.end())
                fail("Stream " + std::to_string(batch.stream_id(r)) + " delivered a record " + when + ".");
          }
        };
        trial.step("poll() after revoke()");
        must_be_silent("after revoke()");
        trial.step("release_streams()");
        if (const Answer answer = feed.release_streams(gone); !answer.ok())
          fail("release_streams() failed with " + answer.words() + ".");
        trial.step("poll() after release_streams()");
        must_be_silent("after release_streams()");
      }};
}

}  // namespace millrace::sdk_tool
