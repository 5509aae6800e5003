#include "sdk/tool/encoder_calls.h"
#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check respects_limits() {
  return {.group = Group::kEncoder,
          .says = "A body is no larger than max_bytes and has no more records than max_records.",
          .rule = "plugin.h, mr_limits and mr_encoder_v1.encode",
          .remedy = "Look at the size that the body will have, with what closes it, before taking one record more.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            const PagedBatch batch(grouped(ordinary_records(trial.random(), 100)));
            Selection keep(batch.count());
            for (std::uint32_t i = 0; i < batch.count(); i += 5) keep.clear(i);
            for (const std::uint64_t bytes : {0u, 1'000u, 1'500u, 4'000u, 64'000u})
              for (const std::uint32_t records : {0u, 1u, 3u, 100u}) {
                const std::string limits = std::to_string(bytes) + " bytes and " + std::to_string(records) + " records";
                trial.step("encode() with limits of " + limits);
                for (std::uint32_t at = 1; at < batch.count();) {
                  const Body body = must_encode(live, batch, keep, {bytes, records, 0}, at);
                  const std::uint32_t taken = kept_between(keep, body.from, body.to);
                  if (!body.too_large() && bytes > 0 && body.bytes.size() > bytes)
                    fail("With limits of " + limits + " it wrote a body of " + std::to_string(body.bytes.size()) +
                         " bytes.");
                  if (!body.too_large() && records > 0 && taken > records)
                    fail("With limits of " + limits + " it took " + std::to_string(taken) + " records into one body.");
                  at = body.to;
                  while (at < batch.count() && !keep.has(at)) ++at;
                }
              }
          }};
}

}  // namespace millrace::sdk_tool
