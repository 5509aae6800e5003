// SinkDriver: submits requests to a sink and collects its answers, watching over the one rule that matters.
//
// A request that was taken is answered exactly once, before stop() returns; a refused one never. What breaks that is in
// violations(), and the request's memory stays valid until the driver is destroyed, so that a late answer is seen, not
// a crash.
//
// Thread-safe for answers, otherwise confined to the test's thread.
#pragma once

#include <millrace/testing.hpp>

namespace millrace::testing {

struct Request {
  struct Id {
    std::string topic = "orders";
    std::int32_t partition = 0;
    std::int64_t position = 0;
  };
  std::string body = "{}";
  std::string key = {};
  std::string request_id = "request-1";
  std::string content_type = "application/json";
  std::uint32_t attempt = 1;
  std::uint32_t flags = 0;
  std::uint64_t deadline_ns = ~std::uint64_t{0};
  std::vector<Id> records = {{}};
  std::vector<std::pair<std::string, std::string>> attributes = {};
};

struct Result {
  std::uint32_t outcome = MR_DONE;
  mr_status code = MR_OK;
  std::uint32_t retry_after_ms = 0;
  std::vector<std::uint32_t> failed;
  std::string detail, reason;
  std::map<std::string, std::string> attributes;
};

class SinkDriver {
 public:
  SinkDriver(const mr_component& component, FakeHost& host, Config config = Config::object())
      : instance_(component, host, std::move(config)) {}
  ~SinkDriver() { stop(); }

  void start() { instance_.start(); }
  Instance& instance() noexcept { return instance_; }
  std::uint32_t max_in_flight() const { return instance_.table<mr_sink_v1>().max_in_flight; }
  mr_limits limits() const {
    mr_limits most{};
    if (const auto f = instance_.table<mr_sink_v1>().limits) f(instance_.self(), &most);
    return most;
  }

  // Gives the number of the request, from 0. Throws what the sink refused it with.
  std::size_t submit(Request request) {
    Pending& p = *pending_.emplace_back(std::make_unique<Pending>(std::move(request), *this));
    mr_error error = detail::empty_error();
    const mr_status status =
        instance_.table<mr_sink_v1>().submit(instance_.self(), &p.abi, {&p, &SinkDriver::done}, &error);
    if (status != MR_OK) {
      {
        std::lock_guard lock(mutex_);
        p.refused = true;
        if (!p.results.empty()) violations_.push_back("a refused request was answered");
      }
      detail::Caught().check(status, error);
    }
    return pending_.size() - 1;
  }
  // Waits for the answer and gives it; throws MR_DEADLINE_EXCEEDED when there is none in time.
  Result wait(std::size_t number, std::chrono::milliseconds at_most = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    const Pending& p = *pending_.at(number);
    if (!answered_.wait_for(lock, at_most, [&] { return !p.results.empty(); }))
      throw Error(MR_DEADLINE_EXCEEDED, "the sink did not answer request " + std::to_string(number));
    return p.results.front();
  }
  Result send(Request request) { return wait(submit(std::move(request))); }
  bool is_answered(std::size_t number) const {
    std::lock_guard lock(mutex_);
    return !pending_.at(number)->results.empty();
  }
  std::size_t answers() const {
    std::lock_guard lock(mutex_);
    std::size_t n = 0;
    for (const auto& p : pending_) n += p->results.size();
    return n;
  }

  void stop(std::uint64_t deadline_ns = 0) {
    instance_.stop(deadline_ns);
    std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    for (const auto& p : pending_)
      if (!p->refused && p->results.empty())
        violations_.push_back("request " + p->request.request_id + " was not answered before stop() returned");
  }
  std::vector<std::string> violations() const {
    std::lock_guard lock(mutex_);
    return violations_;
  }

 private:
  struct Pending {
    Pending(Request r, SinkDriver& d) : request(std::move(r)), driver(d) {
      abi.struct_size = sizeof abi;
      for (const Request::Id& id : request.records) {
        std::uint32_t s = 0;
        while (s < streams.size() && (view(streams[s].name) != id.topic || streams[s].partition != id.partition)) ++s;
        if (s == streams.size()) streams.push_back({s + std::uint64_t{1}, str(id.topic), id.partition, 0});
        ids.push_back({id.position, s, 0});
      }
      for (const auto& [name, value] : request.attributes) attributes.push_back(field(name, value));
      abi.record_count = static_cast<std::uint32_t>(ids.size());
      abi.attempt = request.attempt;
      abi.flags = request.flags;
      abi.body = bytes(request.body);
      abi.deadline_ns = request.deadline_ns;
      abi.records = ids.data();
      abi.streams = streams.data();
      abi.stream_stride = sizeof(mr_stream);
      abi.stream_count = static_cast<std::uint32_t>(streams.size());
      abi.attribute_count = static_cast<std::uint32_t>(attributes.size());
      abi.attributes = attributes.data();
      abi.key = bytes(request.key);
      abi.request_id = str(request.request_id);
      abi.content_type = str(request.content_type);
    }
    const Request request;
    SinkDriver& driver;
    std::vector<mr_record_id> ids;
    std::vector<mr_stream> streams;
    std::vector<mr_field> attributes;
    mr_request abi{};
    bool refused = false;
    std::vector<Result> results;
  };

  static void done(void* ctx, const mr_result* r) {
    Pending& p = *static_cast<Pending*>(ctx);
    Result result{
        r->outcome, r->code, r->retry_after_ms, {}, std::string(view(r->detail)), std::string(view(r->reason)), {}};
    if (r->failed_count > 0) result.failed.assign(r->failed, r->failed + r->failed_count);
    for (std::uint32_t i = 0; i < r->attribute_count; ++i)
      result.attributes[std::string(view(r->attributes[i].key))] = view(r->attributes[i].value);
    SinkDriver& d = p.driver;
    std::lock_guard lock(d.mutex_);
    p.results.push_back(std::move(result));
    const std::string& id = p.request.request_id;
    if (p.results.size() > 1) d.violations_.push_back("request " + id + " was answered twice");
    if (p.refused) d.violations_.push_back("request " + id + " was answered after it had been refused");
    if (d.stopped_) d.violations_.push_back("request " + id + " was answered after stop()");
    for (const std::uint32_t index : p.results.back().failed)
      if (index >= p.abi.record_count)
        d.violations_.push_back("request " + id + ": no record " + std::to_string(index));
    d.answered_.notify_all();  // under the lock: the driver may be destroyed as soon as it is free
  }

  mutable std::mutex mutex_;
  std::condition_variable answered_;
  bool stopped_ = false;
  std::vector<std::string> violations_;
  std::vector<std::unique_ptr<Pending>> pending_;  // by number; kept for late answers
  Instance instance_;  // last: destroyed, and with it silent, before what its answers land in
};

}  // namespace millrace::testing
