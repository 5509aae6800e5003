#include "runtime/pipeline/shell/poller.h"

#include <pthread.h>

#include <type_traits>

namespace millrace::pipeline {

Poller::Poller(Parts parts)
    : parts_(std::move(parts)),
      core_(parts_.core),
      requests_(parts_.core.max_in_flight + 2),
      inbox_([this] { wake(); }),
      tasks_(parts_.executor),
      failure_log_(parts_.log.limited({.per_second = 1, .burst = 5})) {}

Poller::~Poller() {
  if (thread_.joinable()) {
    request_stop();
    thread_.join();
  }
  finish(0);
}

Status Poller::create(observe::Problem* why) {
  auto made = parts_.make_source(*this, why);
  if (!made.ok()) return made.status();
  const std::lock_guard guard(source_mutex_);
  source_ = std::move(made).value();
  return {};
}

Status Poller::start(observe::Problem* why) {
  if (Status s = source_->start(why); !s.ok()) return s;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "mr-poller");
    run();
  });
  return {};
}

void Poller::request_stop() {
  stop_requested_.store(true, std::memory_order_release);
  wake();
}

void Poller::join() {
  if (thread_.joinable()) thread_.join();
}

void Poller::finish(std::uint64_t deadline_ns) {
  tasks_.drain();
  batches_.release_all();
  const std::lock_guard guard(source_mutex_);
  if (source_) source_->stop(deadline_ns);
  source_.reset();
}

PollerStatus Poller::status() const {
  const std::lock_guard guard(status_mutex_);
  return status_;
}

void Poller::wake() {
  const std::lock_guard guard(source_mutex_);
  if (source_) source_->interrupt();
  no_source_wake_.notify_all();
}

// The loop of core.h.
void Poller::run() {
  for (;;) {
    drain_inbox();
    perform_all();
    if (stop_requested_.load(std::memory_order_acquire) && !stop_told_) {
      stop_told_ = true;
      on(Stop{});
      perform_all();
    }
    on(Tick{});
    if (actions_.size() == 1 && std::holds_alternative<Poll>(actions_[0])) {
      const Poll order = std::get<Poll>(actions_[0]);
      actions_.clear();
      poll(order);
    } else {
      perform_all();
    }
    publish(stopped_);
    if (stopped_) return;
  }
}

void Poller::drain_inbox() {
  notes_.clear();
  inbox_.drain(notes_);
  for (Note& note : notes_) {
    if (const auto* answer = std::get_if<SinkAnswer>(&note)) {
      answered(*answer);
    } else {
      const auto& result = std::get<SpoolResult>(note);
      if (result.status.ok()) {
        on(Spooled{result.request});
      } else {
        last_spool_failure_ = result.status;
        on(SpoolFailed{result.request});
      }
    }
    perform_all();
  }
}

void Poller::perform_all() {
  // Performing an action may append more: what answers it at once is fed to the core on the spot.
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    Action action = std::move(actions_[i]);
    perform(action);
  }
  actions_.clear();
}

void Poller::perform(Action& action) {
  std::visit(
      [this](auto& order) {
        using T = std::decay_t<decltype(order)>;
        if constexpr (std::is_same_v<T, Poll>) {
          // core.h: the only action of its Tick, which run() performs. A poll beside others would starve the inbox.
        } else if constexpr (std::is_same_v<T, Encode>) {
          encode(order);
        } else if constexpr (std::is_same_v<T, Submit>) {
          submit(order);
        } else if constexpr (std::is_same_v<T, FreeBody>) {
          if (Request* request = requests_.find(order.request)) requests_.free_body(*request);
        } else if constexpr (std::is_same_v<T, Discard>) {
          requests_.discard(order.request);
        } else if constexpr (std::is_same_v<T, Spool>) {
          spool(order);
        } else if constexpr (std::is_same_v<T, Copy>) {
          on(Copied{order.batch, batches_.copy(order.batch)});
        } else if constexpr (std::is_same_v<T, Refilter>) {
          filter_and_tell(order.batch);
        } else if constexpr (std::is_same_v<T, Release>) {
          batches_.release(order.batch);
        } else if constexpr (std::is_same_v<T, Commit>) {
          commit(order);
        } else if constexpr (std::is_same_v<T, Pause>) {
          if (source_) static_cast<void>(source_->set_paused(order.streams, order.paused));
        } else if constexpr (std::is_same_v<T, ReleaseStreams>) {
          if (source_) static_cast<void>(source_->release_streams(order.streams));
          for (const StreamId id : order.streams) streams_.erase(id);
        } else if constexpr (std::is_same_v<T, Health>) {
          health(order);
        } else if constexpr (std::is_same_v<T, Stopped>) {
          stopped_ = true;
          result_ = order;
        }
      },
      action);
}

}  // namespace millrace::pipeline
