// A connection to the function, and the two ways to send requests over it.
//
// Every exchange that send() took is finished exactly once, at the latest before stop() returns. A channel is really
// its own connection: gRPC would otherwise let all channels to one target share one.
//
// send() from one thread at a time; stop() from one; everything else happens on the link's own thread, "grpc-sink-N".
#pragma once
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "exchange.h"
#include "settings.h"
#include "tls_secret.h"

namespace millrace::grpc_sink {

// The settings with their secrets in place.
struct Resolved {
  Metadata metadata;
  std::string root_ca;  // PEM; "" for the system's
  KeyPair client;
};

std::shared_ptr<grpc::Channel> open_channel(const Settings& settings, const Resolved& secrets);

// A deadline on CLOCK_MONOTONIC as gRPC takes it.
gpr_timespec to_timespec(std::uint64_t deadline_ns);

// What the server says in `grpc-retry-pushback-ms`, once the call is over. "" when it says nothing.
std::string pushback_of(const grpc::ClientContext& context);

class Link {
 public:
  virtual ~Link() = default;
  virtual void send(Exchange* exchange) = 0;
  virtual std::size_t under_way() const = 0;
  // Lets what is under way finish until `deadline_ns` (CLOCK_MONOTONIC), then gives up on it. Once.
  virtual void stop(std::uint64_t deadline_ns) = 0;
};

struct LinkOptions {
  std::string pipeline;
  Metadata metadata;
  std::uint64_t timeout_ms = 0;
  int number = 0;
};

std::unique_ptr<Link> make_unary_link(std::shared_ptr<grpc::Channel> channel, LinkOptions options);
std::unique_ptr<Link> make_stream_link(std::shared_ptr<grpc::Channel> channel, LinkOptions options);

}  // namespace millrace::grpc_sink
