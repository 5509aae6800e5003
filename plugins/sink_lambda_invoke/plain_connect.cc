// The plain transport's other half: how a connection comes about, address by address.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "deadlines.h"
#include "plain_transport.h"

namespace millrace::lambda_invoke {
namespace {

void set(int socket, int level, int option, int value) {
  setsockopt(socket, level, option, &value, sizeof value);  // a refusal costs speed only
}

}  // namespace

void PlainTransport::open(std::unique_ptr<Exchange> exchange) {
  auto made = std::make_unique<Connection>();
  Connection& connection = *made;
  connections_.emplace(&connection, std::move(made));
  const std::uint64_t now = now_ns();
  start(connection, std::move(exchange));
  connection.connect_until_ns = std::min(after_ms(now, options_.connect_timeout_ms), connection.deadline_ns.load());
  connection.attempt_until_ns = connection.connect_until_ns;
  lower_deadline(connection.connect_until_ns);
  connection.addresses = addresses_->find(now);
  if (connection.addresses) connect_next(connection, nullptr);
}

void PlainTransport::resolved() {
  Addresses found;
  std::string why;
  if (!addresses_->take(now_ns(), found, why)) return;
  std::vector<Connection*> waiting;
  for (const auto& [connection, owned] : connections_)
    if (connection->state == Connection::State::kResolving) waiting.push_back(connection);
  for (Connection* connection : waiting) {
    connection->addresses = found;
    if (found) {
      connect_next(*connection, nullptr);
    } else {
      Ending ending{std::move(connection->exchange), Reply::Kind::kNotReached,
                    "Could not resolve host " + host_ + ": " + why};
      close(*connection);
      finish(std::move(ending));
    }
  }
}

// `why`: what ended the attempt before; null at the first.
void PlainTransport::connect_next(Connection& connection, const char* why) {
  std::string reason = why != nullptr ? why : "";
  connection.state = Connection::State::kConnecting;
  if (why != nullptr) ++connection.address;
  const auto& addresses = *connection.addresses;
  for (; connection.address < addresses.size(); ++connection.address) {
    const Address& address = addresses[connection.address];
    if (connection.socket >= 0) ::close(connection.socket);
    connection.socket = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.ptr = &connection;
    if (connection.socket < 0) {
      reason = system_text(errno);
      continue;
    }
    set(connection.socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set(connection.socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(connection.socket, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(connection.socket, IPPROTO_TCP, TCP_KEEPINTVL, 60);
    const int done = ::connect(connection.socket, reinterpret_cast<const sockaddr*>(&address.storage), address.size);
    if ((done != 0 && errno != EINPROGRESS) || epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event) != 0) {
      reason = system_text(errno);
      continue;
    }
    connection.waits_to_write = true;
    // Half of what is left for each but the last, so that one address that swallows packets does not take it all.
    const std::uint64_t now = now_ns();
    const bool is_last = connection.address + 1 == addresses.size();
    connection.attempt_until_ns = is_last || connection.connect_until_ns <= now
                                      ? connection.connect_until_ns
                                      : now + (connection.connect_until_ns - now) / 2;
    lower_deadline(connection.attempt_until_ns);
    return;
  }
  addresses_->forget();
  Ending ending{std::move(connection.exchange), Reply::Kind::kNotReached,
                "Failed to connect to " + host_ + " port " + port_ + ": " + reason};
  close(connection);
  finish(std::move(ending));
}

void PlainTransport::connected(Connection& connection) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection.socket, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return connect_next(connection, system_text(error).c_str());
  connection.state = Connection::State::kOpen;
  connection.addresses.reset();
  write(connection);  // what is wrong with it is read next
}

}  // namespace millrace::lambda_invoke
