#include "loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace millrace::lambda_invoke {

std::string http_reply(int status, std::string_view body, std::string_view headers) {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

LoopbackServer::LoopbackServer(Script script, const Identity* identity) : script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);
  if (identity != nullptr) {
    tls_.reset(SSL_CTX_new(TLS_server_method()));
    const std::unique_ptr<BIO, decltype(&BIO_free)> certificate(
        BIO_new_mem_buf(identity->certificate_pem.data(), static_cast<int>(identity->certificate_pem.size())),
        &BIO_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> key(
        BIO_new_mem_buf(identity->key_pem.data(), static_cast<int>(identity->key_pem.size())), &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> x509(
        PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr), &X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(
        PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (SSL_CTX_use_certificate(tls_.get(), x509.get()) != 1 || SSL_CTX_use_PrivateKey(tls_.get(), pkey.get()) != 1) {
      throw std::runtime_error("the server's certificate cannot be used");
    }
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 128) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no loopback port");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    for (const auto& [connection, thread] : connections_) {
      if (connection->open_) shutdown(connection->socket_, SHUT_RDWR);
    }
  }
  changed_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& [connection, thread] : connections_) thread.join();
  close(listener_);
}

void LoopbackServer::accept_all() {
  for (;;) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    std::lock_guard lock(mutex_);
    if (accepted < 0 || closing_) {
      if (accepted >= 0) close(accepted);
      return;
    }
    auto& [connection, thread] = connections_.emplace_back();
    connection.reset(new Connection(*this, accepted, connections_.size() - 1));
    thread = std::thread([this, c = connection.get()] { serve(*c); });
  }
}

void LoopbackServer::serve(Connection& connection) {
  bool good = true;
  if (tls_) {
    connection.tls_ = SSL_new(tls_.get());
    SSL_set_fd(connection.tls_, connection.socket_);
    good = SSL_accept(connection.tls_) == 1;
  }
  while (good && connection.open_) {
    SeenRequest request;
    if (!connection.read(request)) break;
    request.connection = connection.number_;
    {
      std::lock_guard lock(mutex_);
      request.number = requests_.size();
      requests_.push_back(request);
    }
    changed_.notify_all();
    script_(request, connection);
  }
  SSL_free(connection.tls_);
  std::lock_guard lock(mutex_);
  if (connection.open_) close(connection.socket_);
  connection.open_ = false;
}

std::vector<SeenRequest> LoopbackServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t LoopbackServer::connections() const {
  std::lock_guard lock(mutex_);
  return connections_.size();
}

void LoopbackServer::release() {
  {
    std::lock_guard lock(mutex_);
    released_ = true;
  }
  changed_.notify_all();
}

void LoopbackServer::wait_for_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return requests_.size() >= count; })) {
    throw std::runtime_error("the requests did not arrive");
  }
}

long LoopbackServer::Connection::receive(char* data, std::size_t size) {
  return tls_ != nullptr ? SSL_read(tls_, data, static_cast<int>(size)) : recv(socket_, data, size, 0);
}

bool LoopbackServer::Connection::read(SeenRequest& request) {
  std::size_t head = 0;
  std::size_t length = 0;
  char chunk[65536];
  for (;;) {
    if (head == 0) {
      const std::size_t end = ahead_.find("\r\n\r\n");
      if (end != std::string::npos) {
        head = end + 4;
        std::size_t at = ahead_.find("\r\n");
        const std::string line = ahead_.substr(0, at);
        request.method = line.substr(0, line.find(' '));
        request.target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
        while ((at += 2) < end) {
          const std::size_t next = ahead_.find("\r\n", at);
          const std::string header = ahead_.substr(at, next - at);
          std::string name = header.substr(0, header.find(':'));
          std::transform(name.begin(), name.end(), name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
          const std::size_t value = header.find_first_not_of(' ', header.find(':') + 1);
          request.headers[name] = value == std::string::npos ? "" : header.substr(value);
          at = next;
        }
        if (server_.before_body_) server_.before_body_(*this);
        length = request.headers.contains("content-length") ? std::stoul(request.headers["content-length"]) : 0;
      }
    }
    if (head != 0 && ahead_.size() >= head + length) {
      request.body = ahead_.substr(head, length);
      ahead_.erase(0, head + length);
      return true;
    }
    const long n = receive(chunk, sizeof chunk);
    if (n <= 0) return false;
    ahead_.append(chunk, static_cast<std::size_t>(n));
  }
}

void LoopbackServer::Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const long n = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                   : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void LoopbackServer::Connection::reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void LoopbackServer::Connection::close() {
  std::lock_guard lock(server_.mutex_);
  ::close(socket_);
  open_ = false;
}

void LoopbackServer::Connection::hang_without_reading() {
  pollfd over{.fd = socket_, .events = 0, .revents = 0};
  poll(&over, 1, -1);  // until the peer has gone
}

void LoopbackServer::Connection::hang() {
  char byte;
  while (receive(&byte, 1) > 0) {
  }
}

bool LoopbackServer::Connection::hold() {
  std::unique_lock lock(server_.mutex_);
  server_.changed_.wait(lock, [&] { return server_.released_ || server_.closing_; });
  return !server_.closing_;
}

}  // namespace millrace::lambda_invoke
