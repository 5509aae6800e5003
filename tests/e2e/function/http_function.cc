// A small HTTP/1.1 server for one kind of request; the contract stands in http_function.h.
#include "tests/e2e/function/http_function.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace millrace::e2e {
namespace {

constexpr std::string_view kPathStart = "/2015-03-31/functions/", kPathEnd = "/invocations";

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      result.push_back(static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16)));
      i += 2;
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

// The name of the invoked function, or nothing when the request line is not an invocation.
std::string function_name(std::string_view line) {
  if (line.rfind("POST ", 0) != 0) return {};
  std::string_view path = line.substr(5, line.find(' ', 5) - 5);
  path = path.substr(0, path.find('?'));
  if (path.rfind(kPathStart, 0) != 0 || path.size() < kPathStart.size() + kPathEnd.size()) return {};
  if (path.substr(path.size() - kPathEnd.size()) != kPathEnd) return {};
  path.remove_prefix(kPathStart.size());
  path.remove_suffix(kPathEnd.size());
  return percent_decoded(path);
}

std::map<std::string, std::string> read_headers(std::string_view head) {
  std::map<std::string, std::string> headers;
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos) {
    at += 2;
    const std::size_t end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, end == std::string_view::npos ? end : end - at);
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      std::string_view value = line.substr(colon + 1);
      while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
      headers[name] = std::string(value);
    }
    at = end;
  }
  return headers;
}

bool receive(int socket, std::string& buffer) {
  const std::size_t before = buffer.size();
  buffer.resize(before + 65536);
  const ssize_t got = ::recv(socket, buffer.data() + before, 65536, 0);
  buffer.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return got > 0;
}

bool send_all(int socket, std::string_view data) {
  while (!data.empty()) {
    const ssize_t sent = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// A close that the peer sees as ECONNRESET.
void reset(int socket) {
  const linger hard{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

std::string response(const Answer& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\nContent-Type: application/json\r\n";
  for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
  return text + "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
}

}  // namespace

HttpFunction::HttpFunction(Ledger& ledger, Script script) : Function(ledger, std::move(script)) {
  open();
}

HttpFunction::~HttpFunction() {
  close();
}

std::string HttpFunction::sink(const std::string& name) const {
  return "{type: lambda_invoke, function: " + name + ", endpoint: \"" + endpoint() + "\", sign: never}";
}

void HttpFunction::open() {
  const std::lock_guard lock(mutex_);
  if (!closing_) return;
  listener_ = port_.listen(256);
  closing_ = false;
  acceptor_ = std::thread([this, listener = listener_] { accept_loop(listener); });
}

void HttpFunction::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    for (const Connection& connection : connections_) {
      if (connection.ended) continue;
      reset(connection.socket);
      ::shutdown(connection.socket, SHUT_RD);  // wakes its thread, which closes it
    }
  }
  acceptor_.join();
  ::close(listener_);
  reap(true);
}

void HttpFunction::accept_loop(int listener) {
  ::pthread_setname_np(::pthread_self(), "e2e-function");
  for (;;) {
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    reap(false);
    const std::lock_guard lock(mutex_);
    Connection& connection = connections_.emplace_back();
    connection.socket = socket;
    connection.thread = std::thread([this, &connection] { serve(connection); });
  }
}

void HttpFunction::reap(bool all) {
  std::list<Connection> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = connections_.begin(); it != connections_.end();) {
      const auto next = std::next(it);
      if (all || it->ended) ended.splice(ended.end(), connections_, it);
      it = next;
    }
  }
  for (Connection& connection : ended) connection.thread.join();
}

void HttpFunction::serve(Connection& connection) {
  std::string buffer;
  while (answer_one(connection.socket, buffer)) {
  }
  const std::lock_guard lock(mutex_);
  connection.ended = true;
  ::close(connection.socket);
}

// Reads one request and answers it. False: the connection is over.
bool HttpFunction::answer_one(int socket, std::string& buffer) {
  std::size_t head_end;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!receive(socket, buffer)) return false;
  Call call;
  call.headers = read_headers(std::string_view(buffer).substr(0, head_end));
  call.function = function_name(std::string_view(buffer).substr(0, buffer.find("\r\n")));
  call.body_size = static_cast<std::size_t>(std::strtoull(call.headers["content-length"].c_str(), nullptr, 10));
  if (call.headers.count("expect") > 0 && !send_all(socket, "HTTP/1.1 100 Continue\r\n\r\n")) return false;
  const std::size_t whole = head_end + 4 + call.body_size;
  buffer.reserve(whole + 65536);
  while (buffer.size() < whole)
    if (!receive(socket, buffer)) return false;

  const std::string_view body = std::string_view(buffer).substr(head_end + 4, call.body_size);
  std::size_t entry = 0;
  std::optional<Answer> answer;
  if (call.function.empty()) {
    complain("not an invocation: " + buffer.substr(0, buffer.find("\r\n")));
  } else {
    answer = decide(call, body, entry);
  }
  buffer.erase(0, whole);
  if (!answer) return send_all(socket, response(answers::status(400, "InvalidRequestContentException")));
  const bool open = wait(socket, answer->kind == Answer::Kind::kHang ? std::nullopt : std::optional(answer->delay));
  settle(entry, open ? std::optional(*answer) : std::nullopt);
  if (!open) return false;
  if (answer->kind == Answer::Kind::kAnswer) return send_all(socket, response(*answer));
  reset(socket);
  return false;
}

// Waits for `limit`, or for ever; false when the client, or we, ended the connection meanwhile.
bool HttpFunction::wait(int socket, std::optional<std::chrono::milliseconds> limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit.value_or(std::chrono::hours(1));
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (closing_) return false;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd watched{socket, POLLRDHUP, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::clamp<long long>(left, 0, 3'600'000)));
    if (ready > 0) return false;
    if (left <= 0) return true;
  }
}

}  // namespace millrace::e2e
