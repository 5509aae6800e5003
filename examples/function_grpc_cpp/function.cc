// A function for the sink `grpc`: prints one line for each record. Replace process() with your own work.
//
//   function_grpc 0.0.0.0:9000
//
// Delivery is at least once: a batch whose answer is lost comes again.
#include <grpcpp/grpcpp.h>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "millrace/function/v1/function.grpc.pb.h"

namespace v1 = millrace::function::v1;

// Throw when a batch cannot be processed now: it will come again.
void process(const nlohmann::json& event) {
  for (const auto& [partition, records] : event.at("records").items())
    for (const auto& record : records)
      std::printf("%s offset %lld\n", partition.c_str(),
                  static_cast<long long>(record.at("offset").get<std::int64_t>()));
  std::fflush(stdout);
}

v1::InvokeResponse answer(const v1::InvokeRequest& request) {
  v1::InvokeResponse response;
  response.set_request_id(request.request_id());
  try {
    process(nlohmann::json::parse(request.payload()));
    response.set_outcome(v1::OUTCOME_DONE);
  } catch (const std::exception& error) {
    response.set_outcome(v1::OUTCOME_RETRY);
    response.set_error_type("ProcessingFailed");
    response.set_error_message(error.what());
  }
  return response;
}

class Function final : public v1::FunctionService::Service {
  grpc::Status Invoke(grpc::ServerContext*, const v1::InvokeRequest* request, v1::InvokeResponse* response) override {
    *response = answer(*request);
    return grpc::Status::OK;
  }
  grpc::Status InvokeStream(grpc::ServerContext*,
                            grpc::ServerReaderWriter<v1::InvokeResponse, v1::InvokeRequest>* stream) override {
    for (v1::InvokeRequest request; stream->Read(&request);) stream->Write(answer(request));
    return grpc::Status::OK;
  }
};

int main(int count, char** arguments) {
  const std::string address = count > 1 ? arguments[1] : "127.0.0.1:9000";
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before gRPC starts its threads

  Function function;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&function);
  builder.SetMaxReceiveMessageSize(6 << 20);  // the sink's max_message_bytes may be as much
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) {
    std::fprintf(stderr, "cannot listen on %s\n", address.c_str());
    return 1;
  }
  std::fprintf(stderr, "listening on port %d\n", port);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));  // lets requests finish
  return 0;
}
