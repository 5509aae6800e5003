// An HTTP/1.1 server for the tests: raw sockets on a free loopback port, a thread a connection, and a script that sees
// each request and does to the connection whatever a server may do to a client, reset and silence included.
//
// With a certificate it speaks TLS. The destructor wakes everything that hangs and joins every thread.
//
// Thread-safe.
#pragma once
#include <openssl/ssl.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace millrace::lambda_invoke {

struct SeenRequest {
  std::string method, target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::size_t connection = 0;  // number of the connection, from 0
  std::size_t number = 0;      // number of the request on the server, from 0
};

class LoopbackServer {
 public:
  class Connection {
   public:
    void send(std::string_view bytes);
    // Ends the connection with a TCP reset.
    void reset();
    // Ends it in good order.
    void close();
    // Answers nothing until the server is destroyed or the client hangs up.
    void hang();
    // The same, leaving what the client sends where it is.
    void hang_without_reading();
    // Waits for LoopbackServer::release(); false when the server is being destroyed.
    bool hold();

   private:
    friend class LoopbackServer;
    Connection(LoopbackServer& server, int socket, std::size_t number)
        : server_(server), socket_(socket), number_(number) {}
    bool read(SeenRequest& request);
    long receive(char* data, std::size_t size);
    LoopbackServer& server_;
    int socket_;
    SSL* tls_ = nullptr;
    const std::size_t number_;
    bool open_ = true;
    std::string ahead_;
  };
  using Script = std::function<void(const SeenRequest&, Connection&)>;

  struct Identity {
    std::string certificate_pem, key_pem;
  };

  explicit LoopbackServer(Script script, const Identity* identity = nullptr);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_); }
  std::vector<SeenRequest> requests() const;
  std::size_t connections() const;
  // Called when a request's headers have been read, before its body. To be set before the first request.
  void before_bodies(std::function<void(Connection&)> script) { before_body_ = std::move(script); }
  // Lets held connections go on, now and later.
  void release();
  // Waits until so many requests have arrived.
  void wait_for_requests(std::size_t count) const;

 private:
  void accept_all();
  void serve(Connection& connection);

  const Script script_;
  std::function<void(Connection&)> before_body_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{nullptr, &SSL_CTX_free};
  int listener_ = -1;
  std::uint16_t port_ = 0;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<SeenRequest> requests_;
  std::list<std::pair<std::unique_ptr<Connection>, std::thread>> connections_;
  bool released_ = false;
  bool closing_ = false;
  std::thread acceptor_;
};

// "HTTP/1.1 STATUS x", the headers ("A: b\r\n" each) and the body with its length.
std::string http_reply(int status, std::string_view body = "null", std::string_view headers = "");

}  // namespace millrace::lambda_invoke
