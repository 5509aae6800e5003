// HTTP/1.1 without TLS over sockets of our own: the request leaves from within send(), replies come in on one thread.
//
// A request is written once and never again: when its connection breaks, the exchange comes back broken, and whoever
// owns the records decides. The one exception is a kept connection of which the kernel took not one byte.
//
// Rationale: libcurl copies each body into a buffer of its own and needs a wake-up of its thread for each request; on a
// machine whose cores are shared that was a third of all the CPU of a pipeline (docs/benchmarks.md).
//
// send() from any thread; everything else of an exchange happens on the transport's own thread "lambda-invoke", which
// the constructor starts and stop() joins. Locks: a connection's, then mutex_.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "addresses.h"
#include "reply_reader.h"
#include "transport.h"

namespace millrace::lambda_invoke {

class PlainTransport final : public Transport {
 public:
  // Throws millrace::Error for a URL that is not http, and when the system gives no descriptor.
  PlainTransport(TransportOptions options, Finished finished);
  ~PlainTransport() override;

  bool send(std::unique_ptr<Exchange>& exchange) override;
  void stop(std::uint64_t deadline_ns) override;

  // [any] Connections that wait for a request.
  std::size_t idle() const;

 private:
  struct Connection {
    enum class State { kResolving, kConnecting, kOpen, kDead };
    std::mutex mutex;  // guards what follows while the state is kOpen or kDead; before, only the thread knows of it
    std::atomic<State> state{State::kResolving};
    int socket = -1;
    std::unique_ptr<Exchange> exchange;  // null: idle, or about to be given one by send()
    std::string head;
    std::uint64_t sent = 0;  // of head and body
    bool waits_to_write = false;
    ReplyReader reader;
    std::atomic<std::uint64_t> deadline_ns{0};  // of the exchange, or of being kept idle
    Addresses addresses;
    std::size_t address = 0;
    std::uint64_t connect_until_ns = 0;  // all addresses
    std::uint64_t attempt_until_ns = 0;  // this address
    ~Connection();
  };
  // How an exchange ended.
  struct Ending {
    std::unique_ptr<Exchange> exchange;
    Reply::Kind kind = Reply::Kind::kBroken;
    std::string why = {};
  };

  void run();
  void wake() const;
  void open(std::unique_ptr<Exchange> exchange);
  void resolved();
  void connect_next(Connection& connection, const char* why);
  void handle(Connection& connection, std::uint32_t events);
  void connected(Connection& connection);
  void start(Connection& connection, std::unique_ptr<Exchange> exchange);
  bool write(Connection& connection);
  void watch_writing(Connection& connection, bool wanted);
  bool is_stale(const Connection& connection) const;
  ReplyReader::State read(Connection& connection, std::string& why);
  bool keep(Connection& connection);
  bool take_from_idle(Connection& connection);
  void expire();
  bool lower_deadline(std::uint64_t deadline_ns);
  int wait_ms(bool stopping, std::uint64_t stop_ns) const;
  void abandon_all();
  void close(Connection& connection);
  void finish(Ending ending);

  const TransportOptions options_;
  const Finished finished_;
  std::string host_, port_;  // as the URL has them
  std::string opening_;      // the request up to the length's value
  int epoll_ = -1, wake_ = -1;
  std::unique_ptr<AddressBook> addresses_;

  // The thread's own.
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Exchange>> taken_;
  std::unique_ptr<char[]> buffer_;

  std::atomic<std::uint64_t> next_deadline_ns_;  // not after the first of all deadlines

  mutable std::mutex mutex_;
  std::vector<Connection*> idle_;                 // guarded by mutex_; the last one used is taken first
  std::vector<std::unique_ptr<Exchange>> inbox_;  // guarded by mutex_
  std::uint32_t outstanding_ = 0;                 // guarded by mutex_: taken and not yet finished
  bool stopping_ = false;                         // guarded by mutex_
  std::uint64_t stop_ns_ = 0;                     // guarded by mutex_
  std::thread thread_;
};

}  // namespace millrace::lambda_invoke
