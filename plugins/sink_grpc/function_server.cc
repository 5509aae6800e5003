// Each call is a reactor that reads on and on; replies are written one after the other, whenever they come.
#include "function_server.h"

#include <grpcpp/security/auth_context.h>

#include <deque>

namespace millrace::grpc_sink {

class FunctionServer::Call final : public grpc::ServerGenericBidiReactor {
 public:
  Call(FunctionServer& server, grpc::GenericCallbackServerContext& context) : server_(server), context_(context) {
    StartRead(&buffer_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const std::lock_guard lock(mutex_);
      is_read_out_ = true;
      if (owed_ == 0) finish(grpc::Status::OK);
      return;
    }
    Seen seen;
    seen.method = context_.method();
    seen.peer = context_.peer();
    seen.authority = context_.host();
    seen.has_deadline = context_.deadline() < std::chrono::system_clock::now() + std::chrono::hours(1000);
    for (const auto& [name, value] : context_.client_metadata())
      seen.metadata.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    for (const auto& name : context_.auth_context()->FindPropertyValues("x509_common_name"))
      seen.client_name.assign(name.data(), name.size());
    grpc::Slice slice;
    if (!buffer_.DumpToSingleSlice(&slice).ok() ||
        !seen.request.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
      const std::lock_guard lock(mutex_);
      return finish({grpc::StatusCode::INTERNAL, "not an InvokeRequest"});
    }
    {
      const std::lock_guard lock(mutex_);
      ++owed_;
    }
    const bool is_stream = seen.method == kInvokeStream;
    server_.take(*this, std::move(seen));
    if (is_stream) StartRead(&buffer_);
  }

  void reply(const Reply& reply, const std::string& request_id) {
    const std::lock_guard lock(mutex_);
    if (is_finished_) return;
    for (const auto& [name, value] : reply.trailing) context_.AddTrailingMetadata(name, value);
    if (reply.kind == Reply::Kind::kHang) return;
    if (reply.kind == Reply::Kind::kStatus) return finish(reply.status);
    v1::InvokeResponse response = reply.response;
    if (response.request_id().empty()) response.set_request_id(request_id);
    const std::string bytes = reply.kind == Reply::Kind::kRaw ? reply.raw : response.SerializeAsString();
    const grpc::Slice slice(bytes);
    outbox_.emplace_back(&slice, 1);
    if (outbox_.size() == 1) StartWrite(&outbox_.front());
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    outbox_.pop_front();
    --owed_;
    if (!ok) return finish(grpc::Status::CANCELLED);
    if (!outbox_.empty()) return StartWrite(&outbox_.front());
    if (context_.method() == kInvoke || (is_read_out_ && owed_ == 0)) finish(grpc::Status::OK);
  }

  void end() {
    const std::lock_guard lock(mutex_);
    finish(grpc::Status::OK);
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    finish(grpc::Status::CANCELLED);
  }
  void OnDone() override {}  // the server frees it

 private:
  void finish(grpc::Status status) {
    if (is_finished_) return;
    is_finished_ = true;
    Finish(std::move(status));
  }

  FunctionServer& server_;
  grpc::GenericCallbackServerContext& context_;
  grpc::ByteBuffer buffer_;
  std::mutex mutex_;
  std::deque<grpc::ByteBuffer> outbox_;
  std::size_t owed_ = 0;
  bool is_read_out_ = false, is_finished_ = false;
};

FunctionServer::FunctionServer(Script script, Options options) : script_(std::move(script)) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.address, options.credentials, &port);
  builder.SetMaxReceiveMessageSize(options.largest_message);
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
  if (!server_) throw std::runtime_error("no server at " + options.address);
  target_ = port > 1 ? "127.0.0.1:" + std::to_string(port) : options.address;
}

grpc::ServerGenericBidiReactor* FunctionServer::CreateReactor(grpc::GenericCallbackServerContext* context) {
  auto call = std::make_shared<Call>(*this, *context);
  const std::lock_guard lock(mutex_);
  calls_.push_back(call);
  return call.get();
}

void FunctionServer::take(Call& call, Seen seen) {
  std::unique_lock lock(mutex_);
  const Reply reply = script_(seen);
  const std::string id = seen.request.request_id();
  seen_.push_back(std::move(seen));
  changed_.notify_all();
  if (is_holding_) {
    held_.push_front([&call, reply, id] { call.reply(reply, id); });
    return;
  }
  lock.unlock();
  call.reply(reply, id);
}

void FunctionServer::shut_down() {
  if (!server_) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
}

void FunctionServer::answer_by(Script script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

void FunctionServer::hold() {
  const std::lock_guard lock(mutex_);
  is_holding_ = true;
}

void FunctionServer::release() {
  std::list<std::function<void()>> held;
  {
    const std::lock_guard lock(mutex_);
    is_holding_ = false;
    held.swap(held_);
  }
  for (const auto& answer : held) answer();
}

void FunctionServer::end_streams() {
  std::vector<std::shared_ptr<Call>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls = calls_;
  }
  for (const auto& call : calls) call->end();
}

bool FunctionServer::wait_for(std::size_t requests) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return seen_.size() >= requests; });
}

std::vector<Seen> FunctionServer::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace millrace::grpc_sink
