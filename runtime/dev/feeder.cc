#include "runtime/dev/feeder.h"

#include <pthread.h>

#include <chrono>

#include "runtime/dev/sample_orders.h"

namespace millrace::dev {

Feeder::Feeder(EmbeddedBroker& broker, Options options) : broker_(broker), options_(std::move(options)) {}

void Feeder::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "dev-feeder");
    run();
  });
}

void Feeder::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Feeder::wait(std::chrono::microseconds patience) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, patience, [this] { return stopping_; });
}

void Feeder::run() {
  const std::chrono::microseconds pause(options_.per_second == 0 ? 0 : 1'000'000 / options_.per_second);
  while (options_.total == 0 || fed_ < options_.total) {
    if (!wait(pause)) return;
    while (fed_ - std::min(fed_.load(), options_.finished()) >= kMostAhead)
      if (!wait(std::chrono::milliseconds(20))) return;
    const SampleOrder order = sample_order(fed_);
    const Status produced = broker_.produce(options_.topics[fed_ % options_.topics.size()], order.key, order.value);
    if (!produced.ok()) {
      if (options_.failed) options_.failed(produced);
      return;
    }
    ++fed_;
  }
  const Status flushed = broker_.flush();
  if (!flushed.ok() && options_.failed) options_.failed(flushed);
  done_ = flushed.ok();
}

}  // namespace millrace::dev
