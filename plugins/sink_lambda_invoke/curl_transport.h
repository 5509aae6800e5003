// HTTP/1.1 over libcurl's multi interface: one thread, keep-alive connections. The host's bytes are read where they lie
// and pass through libcurl's upload buffer on their way.
//
// No redirect is followed, no proxy is used (not even one from the environment), and only http and https are spoken, so
// that a request, which may be signed, goes to the configured endpoint and nowhere else. Certificates are verified
// always.
//
// Used for https, where TLS is worth more than the last of the speed. A request whose kept connection turns out to be
// closed before any byte of the reply is sent once more by libcurl itself.
//
// send() from any thread; everything else of an exchange happens on the transport's own thread "lambda-invoke", which
// the constructor starts and stop() joins.
#pragma once
#include <curl/curl.h>

#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "transport.h"

namespace millrace::lambda_invoke {

class CurlTransport final : public Transport {
 public:
  // Throws millrace::Error when libcurl cannot be set up.
  CurlTransport(TransportOptions options, Finished finished);
  ~CurlTransport() override { stop(0); }

  bool send(std::unique_ptr<Exchange>& exchange) override;
  void stop(std::uint64_t deadline_ns) override;

 private:
  // One request under way, or a handle that waits for the next one.
  struct Slot {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    std::unique_ptr<Exchange> exchange;
    std::uint64_t received = 0;
    bool is_too_large = false;
    char error[CURL_ERROR_SIZE] = {};
    ~Slot();
  };

  void run();
  void begin(std::unique_ptr<Exchange> exchange);
  void collect();
  void abandon_all();
  void finish(Slot& slot, Reply::Kind kind, const char* error);
  void finish(std::unique_ptr<Exchange> exchange, Reply::Kind kind, const char* error);
  std::unique_ptr<Slot> make_slot();
  static bool add_headers(Slot& slot, std::span<const std::string> headers);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* slot);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* slot);

  const TransportOptions options_;
  const Finished finished_;
  CURLM* const multi_;

  // The thread's own.
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> idle_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Exchange>> inbox_;  // guarded by mutex_
  std::uint32_t outstanding_ = 0;                 // guarded by mutex_: taken and not yet finished
  bool stopping_ = false;                         // guarded by mutex_
  std::uint64_t deadline_ns_ = 0;                 // guarded by mutex_
  std::thread thread_;
};

// Connects (over TLS where the URL says so) and hangs up without sending a request. None when it worked.
std::optional<Reply> probe(const TransportOptions& options);

}  // namespace millrace::lambda_invoke
