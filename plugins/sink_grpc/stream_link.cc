// Requests on one call that stays open (InvokeStream), matched with their responses by request_id.
//
//   idle ── send() ──▶ starting ── started ──▶ open ── the server ends it, or a write fails ──▶ ending ──▶ idle
//                          └────────────── no connection ──────────────────────────────────────▶┘
//
// Invariant: gRPC has at most one write, one read and one start or finish of ours; the call is destroyed when all of
// them have come back, and only then are its requests finished.
//
// A request that the stream is too late for is given up alone while the others go on; its late response is recognised
// and dropped. Only when gRPC still holds its payload has the whole stream to end.
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <pthread.h>

#include <algorithm>
#include <deque>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "channel.h"

namespace millrace::grpc_sink {
namespace {

constexpr std::uint64_t kMsToNs = 1'000'000;
constexpr std::uint64_t kLookAtDeadlinesNs = 250 * kMsToNs;
constexpr std::uint64_t kPoliteEndNs = 500 * kMsToNs;
constexpr std::uint64_t kNever = ~std::uint64_t{0};

class StreamLink final : public Link {
 public:
  StreamLink(std::shared_ptr<grpc::Channel> channel, LinkOptions options)
      : options_(std::move(options)),
        channel_(std::move(channel)),
        stub_(std::make_unique<grpc::GenericStub>(channel_)) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), ("grpc-sink-" + std::to_string(options_.number)).c_str());
  }
  ~StreamLink() override { stop(0); }

  void send(Exchange* exchange) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(exchange);
    earliest_ns_ = std::min(earliest_ns_, exchange->deadline_ns);
    if (state_ == State::kIdle) return start();
    write_next();
  }

  std::size_t under_way() const override {
    const std::lock_guard lock(mutex_);
    return waiting_.size() + asked_.size();
  }

  void stop(std::uint64_t deadline_ns) override {
    if (!thread_.joinable()) return;
    {
      std::unique_lock lock(mutex_);
      wait_for(changed_, lock, deadline_ns, [&] { return waiting_.empty() && asked_.empty(); });
      stopping_ = true;
      if (waiting_.empty() && asked_.empty() && late_.empty() && state_ == State::kOpen && !pending_.write) {
        pending_.write = true;
        call_->stream->WritesDone(&write_tag_);
        wait_for(changed_, lock, now_ns() + kPoliteEndNs, [&] { return state_ == State::kIdle; });
      }
      if (state_ != State::kIdle) call_->context.TryCancel();
      wait_for(changed_, lock, kNever, [&] { return state_ == State::kIdle; });
    }
    stub_.reset();
    channel_.reset();  // closes the connection, and with it lets go of what was being written
    queue_.Shutdown();
    thread_.join();
  }

 private:
  enum class State { kIdle, kStarting, kOpen, kEnding };
  enum class Event { kStarted, kWritten, kRead, kFinished };
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
    grpc::ByteBuffer response;
    grpc::Status status;
    bool was_open = false;
  };
  using Finished = std::vector<std::pair<Exchange*, Judgement>>;

  void run() {
    for (;;) {
      std::uint64_t until;
      {
        const std::lock_guard lock(mutex_);
        until = earliest_ns_;
      }
      void* tag = nullptr;
      bool ok = false;
      // A request that comes meanwhile may be due earlier than those that are there: look again soon.
      if (until != kNever) until = std::min(until, now_ns() + kLookAtDeadlinesNs);
      const auto next =
          queue_.AsyncNext(&tag, &ok, until == kNever ? gpr_inf_future(GPR_CLOCK_MONOTONIC) : to_timespec(until));
      if (next == grpc::CompletionQueue::SHUTDOWN) return;
      Finished finished;
      {
        const std::lock_guard lock(mutex_);
        if (next == grpc::CompletionQueue::GOT_EVENT) happened(*static_cast<const Event*>(tag), ok, finished);
        give_up_late(finished);
        // Before the answers, which are still given before stop() returns: it joins this thread.
        if (!finished.empty()) changed_.notify_all();
      }
      for (auto& [exchange, judgement] : finished) Exchange::finish(exchange, std::move(judgement));
    }
  }

  // All below: under mutex_.

  void start() {
    state_ = State::kStarting;
    call_ = std::make_unique<Call>();
    for (const auto& [name, value] : options_.metadata) call_->context.AddMetadata(name, value);
    call_->stream = stub_->PrepareCall(&call_->context, kInvokeStream, &queue_);
    pending_.start_or_finish = true;
    call_->stream->StartCall(&started_tag_);
  }

  void happened(Event event, bool ok, Finished& finished) {
    switch (event) {
      case Event::kStarted:
        pending_.start_or_finish = false;
        if (!ok) {
          end();
          break;
        }
        state_ = State::kOpen;
        call_->was_open = true;
        read();
        write_next();
        break;
      case Event::kWritten:
        pending_.write = false;
        if (ok) write_next();  // otherwise the read fails too, and says more
        break;
      case Event::kRead:
        pending_.read = false;
        if (!ok) {
          end();
          break;
        }
        take_response(finished);
        if (state_ == State::kOpen) read();
        write_next();
        break;
      case Event::kFinished:
        pending_.start_or_finish = false;
        break;
    }
    if (is_over()) clear_up(finished);
  }

  // The finish that end() asked for has come back, and so has all else.
  bool is_over() const {
    return state_ == State::kEnding && !pending_.start_or_finish && !pending_.read && !pending_.write;
  }

  void read() {
    pending_.read = true;
    call_->stream->Read(&call_->response, &read_tag_);
  }

  void write_next() {
    if (state_ != State::kOpen || pending_.write || waiting_.empty()) return;
    if (one_at_a_time_ && !asked_.empty()) return;
    Exchange* const exchange = waiting_.front();
    waiting_.pop_front();
    asked_[exchange->id] = exchange;
    pending_.write = true;
    call_->stream->Write(exchange->message(options_.pipeline), &write_tag_);
  }

  void end() {
    if (state_ == State::kEnding) return;
    state_ = State::kEnding;
    pending_.start_or_finish = true;
    call_->stream->Finish(&call_->status, &finished_tag_);
  }

  void take_response(Finished& finished) {
    v1::InvokeResponse response;
    if (!decode(call_->response, response)) return break_off("The function's response is no InvokeResponse");
    const auto at = asked_.find(response.request_id());
    if (at == asked_.end()) {
      if (late_.erase(response.request_id()) > 0) return;
      return break_off("The function answered request \"" + quote(response.request_id(), 64) +
                       "\", which is not under way on this stream");
    }
    Exchange* const exchange = at->second;
    asked_.erase(at);
    finished.emplace_back(exchange, judge_response(exchange->request, response));
  }

  // The server breaks the contract: nobody knows what its answers mean, so none of them counts.
  void break_off(std::string why) {
    broken_contract_ = std::move(why);
    call_->context.TryCancel();
  }

  void give_up_late(Finished& finished) {
    const std::uint64_t now = now_ns();
    if (now < earliest_ns_) return;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      if ((*at)->deadline_ns > now) {
        ++at;
        continue;
      }
      finished.emplace_back(*at, timed_out(options_.timeout_ms));
      at = waiting_.erase(at);
    }
    for (auto at = asked_.begin(); at != asked_.end();) {
      if (at->second->deadline_ns > now) {
        ++at;
        continue;
      }
      if (at->second->payload_is_held()) {  // all of the stream has to go, and this one with it
        call_->context.TryCancel();
        ++at;
        continue;
      }
      late_.insert(at->first);
      finished.emplace_back(at->second, timed_out(options_.timeout_ms));
      at = asked_.erase(at);
    }
    earliest_ns_ = kNever;
    for (const Exchange* exchange : waiting_) earliest_ns_ = std::min(earliest_ns_, exchange->deadline_ns);
    for (const auto& [id, exchange] : asked_)
      if (exchange->deadline_ns > now) earliest_ns_ = std::min(earliest_ns_, exchange->deadline_ns);
  }

  // The call is over: its requests are finished by what the server said last.
  void clear_up(Finished& finished) {
    const std::unique_ptr<Call> call = std::move(call_);
    const std::string pushback = pushback_of(call->context);
    const std::size_t count = asked_.size();
    const std::uint64_t now = now_ns();
    bool knows_which = false;
    for (const auto& [id, exchange] : asked_) {
      Judgement judgement = judge_stream_end(call->status, exchange->message_size, count, pushback);
      knows_which = knows_which || judgement.outcome == MR_TOO_LARGE;
      if (!broken_contract_.empty()) judgement = worthless(broken_contract_);
      if (exchange->deadline_ns <= now) judgement = timed_out(options_.timeout_ms);
      if (stopping_) judgement = given_up();
      finished.emplace_back(exchange, std::move(judgement));
    }
    if (count > 0) {
      const bool too_large = request_too_large(call->status, 0) != TooLarge::kNo;
      one_at_a_time_ = too_large && !knows_which;
    }
    asked_.clear();
    late_.clear();
    broken_contract_.clear();
    state_ = State::kIdle;
    if (!call->was_open || stopping_) {
      for (Exchange* exchange : waiting_)
        finished.emplace_back(exchange,
                              stopping_ ? given_up() : judge_status(call->status, exchange->message_size, pushback));
      waiting_.clear();
    }
    if (!waiting_.empty()) start();
    changed_.notify_all();
  }

  const LinkOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::CompletionQueue queue_;
  Event started_tag_ = Event::kStarted, write_tag_ = Event::kWritten, read_tag_ = Event::kRead,
        finished_tag_ = Event::kFinished;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  State state_ = State::kIdle;
  std::unique_ptr<Call> call_;
  struct {
    bool start_or_finish = false, read = false, write = false;
  } pending_;
  std::uint64_t earliest_ns_ = kNever;  // no request is due before; may be too early by requests that are answered
  bool stopping_ = false;
  // After a stream that ended because some message was too large and nobody said which: requests go one at a time until
  // it is known.
  bool one_at_a_time_ = false;
  std::string broken_contract_;
  std::deque<Exchange*> waiting_;                     // not written yet
  std::unordered_map<std::string, Exchange*> asked_;  // written, by request_id
  std::unordered_set<std::string> late_;              // given up; their responses may still come
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Link> make_stream_link(std::shared_ptr<grpc::Channel> channel, LinkOptions options) {
  return std::make_unique<StreamLink>(std::move(channel), std::move(options));
}

}  // namespace millrace::grpc_sink
