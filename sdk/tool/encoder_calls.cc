#include "sdk/tool/encoder_calls.h"

#include <algorithm>
#include <memory>

namespace millrace::sdk_tool {
namespace {

// Each reserve() gives other memory, so that a pointer that was kept is stale at once.
struct Buffer {
  std::string body;
  std::unique_ptr<std::uint8_t[]> room;
  std::uint64_t reserved = 0;
  bool overrun = false;
};

}  // namespace

Body encode(Live& live, const PagedBatch& batch, const Selection& keep, mr_limits limits, std::uint32_t cursor) {
  Buffer buffer;
  mr_writer writer{sizeof(mr_writer), 0, &buffer,
                   [](void* ctx, std::uint64_t size) {
                     auto& b = *static_cast<Buffer*>(ctx);
                     b.room = std::make_unique<std::uint8_t[]>(size);
                     b.reserved = size;
                     return b.room.get();
                   },
                   [](void* ctx, std::uint64_t used) {
                     auto& b = *static_cast<Buffer*>(ctx);
                     if (used > b.reserved) {
                       b.overrun = true;
                       return;
                     }
                     b.body.append(reinterpret_cast<const char*>(b.room.get()), used);
                     b.reserved -= used;
                     if (used > 0) std::copy_n(b.room.get() + used, b.reserved, b.room.get());
                   }};
  Body out;
  out.from = out.to = cursor;
  out.answer.status = live.table<mr_encoder_v1>().encode(live.self(), batch.get(), keep.words(), &limits, &out.to,
                                                         &writer, &out.answer.error);
  out.bytes = std::move(buffer.body);
  if (buffer.overrun) fail("It advanced over more bytes than it had reserved.");
  return out;
}

Body must_encode(Live& live, const PagedBatch& batch, const Selection& keep, mr_limits limits, std::uint32_t cursor) {
  Body out = encode(live, batch, keep, limits, cursor);
  if (out.too_large()) {
    out.to = std::max(out.to, cursor) + 1;  // as the host: a dead letter, and on behind it
    return out;
  }
  if (!out.answer.ok()) skip("encode() failed with " + out.answer.words() + ".");
  if (out.to <= cursor || out.to > batch.count()) skip("The cursor does not advance; see cursor-advances.");
  return out;
}

std::uint32_t kept_between(const Selection& keep, std::uint32_t from, std::uint32_t to) {
  std::uint32_t count = 0;
  for (std::uint32_t i = from; i < to; ++i) count += keep.has(i);
  return count;
}

}  // namespace millrace::sdk_tool
