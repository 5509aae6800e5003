#include "sdk/tool/sink_calls.h"

#include <ctime>

namespace millrace::sdk_tool {

std::uint64_t now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

Requests::Shared& Requests::shared() {
  static auto* const shared = new Shared;
  return *shared;
}

std::uint32_t Requests::max_in_flight() const {
  return live_.table<mr_sink_v1>().max_in_flight;
}

std::size_t Requests::outstanding() const {
  std::size_t count = 0;
  each([&](const Request& r) { count += r.taken && r.answers == 0; });
  return count;
}

bool Requests::all_answered() const {
  for (const Request* r : all_)
    if (r->taken && r->answers == 0) return false;
  return true;
}

bool Requests::wait_for_answers(std::chrono::milliseconds at_most) const {
  std::unique_lock lock(shared().mutex);
  return shared().changed.wait_for(lock, at_most, [&] { return all_answered(); });
}

void Requests::stop() {
  live_.stop();
  const std::lock_guard lock(shared().mutex);
  shared().stopped = true;
}

Request& Requests::submit(std::chrono::milliseconds deadline) {
  auto* r = new Request;
  r->id = "check-" + std::to_string(all_.size() + 1);
  r->body = "{\"records\":[\"" + r->id + "\"]}";
  r->records = {{static_cast<std::int64_t>(all_.size()), 0, 0}, {static_cast<std::int64_t>(all_.size()) + 1, 0, 0}};
  r->stream = {1, {"orders", 6}, 0, 0};
  mr_request& abi = r->abi;
  abi.struct_size = sizeof abi;
  abi.record_count = static_cast<std::uint32_t>(r->records.size());
  abi.attempt = 1;
  abi.body = bytes(r->body);
  abi.deadline_ns = now_ns() + static_cast<std::uint64_t>(deadline.count()) * 1'000'000u;
  abi.records = r->records.data();
  abi.streams = &r->stream;
  abi.stream_stride = sizeof(mr_stream);
  abi.stream_count = 1;
  abi.request_id = str(r->id);
  static constexpr std::string_view kType = "application/json";
  abi.content_type = str(kType);
  {
    const std::lock_guard lock(shared().mutex);
    all_.push_back(r);
  }
  const mr_status status =
      live_.table<mr_sink_v1>().submit(live_.self(), &abi, {r, &Requests::done}, &r->refusal.error);
  const std::lock_guard lock(shared().mutex);
  r->refusal.status = status;
  r->taken = status == MR_OK;
  return *r;
}

void Requests::done(void* ctx, const mr_result* result) {
  auto& r = *static_cast<Request*>(ctx);
  Shared& s = shared();
  const std::lock_guard lock(s.mutex);
  ++r.answers;
  r.answered_late = r.answered_late || s.stopped;
  if (result->struct_size == 0) r.wrong = "mr_result.struct_size is 0";
  if (result->outcome > MR_TOO_LARGE) r.wrong = "the outcome " + std::to_string(result->outcome) + " does not exist";
  if (result->outcome == MR_PARTIAL)
    for (std::uint32_t i = 0; i < result->failed_count; ++i) {
      if (result->failed[i] >= r.abi.record_count)
        r.wrong = "it names record " + std::to_string(result->failed[i]) + " of " + std::to_string(r.abi.record_count);
      if (i > 0 && result->failed[i] <= result->failed[i - 1]) r.wrong = "the failed records do not ascend";
    }
  s.changed.notify_all();
}

}  // namespace millrace::sdk_tool
