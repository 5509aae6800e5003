#include "runtime/pipeline/shell/request_table.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string_view>

#include "runtime/pipeline/shell/abi_text.h"

namespace millrace::pipeline {
namespace {

std::string text(mr_str s) {
  constexpr std::size_t kMost = 4096;  // a plugin's text is for people; nobody reads more
  return std::string(view(s).substr(0, kMost));
}

// A random UUID (RFC 4122, version 4): request ids must differ between hosts and restarts.
std::string new_request_id() {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  const std::uint64_t high = (random() & ~0xf000ull) | 0x4000ull;
  const std::uint64_t low = (random() & ~(3ull << 62)) | (2ull << 62);
  constexpr char kHex[] = "0123456789abcdef";
  std::string id(36, '-');
  std::size_t at = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) ++at;
    const std::uint64_t half = nibble < 16 ? high : low;
    id[at++] = kHex[(half >> (60 - 4 * (nibble % 16))) & 15];
  }
  return id;
}

}  // namespace

std::uint8_t* Body::reserve(std::uint64_t more) noexcept {
  if (capacity_ - size_ < more) {
    const std::uint64_t wanted = std::max({size_ + more, capacity_ + capacity_ / 2, std::uint64_t{16'384}});
    void* grown = std::realloc(data_, wanted);
    if (grown == nullptr) return nullptr;
    data_ = static_cast<std::uint8_t*>(grown);
    capacity_ = wanted;
  }
  return data_ + size_;
}

mr_writer Body::writer() noexcept {
  mr_writer w{};
  w.struct_size = sizeof w;
  w.ctx = this;
  w.reserve = [](void* ctx, std::uint64_t size) -> std::uint8_t* { return static_cast<Body*>(ctx)->reserve(size); };
  w.advance = [](void* ctx, std::uint64_t used) { static_cast<Body*>(ctx)->advance(used); };
  return w;
}

void Submission::done(void* ctx, const mr_result* result) {
  auto* self = static_cast<Submission*>(ctx);
  SinkAnswer answer;
  answer.request = self->request_;
  answer.ticket = self->ticket_.exchange(0, std::memory_order_acq_rel);
  if (answer.ticket == 0) return;  // answered before: the first answer counts
  if (result == nullptr) {
    answer.outcome = MR_RETRY;
    answer.detail = "the sink answered without a result";
  } else {
    mr_result r{};
    std::memcpy(&r, result, std::min<std::size_t>(sizeof r, result->struct_size));
    answer.outcome = r.outcome;
    answer.code = r.code;
    answer.retry_after_ms = r.retry_after_ms;
    if (r.outcome == MR_PARTIAL && r.failed != nullptr) answer.failed.assign(r.failed, r.failed + r.failed_count);
    if (r.outcome != MR_DONE) {
      answer.detail = text(r.detail);
      answer.reason = text(r.reason);
      for (std::uint32_t i = 0; i < r.attribute_count && r.attributes != nullptr; ++i) {
        const std::string_view key = view(r.attributes[i].key);
        const std::string value = text(r.attributes[i].value);
        if (key == "requestId")
          answer.request_id = value;
        else if (key == "executedVersion")
          answer.executed_version = value;
        else if (key == "functionError")
          answer.function_error = value;
        else if (key == "statusCode")
          answer.status_code = std::atoi(value.c_str());
      }
    }
  }
  self->inbox_->push(std::move(answer));
}

Request& RequestTable::prepare(RequestId id) {
  auto& slot = requests_[id];
  if (!slot) {
    if (spare_.empty()) {
      slot = std::make_unique<Request>();
    } else {
      slot = std::move(spare_.back());
      spare_.pop_back();
    }
    slot->id = new_request_id();
  }
  if (slot->body.capacity() == 0 && !bodies_.empty()) {
    slot->body = std::move(bodies_.back());
    bodies_.pop_back();
  }
  slot->body.clear();
  slot->slices.clear();
  slot->records.clear();
  slot->streams.clear();
  slot->names.clear();
  return *slot;
}

Request* RequestTable::find(RequestId id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : found->second.get();
}

void RequestTable::free_body(Request& request) {
  request.body.clear();
  if (bodies_.size() < spare_bodies_) bodies_.push_back(std::move(request.body));
  request.body = Body();
}

void RequestTable::erase(std::unordered_map<RequestId, std::unique_ptr<Request>>::iterator at) {
  std::unique_ptr<Request> request = std::move(at->second);
  requests_.erase(at);
  free_body(*request);
  if (spare_.size() >= spare_bodies_) return;
  request->last = {};
  request->submissions = 0;
  request->ticket = 0;
  request->owed = request->discarded = false;
  spare_.push_back(std::move(request));
}

void RequestTable::discard(RequestId id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  if (found->second->owed) {
    found->second->discarded = true;
    return;
  }
  erase(found);
}

void RequestTable::answered(RequestId id, Ticket ticket) {
  const auto found = requests_.find(id);
  if (found == requests_.end() || found->second->ticket != ticket) return;
  found->second->owed = false;
  if (found->second->discarded) erase(found);
}

std::size_t RequestTable::owed() const {
  std::size_t count = 0;
  for (const auto& [id, request] : requests_) count += request->owed;
  return count;
}

Submission& RequestTable::submission() {
  if (submissions_.empty() || submissions_.front()->armed()) submissions_.push_front(std::make_unique<Submission>());
  auto slot = std::move(submissions_.front());
  submissions_.pop_front();
  submissions_.push_back(std::move(slot));
  return *submissions_.back();
}

}  // namespace millrace::pipeline
