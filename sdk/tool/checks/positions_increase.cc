#include <map>
#include <set>

#include "sdk/tool/source_calls.h"

namespace millrace::sdk_tool {

Check positions_increase() {
  return {
      .group = Group::kSource,
      .says =
          "Positions increase within a stream, streams are announced before their records, and max_records is kept.",
      .rule = "plugin.h, mr_record.position, mr_streams.assigned and mr_source_v1.poll",
      .remedy =
          "Announce a stream with assigned() inside poll(), number its records upwards, and use a new id when it "
          "returns.",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        Feed feed(live);
        std::map<std::uint64_t, std::int64_t> last;
        std::size_t records = 0;
        trial.step("poll() for records");
        poll_until(feed, 2.0, 7, [&](const Lent& batch) {
          if (batch.count() > 7) fail("With max_records 7 it delivered " + std::to_string(batch.count()) + " records.");
          const std::vector<std::uint64_t> ids = feed.assigned();
          const std::set<std::uint64_t> known(ids.begin(), ids.end());
          for (std::uint32_t i = 0; i < batch.count(); ++i) {
            const std::uint64_t id = batch.stream_id(i);
            const std::int64_t position = batch.record(i).position;
            if (!known.contains(id))
              fail("A record of stream " + std::to_string(id) + " came before assigned() announced it.");
            const auto [at, first] = last.try_emplace(id, position);
            if (!first && position <= at->second)
              fail("In stream " + std::to_string(id) + " position " + std::to_string(position) + " came after " +
                   std::to_string(at->second) + ".");
            at->second = position;
            ++records;
          }
          return records > 200;
        });
        if (records == 0)
          skip(
              "No record came within 2 s. Give this command a --config FILE with which some do, and --network if they "
              "come from elsewhere.");
      }};
}

}  // namespace millrace::sdk_tool
