#include "sdk/tool/source_calls.h"

#include <utility>

namespace millrace::sdk_tool {
namespace {

std::uint64_t sum(mr_bytes bytes, std::uint64_t hash) {
  for (std::uint64_t i = 0; bytes.data != nullptr && i < bytes.size; ++i)
    hash = (hash ^ bytes.data[i]) * 1'099'511'628'211u;
  return (hash ^ (bytes.data == nullptr ? 1u : 2u)) * 1'099'511'628'211u;
}

template <class T>
const T& at_stride(const void* from, std::uint64_t i, std::uint32_t stride) {
  return *reinterpret_cast<const T*>(static_cast<const char*>(from) + i * stride);
}

}  // namespace

Lent::Lent(const mr_batch& batch) : batch_(batch), checksum_(checksum_now()) {}
Lent::Lent(Lent&& other) noexcept : batch_(std::exchange(other.batch_, mr_batch{})), checksum_(other.checksum_) {}

void Lent::release() {
  const mr_batch batch = std::exchange(batch_, mr_batch{});
  if (batch.release != nullptr) batch.release(batch.owner);
}

const mr_record& Lent::record(std::uint32_t i) const {
  return at_stride<mr_record>(batch_.records, i, batch_.record_stride);
}

std::uint64_t Lent::stream_id(std::uint32_t i) const {
  const std::uint32_t index = record(i).stream;
  if (index >= batch_.stream_count)
    fail("Record " + std::to_string(i) + " is of stream " + std::to_string(index) + " of " +
         std::to_string(batch_.stream_count) + ".");
  return at_stride<mr_stream>(batch_.streams, index, batch_.stream_stride).id;
}

std::uint64_t Lent::checksum_now() const {
  std::uint64_t hash = 14'695'981'039'346'656'037u;
  for (std::uint32_t i = 0; i < batch_.count; ++i) {
    const mr_record& r = record(i);
    hash = sum(r.value, sum(r.key, hash)) ^ static_cast<std::uint64_t>(r.position);
  }
  return hash;
}

Lent Feed::poll(std::uint32_t records, std::uint64_t bytes, std::uint32_t timeout_ms) {
  mr_batch batch{};
  batch.struct_size = sizeof batch;
  Answer answer;
  live_.host().set_polling(true);
  answer.status = live_.table<mr_source_v1>().poll(live_.self(), records, bytes, timeout_ms, &batch, &answer.error);
  live_.host().set_polling(false);
  if (!answer.ok()) skip("poll() failed with " + answer.words() + ".");
  if (batch.count > 0 && (batch.records == nullptr || batch.record_stride < sizeof(mr_record) ||
                          batch.streams == nullptr || batch.stream_stride < sizeof(mr_stream)))
    fail("A batch of " + std::to_string(batch.count) +
         " records has no records, no streams, or strides shorter than the structs.");
  return Lent(batch);
}

std::vector<std::uint64_t> Feed::assigned() const {
  std::vector<std::uint64_t> out;
  for (const auto& s : live_.host().streams().assigned) out.push_back(s.id);
  return out;
}

Answer Feed::set_paused(const std::vector<std::uint64_t>& ids, bool paused) {
  Answer out;
  out.status = live_.table<mr_source_v1>().set_paused(live_.self(), ids.data(), static_cast<std::uint32_t>(ids.size()),
                                                      paused, &out.error);
  return out;
}
Answer Feed::release_streams(const std::vector<std::uint64_t>& ids) {
  Answer out;
  out.status = live_.table<mr_source_v1>().release_streams(live_.self(), ids.data(),
                                                           static_cast<std::uint32_t>(ids.size()), &out.error);
  return out;
}
Answer Feed::commit(const std::vector<mr_position>& positions, std::uint64_t deadline_ns) {
  Answer out;
  out.status = live_.table<mr_source_v1>().commit(
      live_.self(), positions.data(), static_cast<std::uint32_t>(positions.size()), deadline_ns, &out.error);
  return out;
}
void Feed::interrupt() {
  live_.table<mr_source_v1>().interrupt(live_.self());
}

}  // namespace millrace::sdk_tool
