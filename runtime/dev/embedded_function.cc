#include "runtime/dev/embedded_function.h"

#include <pthread.h>

#include <atomic>
#include <optional>
#include <thread>
// One thread runs the context, so the fences around each operation guard nothing; ThreadSanitizer cannot follow them.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include <utility>  // Boost 1.74's Asio needs it and does not include it

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace millrace::dev {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t kMostBytes = 16u << 20;  // of an event; the service's own limit is 6 MiB

bool is_invocation(const http::request<http::string_body>& request) {
  const std::string_view target(request.target().data(), request.target().size());
  const std::string_view path = target.substr(0, target.find('?'));
  return request.method() == http::verb::post && path.starts_with("/2015-03-31/functions/") &&
         path.ends_with("/invocations");
}

}  // namespace

class EmbeddedFunction::Server {
 public:
  explicit Server(Handler handler) : handler_(std::move(handler)), acceptor_(context_) {}
  ~Server() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Status start() {
    beast::error_code error;
    const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
    acceptor_.open(any.protocol(), error);
    if (!error) acceptor_.bind(any, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error)
      return Status(Code::kUnavailable, "MR7902",
                    "the embedded function cannot listen on a loopback port: " + error.message());
    accept();
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "dev-function");
      context_.run();
    });
    return {};
  }

  std::uint16_t port() const { return port_; }
  std::uint64_t invocations() const { return invocations_.load(); }

 private:
  // One connection. Shared by the operations that are under way on it, and gone with the last of them.
  class Connection : public std::enable_shared_from_this<Connection> {
   public:
    Connection(tcp::socket socket, Server& server) : stream_(std::move(socket)), server_(server) {}

    void read_header() {
      parser_.emplace();
      parser_->body_limit(kMostBytes);
      http::async_read_header(stream_, buffer_, *parser_,
                              [self = shared_from_this()](beast::error_code error, std::size_t) {
                                if (!error) self->read_body();
                              });
    }

   private:
    void read_body() {
      if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
        // The client waits for this before it sends a large body.
        interim_ = {http::status::continue_, 11};
        http::async_write(stream_, interim_, [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (!error) self->read_rest();
        });
        return;
      }
      read_rest();
    }

    void read_rest() {
      http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, std::size_t) {
        if (!error) self->answer();
      });
    }

    void answer() {
      const auto& request = parser_->get();
      response_ = {};
      response_.version(request.version());
      response_.keep_alive(request.keep_alive());
      response_.set(http::field::content_type, "application/json");
      if (is_invocation(request)) {
        server_.handler_(request.body());
        ++server_.invocations_;
        response_.result(http::status::ok);
        response_.set("X-Amz-Executed-Version", "$LATEST");
        response_.body() = "null";
      } else {
        response_.result(http::status::not_found);
        response_.body() = R"({"Type":"User","Message":"The embedded function answers Invoke only."})";
      }
      response_.prepare_payload();
      http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
        if (!error && self->response_.keep_alive()) self->read_header();
      });
    }

    beast::tcp_stream stream_;
    Server& server_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> response_;
    http::response<http::empty_body> interim_;
  };

  void accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) std::make_shared<Connection>(std::move(socket), *this)->read_header();
      accept();
    });
  }

  const Handler handler_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> invocations_{0};
  std::thread thread_;
};

Result<std::unique_ptr<EmbeddedFunction>> EmbeddedFunction::start(Handler handler) {
  auto server = std::make_unique<Server>(std::move(handler));
  if (Status started = server->start(); !started.ok()) return started;
  return std::unique_ptr<EmbeddedFunction>(new EmbeddedFunction(std::move(server)));
}

EmbeddedFunction::EmbeddedFunction(std::unique_ptr<Server> server) : server_(std::move(server)) {}
EmbeddedFunction::~EmbeddedFunction() = default;

std::string EmbeddedFunction::endpoint() const {
  return "http://127.0.0.1:" + std::to_string(server_->port());
}
std::uint64_t EmbeddedFunction::invocations() const {
  return server_->invocations();
}

}  // namespace millrace::dev
