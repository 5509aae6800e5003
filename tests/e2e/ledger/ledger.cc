// Collecting a History; the contract stands in ledger.h.
#include "tests/e2e/ledger/ledger.h"

#include <pthread.h>

#include <cstring>
#include <memory>
#include <stdexcept>

namespace millrace::e2e {

std::uint64_t monotonic_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

void RecordHash::mix(std::uint64_t word) {
  state_ = (state_ ^ word) * 0xff51afd7ed558ccd;
  state_ ^= state_ >> 32;
}

RecordHash& RecordHash::add(const char* data, std::size_t size) {
  mix(size + 1);  // 0 is null's
  for (; size >= 8; data += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, data, 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  if (size > 0) std::memcpy(&rest, data, size);
  mix(rest);
  return *this;
}

RecordHash& RecordHash::add_null() {
  mix(0);
  return *this;
}

RecordHash& RecordHash::add_number(std::int64_t number) {
  mix(static_cast<std::uint64_t>(number));
  return *this;
}

std::uint64_t hash_record(const Message& message) {
  RecordHash hash;
  const auto add = [&](const Bytes& bytes) { bytes ? hash.add(*bytes) : hash.add_null(); };
  add(message.key);
  add(message.value);
  for (const auto& [name, value] : message.headers) {
    hash.add(name);
    add(value);
  }
  return hash.add_number(message.timestamp).value();
}

Producer::Acknowledged Ledger::producer() {
  return [this](const Message& message, std::int64_t offset) { produced(message, offset); };
}

void Ledger::produced(const Message& message, std::int64_t offset) {
  const StreamId id = stream(message.topic, message.partition);
  const std::uint64_t hash = hash_record(message);
  const std::lock_guard lock(mutex_);
  history_.produced.push_back({id, offset, hash});
}

StreamId Ledger::stream(const std::string& topic, std::int32_t partition) {
  const std::string name = topic + "-" + std::to_string(partition);
  const std::lock_guard lock(mutex_);
  const auto [found, fresh] = ids_.emplace(name, static_cast<StreamId>(history_.streams.size()));
  if (fresh) {
    history_.streams.push_back(name);
    done_.emplace_back();
  }
  return found->second;
}

std::size_t Ledger::received(std::vector<Item> items) {
  const std::lock_guard lock(mutex_);
  history_.invocations.push_back({monotonic_ns(), 0, Outcome::kUnanswered, std::move(items)});
  return history_.invocations.size() - 1;
}

void Ledger::answered(std::size_t invocation, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  Invocation& entry = history_.invocations.at(invocation);
  entry.answered_ns = monotonic_ns();
  entry.outcome = outcome;
  if (outcome != Outcome::kDone) return;
  for (const Item& item : entry.items) {
    std::vector<bool>& done = done_[item.stream];
    const auto index = static_cast<std::size_t>(item.offset);
    if (done.size() <= index) done.resize(index + index / 2 + 64);
    if (!done[index]) ++delivered_;
    done[index] = true;
  }
  progress_.notify_all();
}

void Ledger::sampled(StreamId stream, std::int64_t committed) {
  const std::lock_guard lock(mutex_);
  history_.samples.push_back({monotonic_ns(), stream, committed});
}

void Ledger::excuse(const std::string& topic, std::int32_t partition, std::int64_t offset) {
  const StreamId id = stream(topic, partition);
  const std::lock_guard lock(mutex_);
  // From the beginning on: when exactly a record reached the spool, or left the log, the test cannot see.
  if (excused_.emplace(id, offset).second) history_.excuses.push_back({id, offset, 0});
  progress_.notify_all();
}

void Ledger::disturbed() {
  const std::lock_guard lock(mutex_);
  history_.disturbances.push_back(monotonic_ns());
}

std::size_t Ledger::produced_count() const {
  const std::lock_guard lock(mutex_);
  return history_.produced.size();
}

std::size_t Ledger::delivered_count() const {
  const std::lock_guard lock(mutex_);
  return delivered_;
}

std::size_t Ledger::invocation_count() const {
  const std::lock_guard lock(mutex_);
  return history_.invocations.size();
}

bool Ledger::wait_until_delivered(std::chrono::milliseconds limit, std::size_t count) {
  std::unique_lock lock(mutex_);
  return progress_.wait_for(
      lock, limit, [&] { return delivered_ >= (count > 0 ? count : history_.produced.size() - excused_.size()); });
}

History Ledger::history() const {
  const std::lock_guard lock(mutex_);
  return history_;
}

CommitSampler::CommitSampler(Ledger& ledger, const std::string& bootstrap, std::string group, std::string topic)
    : ledger_(ledger), bootstrap_(bootstrap), group_(std::move(group)), topic_(std::move(topic)), thread_([this] {
        run();
      }) {
  ::pthread_setname_np(thread_.native_handle(), "e2e-sampler");
}

CommitSampler::~CommitSampler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool CommitSampler::wait_for(std::int32_t partition, std::int64_t offset, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, limit, [&] {
    const auto found = latest_.find(partition);
    return found != latest_.end() && found->second >= offset;
  });
}

void CommitSampler::run() {
  // Renewed when it has no answer: librdkafka's admin client goes on asking the coordinator that it found first.
  auto admin = std::make_unique<Admin>(bootstrap_);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    std::map<std::int32_t, std::int64_t> offsets;
    try {
      offsets = admin->committed(group_, topic_);
      if (offsets.size() < latest_.size()) admin = std::make_unique<Admin>(bootstrap_);
    } catch (const std::runtime_error&) {
      // A broker that is down answers nothing; the next sample will.
      admin = std::make_unique<Admin>(bootstrap_);
    }
    for (const auto& [partition, offset] : offsets) ledger_.sampled(ledger_.stream(topic_, partition), offset);
    lock.lock();
    for (const auto& [partition, offset] : offsets) latest_[partition] = offset;
    wake_.notify_all();
    wake_.wait_for(lock, std::chrono::milliseconds(250), [this] { return stopping_; });
  }
}

}  // namespace millrace::e2e
