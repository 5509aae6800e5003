// How requests travel: one interface, so that the plugin's decisions (answer.h) and the ways bytes move
// (curl_transport.h and plain_transport.h) change apart from each other.
//
// Every exchange that send() took comes back exactly once through the callback, at the latest before stop() returns.
//
// Used by plugin.cc. Each member says from which threads it may be called.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <millrace/completion.hpp>
#include <string>
#include <utility>
#include <vector>

namespace millrace::lambda_invoke {

struct Reply {
  enum class Kind {
    kHttp,        // a whole HTTP reply: status and what follows
    kNotReached,  // no name, no route, refused
    kTimedOut,
    kBroken,    // reset, cut off, not HTTP
    kNoTls,     // the certificate is not trusted, or the two sides agree on nothing
    kTooLarge,  // the body goes on past what a function may answer
    kStopped,   // stop() gave up on it
  };
  Kind kind = Kind::kHttp;
  int status = 0;
  std::string error;  // the transport's words, for all kinds but kHttp
  // Headers, "" when absent.
  std::string function_error, request_id, executed_version, retry_after, error_type, location;
  std::string body;  // of errors only, cut at kKeptBody
};

constexpr std::size_t kKeptBody = 256 << 10;

// A function may answer 6 MiB; a little more covers what an emulator adds.
constexpr std::uint64_t kLargestReply = (6 << 20) + (64 << 10);

struct Exchange {
  explicit Exchange(Completion owed) : completion(std::move(owed)) {}
  std::vector<std::string> headers;  // "Name: value", beside those of every request
  mr_bytes body{};                   // the host's, valid until the completion is answered
  std::uint64_t deadline_ns = 0;     // CLOCK_MONOTONIC; 0: the transport's own timeout only
  Reply reply;
  Completion completion;
};

struct TransportOptions {
  std::string url;                        // http://HOST[:PORT]/PATH?QUERY or https
  std::vector<std::string> headers = {};  // "Name: value", of every request
  std::string root_ca = {};               // PEM; replaces the system's authorities. "" for the system's
  std::uint64_t connect_timeout_ms = 5000;
  std::uint64_t timeout_ms = 840'000;
  std::uint32_t max_in_flight = 1;
};

class Transport {
 public:
  // Called on the transport's thread.
  using Finished = std::function<void(Exchange&)>;

  virtual ~Transport() = default;
  // [any] False: as many as it may hold are under way, or it is stopping; `exchange` is untouched.
  virtual bool send(std::unique_ptr<Exchange>& exchange) = 0;
  // Takes no more, lets what is under way finish until `deadline_ns` (CLOCK_MONOTONIC), then gives up on it.
  // Idempotent.
  virtual void stop(std::uint64_t deadline_ns) = 0;
};

// The transport for the URL: https is libcurl's, http is the plain one's. Throws millrace::Error when it cannot be
// made.
std::unique_ptr<Transport> make_transport(TransportOptions options, Transport::Finished finished);

}  // namespace millrace::lambda_invoke
