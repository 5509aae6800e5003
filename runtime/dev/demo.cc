#include "runtime/dev/demo.h"

#include <algorithm>

namespace millrace::dev {
namespace {

constexpr int kPartitions = 2;

}  // namespace

Result<std::unique_ptr<Demo>> Demo::start(config::PipelineSpec spec, Options options,
                                          const config::ComponentSchemas& schemas) {
  auto topics = topics_of(spec);
  if (!topics.ok()) return topics.status();
  std::unique_ptr<Demo> demo(new Demo(std::move(options)));
  demo->topics_ = std::move(topics).value();

  auto broker = EmbeddedBroker::start(demo->topics_, kPartitions);
  if (!broker.ok()) return broker.status();
  demo->broker_ = std::move(broker).value();

  Target target{.bootstrap_servers = demo->broker_->bootstrap_servers(),
                .endpoint = demo->options_.endpoint,
                .own_endpoint = true};
  if (target.endpoint.empty()) {
    demo->printer_ = std::make_unique<EventPrinter>(demo->options_.print_event);
    auto function =
        EmbeddedFunction::start([printer = demo->printer_.get()](std::string_view event) { printer->on_event(event); });
    if (!function.ok()) return function.status();
    demo->function_ = std::move(function).value();
    target = {
        .bootstrap_servers = target.bootstrap_servers, .endpoint = demo->function_->endpoint(), .own_endpoint = false};
  }
  auto pointed = point(std::move(spec), target, schemas);
  if (!pointed.ok()) return pointed.status();
  demo->pointed_ = std::move(pointed).value();
  return demo;
}

Demo::~Demo() {
  stop_feeding();
}

std::uint64_t Demo::finished(const pipeline::PipelineStatus& now) {
  const auto& counters = now.poller.counters;
  return counters.filtered + counters.delivered + counters.rejected;
}

bool Demo::step(const pipeline::PipelineStatus& now) {
  finished_ = finished(now);
  const std::uint64_t time = options_.clock.now_ns();
  if (give_up_ns_ == 0) give_up_ns_ = time + static_cast<std::uint64_t>(std::chrono::nanoseconds(kPatience).count());
  if (feeder_ == nullptr && now.poller.streams > 0) {
    feeder_ = std::make_unique<Feeder>(*broker_, Feeder::Options{.topics = topics_,
                                                                 .total = options_.once ? kOrdersOnce : 0,
                                                                 .per_second = options_.once ? 0 : kOrdersPerSecond,
                                                                 .finished = [this] { return finished_.load(); },
                                                                 .failed =
                                                                     [this](const Status& status) {
                                                                       const std::lock_guard lock(feed_mutex_);
                                                                       feed_failure_ = status.to_string();
                                                                     }});
    feeder_->start();
  }
  {
    const std::lock_guard lock(feed_mutex_);
    if (!feed_failure_.empty()) {
      failure_ = feed_failure_;
      return true;
    }
  }
  if (!options_.once) return false;
  if (feeder_ != nullptr && feeder_->done() && finished_ >= feeder_->fed()) return true;
  if (time < give_up_ns_) return false;
  failure_ = "not all records were finished within " + std::to_string(kPatience.count()) + " seconds";
  if (now.health.state != observe::Health::kHealthy)
    failure_ += "; " + now.health.component + ": " + now.health.problem.message;
  return true;
}

void Demo::stop_feeding() {
  if (feeder_ != nullptr) feeder_->stop();
}

std::string Demo::summary(const pipeline::PipelineStatus& now) const {
  const auto& counters = now.poller.counters;
  const auto retries = counters.submissions - std::min(counters.submissions, counters.requests);
  std::string text = std::to_string(feeder_ == nullptr ? 0 : feeder_->fed()) +
                     " records produced: " + std::to_string(counters.filtered) + " filtered out, " +
                     std::to_string(counters.delivered) + " delivered in " + std::to_string(counters.requests) +
                     " batches (" + std::to_string(counters.submissions) + " requests, " + std::to_string(retries) +
                     " of them retries)";
  if (counters.rejected > 0) text += ", " + std::to_string(counters.rejected) + " to the dead-letter spool";
  return text;
}

}  // namespace millrace::dev
