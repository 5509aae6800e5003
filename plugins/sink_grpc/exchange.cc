// The order in release(): answer, free, count down. Counting down is last because stop() may return right after it.
#include "exchange.h"

#include <array>

namespace millrace::grpc_sink {

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

void Outstanding::add() {
  const std::lock_guard lock(mutex_);
  ++count_;
}

void Outstanding::remove() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) changed_.notify_all();  // under the lock: who waits may destroy this as soon as it is free
}

bool Outstanding::wait_for_none(std::uint64_t deadline_ns) {
  std::unique_lock lock(mutex_);
  return wait_for(changed_, lock, deadline_ns, [&] { return count_ == 0; });
}

std::uint64_t Outstanding::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

Exchange::Exchange(const mr_request& r, Completion completion, Outstanding& outstanding)
    : request(r), id(view(r.request_id)), outstanding_(outstanding), completion_(std::move(completion)) {
  outstanding_.add();
}

grpc::ByteBuffer Exchange::message(std::string_view pipeline) {
  const std::string head = encode_head(id, pipeline, request.attempt, view(request.content_type), request.body.size);
  message_size = head.size() + request.body.size;
  std::array<grpc::Slice, 2> slices{grpc::Slice(head)};
  if (request.body.size == 0) return grpc::ByteBuffer(slices.data(), 1);
  holds_.fetch_add(1, std::memory_order_relaxed);
  slice_held_.store(true, std::memory_order_release);
  slices[1] = grpc::Slice(
      const_cast<std::uint8_t*>(request.body.data), request.body.size,
      [](void* exchange) {
        auto* self = static_cast<Exchange*>(exchange);
        self->slice_held_.store(false, std::memory_order_release);
        release(self);
      },
      this);
  return grpc::ByteBuffer(slices.data(), slices.size());
}

void Exchange::finish(Exchange* exchange, Judgement judgement) {
  exchange->judgement_ = std::move(judgement);
  release(exchange);
}

void Exchange::release(Exchange* exchange) {
  if (exchange->holds_.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  Outstanding& outstanding = exchange->outstanding_;
  exchange->answer();
  delete exchange;
  outstanding.remove();
}

void Exchange::answer() {
  const std::string status = std::to_string(judgement_.status);
  std::array<mr_field, 3> attributes{field("requestId", id), field("statusCode", status), field("id", judgement_.id)};
  const std::size_t count = judgement_.id[0] == '\0' ? 2 : 3;
  std::move(completion_)
      .answer({.outcome = judgement_.outcome,
               .code = judgement_.code,
               .detail = judgement_.detail,
               .reason = judgement_.reason,
               .retry_after_ms = judgement_.retry_after_ms,
               .failed = judgement_.failed,
               .attributes = std::span<const mr_field>(attributes.data(), count)});
}

}  // namespace millrace::grpc_sink
