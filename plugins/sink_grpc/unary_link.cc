// Requests as calls of their own (Invoke), all on one connection.
//
// A call starts on the sender's thread and ends on the link's, which destroys it before the exchange is finished: gRPC
// keeps the payload no longer than the call.
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <pthread.h>

#include <list>
#include <thread>

#include "channel.h"

namespace millrace::grpc_sink {
namespace {

class UnaryLink final : public Link {
 public:
  UnaryLink(std::shared_ptr<grpc::Channel> channel, LinkOptions options)
      : options_(std::move(options)),
        channel_(std::move(channel)),
        stub_(std::make_unique<grpc::GenericStub>(channel_)) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), ("grpc-sink-" + std::to_string(options_.number)).c_str());
  }
  ~UnaryLink() override { stop(0); }

  void send(Exchange* exchange) override {
    auto call = std::make_unique<Call>();
    call->exchange = exchange;
    for (const auto& [name, value] : options_.metadata) call->context.AddMetadata(name, value);
    call->context.set_deadline(to_timespec(exchange->deadline_ns));
    Call* const self = call.get();
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      self->place = std::prev(calls_.end());
    }
    // Not under the lock: gRPC may run callbacks of the payload's slice in here.
    self->reader = stub_->PrepareUnaryCall(&self->context, kInvoke, exchange->message(options_.pipeline), &queue_);
    self->reader->StartCall();
    self->reader->Finish(&self->response, &self->status, self);
  }

  std::size_t under_way() const override {
    const std::lock_guard lock(mutex_);
    return calls_.size();
  }

  void stop(std::uint64_t deadline_ns) override {
    if (!thread_.joinable()) return;
    {
      std::unique_lock lock(mutex_);
      wait_for(ended_, lock, deadline_ns, [&] { return calls_.empty(); });
      stopping_ = true;
      for (const auto& call : calls_) call->context.TryCancel();
      ended_.wait(lock, [&] { return calls_.empty(); });
    }
    stub_.reset();
    channel_.reset();  // closes the connection, and with it lets go of what was being written
    queue_.Shutdown();
    thread_.join();
  }

 private:
  struct Call {
    Exchange* exchange = nullptr;
    grpc::ClientContext context;
    grpc::ByteBuffer response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
    std::list<std::unique_ptr<Call>>::iterator place;
  };

  void run() {
    void* tag = nullptr;
    for (bool ok = false; queue_.Next(&tag, &ok);) {
      Call* const call = static_cast<Call*>(tag);
      Exchange* const exchange = call->exchange;
      Judgement judgement = judge(*call);
      std::unique_ptr<Call> ended;
      {
        const std::lock_guard lock(mutex_);
        ended = std::move(*call->place);
        calls_.erase(call->place);
        if (stopping_ && ended->status.error_code() == grpc::StatusCode::CANCELLED) judgement = given_up();
        if (calls_.empty()) ended_.notify_all();
      }
      ended.reset();
      Exchange::finish(exchange, std::move(judgement));
    }
  }

  static Judgement judge(const Call& call) {
    if (!call.status.ok()) return judge_status(call.status, call.exchange->message_size, pushback_of(call.context));
    v1::InvokeResponse response;
    if (!decode(call.response, response)) return worthless("The function's response is no InvokeResponse");
    return judge_response(call.exchange->request, response);
  }

  const LinkOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::CompletionQueue queue_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::list<std::unique_ptr<Call>> calls_;  // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Link> make_unary_link(std::shared_ptr<grpc::Channel> channel, LinkOptions options) {
  return std::make_unique<UnaryLink>(std::move(channel), std::move(options));
}

}  // namespace millrace::grpc_sink
