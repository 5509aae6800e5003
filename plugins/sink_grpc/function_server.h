// A function for the tests: a real gRPC server on loopback, answering by script. It reads requests with protobuf's own
// parser and takes both methods.
//
// The script is called under a lock, in the order in which requests arrive. Thread-safe.
#pragma once
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "wire.h"

namespace millrace::grpc_sink {

struct Seen {
  std::string method, peer, authority;
  v1::InvokeRequest request;
  std::multimap<std::string, std::string> metadata;
  std::string client_name;  // of the client's certificate
  bool has_deadline = false;
};

struct Reply {
  enum class Kind { kRespond, kRaw, kStatus, kHang };
  Kind kind = Kind::kRespond;
  v1::InvokeResponse response = {};  // without a request_id, the request's is filled in
  std::string raw = {};
  grpc::Status status = grpc::Status::OK;
  std::map<std::string, std::string> trailing = {};
};

inline Reply respond(v1::Outcome outcome) {
  Reply reply;
  reply.response.set_outcome(outcome);
  return reply;
}
inline Reply status(grpc::StatusCode code, const std::string& text, std::map<std::string, std::string> trailing = {}) {
  return {.kind = Reply::Kind::kStatus, .status = {code, text}, .trailing = std::move(trailing)};
}
inline Reply hang() {
  return {.kind = Reply::Kind::kHang};
}

class FunctionServer final : public grpc::CallbackGenericService {
 public:
  using Script = std::function<Reply(const Seen&)>;
  struct Options {
    std::string address = "127.0.0.1:0";
    std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
    int largest_message = 4 << 20;
  };
  explicit FunctionServer(Script script) : FunctionServer(std::move(script), Options{}) {}
  FunctionServer(Script script, Options options);
  ~FunctionServer() override { shut_down(); }

  std::string target() const { return target_; }
  void shut_down();  // at once: what is under way is cut off
  void answer_by(Script script);

  // While held, replies wait; release() lets them go, the last one first.
  void hold();
  void release();

  // Ends every open call with OK, as a server does that wants its connections renewed.
  void end_streams();

  // Waits until so many requests have been seen.
  bool wait_for(std::size_t requests);
  std::vector<Seen> seen() const;

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

 private:
  class Call;
  void take(Call& call, Seen seen);

  std::string target_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Script script_;
  std::vector<Seen> seen_;
  bool is_holding_ = false;
  std::list<std::function<void()>> held_;
  std::vector<std::shared_ptr<Call>> calls_;  // kept to the end: a held reply may outlive its call
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace millrace::grpc_sink
