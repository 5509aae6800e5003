// A gRPC server whose handlers wait, cancel and answer as scripted; the contract stands in grpc_function.h.
#include "tests/e2e/function/grpc_function.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <condition_variable>
#include <stdexcept>
#include <thread>

#include "millrace/function/v1/function.grpc.pb.h"

namespace millrace::e2e {
namespace {

namespace v1 = ::millrace::function::v1;
using std::chrono::milliseconds;

grpc::StatusCode code_of(int status) {
  switch (status) {
    case 400:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case 401:
      return grpc::StatusCode::UNAUTHENTICATED;
    case 403:
      return grpc::StatusCode::PERMISSION_DENIED;
    case 404:
      return grpc::StatusCode::NOT_FOUND;
    case 413:
    case 429:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case 503:
      return grpc::StatusCode::UNAVAILABLE;
    default:
      return grpc::StatusCode::INTERNAL;
  }
}

// OK: the response is the answer.
grpc::Status translate(const Answer& answer, v1::InvokeResponse& response, grpc::ServerContextBase& context) {
  if (answer.status == 200) {
    const bool failed = answer.headers.count("X-Amz-Function-Error") > 0;
    response.set_outcome(failed ? v1::OUTCOME_RETRY : v1::OUTCOME_DONE);
    if (failed) response.set_error_type("Scripted");
    return grpc::Status::OK;
  }
  if (const auto wait = answer.headers.find("Retry-After"); wait != answer.headers.end())
    context.AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(std::stol(wait->second) * 1000));
  return {code_of(answer.status), answer.status == 413 ? "message larger than max" : answer.body};
}

}  // namespace

class GrpcFunction::Service final : public v1::FunctionService::Service {
 public:
  explicit Service(GrpcFunction& function) : function_(function) {}
  grpc::Status Invoke(grpc::ServerContext* context, const v1::InvokeRequest* request,
                      v1::InvokeResponse* response) override {
    std::size_t entry = 0;
    const std::optional<Answer> answer = begin(*context, *request, entry);
    if (!answer) return {grpc::StatusCode::INVALID_ARGUMENT, "not a Kafka event"};
    const bool open = wait(*answer, [&] { return context->IsCancelled(); });
    function_.settle(entry, open ? answer : std::nullopt);
    if (!open) return grpc::Status::CANCELLED;
    if (answer->kind != Answer::Kind::kAnswer) {
      context->TryCancel();
      return grpc::Status::CANCELLED;
    }
    response->set_request_id(request->request_id());
    return translate(*answer, *response, *context);
  }

  // Reads on; each request is answered by a thread of its own. A status cannot be returned while a read waits, so what
  // ends the stream cancels it, whatever the code: to the sink it is a broken stream either way.
  grpc::Status InvokeStream(grpc::ServerContext* context,
                            grpc::ServerReaderWriter<v1::InvokeResponse, v1::InvokeRequest>* stream) override {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t running = 0;
    std::atomic<bool> ended{false};
    bool is_event = true;
    for (v1::InvokeRequest request; is_event && stream->Read(&request); request.Clear()) {
      std::size_t entry = 0;
      const std::optional<Answer> answer = begin(*context, request, entry);
      is_event = answer.has_value();
      if (!is_event) break;
      {
        const std::lock_guard lock(mutex);
        ++running;
      }
      std::thread([&, entry, scripted = *answer, id = request.request_id()] {
        const bool waited = wait(scripted, [&] { return ended || context->IsCancelled(); });
        const std::lock_guard lock(mutex);
        const bool open = waited && !ended;
        v1::InvokeResponse response;
        response.set_request_id(id);
        const bool responds =
            open && scripted.kind == Answer::Kind::kAnswer && translate(scripted, response, *context).ok();
        if (open && !responds) {
          function_.ledger_.disturbed();  // the end takes along what is under way, written answers too
          ended = true;
        }
        function_.settle(entry, open ? std::optional(scripted) : std::nullopt);
        if (responds) stream->Write(response);
        if (open && !responds) context->TryCancel();
        --running;
        changed.notify_all();
      }).detach();
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return running == 0; });
    return is_event ? grpc::Status::OK : grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "not a Kafka event");
  }

 private:
  std::optional<Answer> begin(const grpc::ServerContextBase& context, const v1::InvokeRequest& request,
                              std::size_t& entry) {
    Call call;
    for (const auto& [name, value] : context.client_metadata())
      call.headers[std::string(name.data(), name.size())] = std::string(value.data(), value.size());
    call.function = call.headers["x-function"];
    call.body_size = request.payload().size();
    return function_.decide(call, request.payload(), entry);
  }

  // For the answer's delay, or for ever; false when the call has ended before that.
  template <class Ended>
  static bool wait(const Answer& answer, const Ended& ended) {
    const auto deadline = std::chrono::steady_clock::now() +
                          (answer.kind == Answer::Kind::kHang ? milliseconds(std::chrono::hours(1)) : answer.delay);
    for (;;) {
      if (ended()) return false;
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left.count() <= 0) return true;
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, milliseconds(5)));
    }
  }

  GrpcFunction& function_;
};

struct GrpcFunction::Server {
  explicit Server(GrpcFunction& function) : service(function) {}
  Service service;
  std::unique_ptr<grpc::Server> server;
};

GrpcFunction::GrpcFunction(Ledger& ledger, Script script, bool stream, bool mixed)
    : Function(ledger, std::move(script)), stream_(stream), mixed_(mixed) {
  open();
}

GrpcFunction::~GrpcFunction() {
  close();
}

std::string GrpcFunction::sink(const std::string& name) const {
  const bool stream = stream_;
  if (mixed_) stream_ = !stream;
  return "{type: grpc, target: \"" + target() + "\", mode: " + (stream ? "stream" : "unary") +
         ", metadata: {x-function: " + name + "}}";
}

void GrpcFunction::open() {
  const std::lock_guard lock(mutex_);
  if (server_) return;
  auto server = std::make_unique<Server>(*this);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(target(), grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&server->service);
  server->server = builder.BuildAndStart();
  if (port != port_.number()) throw std::runtime_error("the function cannot listen on " + target());
  server_ = std::move(server);
}

void GrpcFunction::close() {
  const std::lock_guard lock(mutex_);
  if (!server_) return;
  server_->server->Shutdown(std::chrono::system_clock::now());
  server_->server->Wait();
  server_.reset();
}

}  // namespace millrace::e2e
