// The thread's loop is: take what needs a new connection, wait, handle what is ready, end what is late.
#include "plain_transport.h"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "deadlines.h"

namespace millrace::lambda_invoke {
namespace {

constexpr std::uint64_t kKeptIdle = 60'000 * kMsToNs;
constexpr std::size_t kReadSize = 64 << 10;

// Where replies come from nearby, one can be here while send() still holds the connection: it is about to let go, and
// two changes of threads would cost more than that takes.
std::unique_lock<std::mutex> lock_soon(std::mutex& mutex) {
  std::unique_lock lock(mutex, std::try_to_lock);
  for (int i = 0; i < 200 && !lock.owns_lock(); ++i) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    lock.try_lock();
  }
  if (!lock.owns_lock()) lock.lock();
  return lock;
}

// A thread that wakes takes the processor from the one that runs, unless it is a batch thread. On a busy machine each
// answer would so interrupt whoever makes the next requests; like this answers wait until that thread rests, and many
// are then read at once. With a processor free the thread starts as soon as ever. See sched(7).
void let_others_finish() {
  sched_param none{};
  int policy = 0;
  // What an operator has chosen for the whole program stays.
  if (pthread_getschedparam(pthread_self(), &policy, &none) == 0 && policy == SCHED_OTHER)
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
}

}  // namespace

PlainTransport::Connection::~Connection() {
  if (socket >= 0) ::close(socket);
}

PlainTransport::PlainTransport(TransportOptions options, Finished finished)
    : options_(std::move(options)),
      finished_(std::move(finished)),
      buffer_(new char[kReadSize]),
      next_deadline_ns_(kNever) {
  constexpr std::string_view kScheme = "http://";
  std::string_view url = options_.url;
  if (!url.starts_with(kScheme)) throw Error(MR_INVALID_ARGUMENT, "Not an http URL: " + options_.url, "/endpoint");
  url.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  std::string_view place = url.substr(0, slash);
  const std::string_view target = slash < url.size() ? url.substr(slash) : std::string_view("/");
  const std::size_t colon = place.rfind(':');
  port_ = "80";
  if (colon != std::string_view::npos && place.find(']', colon) == std::string_view::npos) {
    port_ = place.substr(colon + 1);
    place = place.substr(0, colon);
  }
  if (place.starts_with('[')) place = place.substr(1, place.size() - 2);
  host_ = place;

  opening_ = "POST " + std::string(target) + " HTTP/1.1\r\n";
  for (const std::string& header : options_.headers) opening_ += header + "\r\n";
  opening_ += "Content-Length: ";

  addresses_ = std::make_unique<AddressBook>(host_, port_, [this] { wake(); });
  idle_.reserve(options_.max_in_flight);  // so that keeping a connection never allocates
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  if (epoll_ < 0 || wake_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
    const int error = errno;
    if (epoll_ >= 0) ::close(epoll_);
    if (wake_ >= 0) ::close(wake_);
    throw Error(MR_RESOURCE_EXHAUSTED, "No descriptor for the connections: " + system_text(error));
  }
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "lambda-invoke");
}

PlainTransport::~PlainTransport() {
  stop(0);
  addresses_.reset();
  ::close(epoll_);
  ::close(wake_);
}

std::size_t PlainTransport::idle() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

void PlainTransport::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);  // full: a signal waits already
}

bool PlainTransport::send(std::unique_ptr<Exchange>& exchange) {
  Connection* kept = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || outstanding_ >= options_.max_in_flight) return false;
    if (idle_.empty()) {
      inbox_.push_back(std::move(exchange));
    } else {
      kept = idle_.back();
      idle_.pop_back();
    }
    ++outstanding_;
  }
  if (kept == nullptr) {
    wake();
    return true;
  }
  std::unique_ptr<Exchange> unsent;
  bool is_earlier = false;
  {
    const std::lock_guard lock(kept->mutex);
    const bool stale = is_stale(*kept);
    if (!stale) {
      start(*kept, std::move(exchange));
      is_earlier = lower_deadline(kept->deadline_ns.load());
    }
    if (stale || (!write(*kept) && kept->sent == 0)) {
      unsent = stale ? std::move(exchange) : std::move(kept->exchange);
      kept->state = Connection::State::kDead;
      shutdown(kept->socket, SHUT_RDWR);  // which the thread sees, and closes it
    }
  }
  if (unsent) {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(unsent));
    is_earlier = true;
  }
  if (is_earlier) wake();
  return true;
}

void PlainTransport::stop(std::uint64_t deadline_ns) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_ns_ = deadline_ns;
  }
  wake();
  thread_.join();
  idle_.clear();
  connections_.clear();
}

void PlainTransport::run() {
  let_others_finish();
  std::array<epoll_event, 64> events;
  for (;;) {
    bool stopping = false;
    std::uint64_t stop_at = 0;
    {
      const std::lock_guard lock(mutex_);
      taken_.swap(inbox_);
      stopping = stopping_;
      stop_at = stop_ns_;
      if (stopping && outstanding_ == 0) return;
    }
    for (auto& exchange : taken_) open(std::move(exchange));
    taken_.clear();
    if (stopping && now_ns() >= stop_at) {
      abandon_all();
      continue;
    }
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms(stopping, stop_at));
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr != nullptr) {
        handle(*static_cast<Connection*>(event.data.ptr), event.events);
      } else {
        std::uint64_t signals = 0;
        [[maybe_unused]] const auto got = ::read(wake_, &signals, sizeof signals);
        resolved();
      }
    }
    if (now_ns() >= next_deadline_ns_.load()) expire();
  }
}

int PlainTransport::wait_ms(bool stopping, std::uint64_t stop_at) const {
  std::uint64_t until = next_deadline_ns_.load();
  if (stopping) until = std::min(until, stop_at);
  if (until == kNever) return -1;
  const std::uint64_t now = now_ns();
  return now >= until ? 0 : static_cast<int>(std::min<std::uint64_t>((until - now) / kMsToNs + 1, 60'000));
}

// ---- an exchange ----------------------------------------------------------------------------------------------------

void PlainTransport::start(Connection& connection, std::unique_ptr<Exchange> exchange) {
  connection.exchange = std::move(exchange);
  const Exchange& e = *connection.exchange;
  connection.sent = 0;
  connection.head = opening_;
  connection.head.append(std::to_string(e.body.size)).append("\r\n");
  for (const std::string& header : e.headers) connection.head.append(header).append("\r\n");
  connection.head.append("\r\n");
  connection.reader.begin(connection.exchange->reply);
  std::uint64_t deadline = after_ms(now_ns(), options_.timeout_ms);
  if (e.deadline_ns != 0) deadline = std::min(deadline, e.deadline_ns);
  connection.deadline_ns.store(deadline);
}

// False: the connection takes no more.
bool PlainTransport::write(Connection& connection) {
  const mr_bytes body = connection.exchange->body;
  const std::uint64_t head = connection.head.size();
  while (connection.sent < head + body.size) {
    std::array<iovec, 2> parts{};
    msghdr message{};
    message.msg_iov = parts.data();
    const auto add = [&](const void* data, std::uint64_t size) {
      parts[message.msg_iovlen++] = {const_cast<void*>(data), static_cast<std::size_t>(size)};
    };
    if (connection.sent < head) add(connection.head.data() + connection.sent, head - connection.sent);
    const std::uint64_t of_body = connection.sent > head ? connection.sent - head : 0;
    if (of_body < body.size) add(body.data + of_body, body.size - of_body);
    const ssize_t taken = sendmsg(connection.socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0) {
      if (errno == EINTR) continue;
      const bool full = errno == EAGAIN || errno == EWOULDBLOCK;
      watch_writing(connection, full);
      return full;
    }
    connection.sent += static_cast<std::uint64_t>(taken);
  }
  watch_writing(connection, false);
  return true;
}

void PlainTransport::watch_writing(Connection& connection, bool wanted) {
  if (connection.waits_to_write == wanted) return;
  connection.waits_to_write = wanted;
  epoll_event event{};
  event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &connection;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket, &event);
}

// Closed by the peer, or with bytes that nobody asked for: nothing that is sent on it would be answered.
bool PlainTransport::is_stale(const Connection& connection) const {
  char byte = 0;
  return recv(connection.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

ReplyReader::State PlainTransport::read(Connection& connection, std::string& why) {
  using State = ReplyReader::State;
  for (;;) {
    const ssize_t got = recv(connection.socket, buffer_.get(), kReadSize, MSG_DONTWAIT);
    State state = State::kMore;
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return State::kMore;
      why = system_text(errno);
      return State::kBroken;
    }
    const auto size = static_cast<std::size_t>(got);
    state = size == 0 ? connection.reader.end() : connection.reader.feed({buffer_.get(), size});
    if (state == State::kBroken) why = connection.reader.why();
    if (state != State::kMore || size < kReadSize) return state;
  }
}

void PlainTransport::handle(Connection& connection, std::uint32_t events) {
  using State = ReplyReader::State;
  if (connection.state == Connection::State::kConnecting) return connected(connection);
  Ending ending;
  bool kept = false;
  {
    const auto lock = lock_soon(connection.mutex);
    if (connection.state == Connection::State::kDead) {
      // send() has already taken its exchange back.
    } else if (!connection.exchange) {
      // Taken by send() and not yet begun: it sees for itself, and the event comes again.
      if (!take_from_idle(connection)) return;
    } else {
      if ((events & EPOLLOUT) != 0) write(connection);
      if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return;
      const State state = read(connection, ending.why);
      if (state == State::kMore) return;
      ending.exchange = std::move(connection.exchange);
      ending.kind = state == State::kDone       ? Reply::Kind::kHttp
                    : state == State::kTooLarge ? Reply::Kind::kTooLarge
                                                : Reply::Kind::kBroken;
      const bool whole = connection.sent == connection.head.size() + ending.exchange->body.size;
      kept = state == State::kDone && whole && connection.reader.keeps_alive() && !connection.reader.has_rest() &&
             keep(connection);
    }
  }
  if (!kept) close(connection);
  if (ending.exchange) finish(std::move(ending));
}

// ---- keeping, ending ------------------------------------------------------------------------------------------------

bool PlainTransport::keep(Connection& connection) {
  const std::uint64_t until = now_ns() + kKeptIdle;
  connection.deadline_ns.store(until);
  lower_deadline(until);
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  idle_.push_back(&connection);
  return true;
}

bool PlainTransport::take_from_idle(Connection& connection) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(idle_.begin(), idle_.end(), &connection);
  if (found == idle_.end()) return false;
  idle_.erase(found);
  return true;
}

// True: it is earlier than all before, so that a thread that waits already waits too long.
bool PlainTransport::lower_deadline(std::uint64_t deadline_ns) {
  std::uint64_t known = next_deadline_ns_.load();
  while (deadline_ns < known)
    if (next_deadline_ns_.compare_exchange_weak(known, deadline_ns)) return true;
  return false;
}

// Looks at every connection, which happens about once a shortest timeout.
void PlainTransport::expire() {
  next_deadline_ns_.store(kNever);  // before the look, so that no deadline set meanwhile is lost
  const std::uint64_t now = now_ns();
  std::vector<Connection*> all;
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  for (Connection* connection : all) {
    if (connection->state == Connection::State::kConnecting && now < connection->connect_until_ns &&
        now >= connection->attempt_until_ns) {
      connect_next(*connection, "no answer in time");
      continue;
    }
    const bool connecting =
        connection->state == Connection::State::kConnecting || connection->state == Connection::State::kResolving;
    const std::uint64_t deadline = connecting ? connection->attempt_until_ns : connection->deadline_ns.load();
    if (now < deadline) {
      lower_deadline(deadline);
      continue;
    }
    Ending ending{nullptr, Reply::Kind::kTimedOut,
                  connecting ? "Not connected within the timeout" : "No whole reply within the timeout"};
    {
      const std::lock_guard lock(connection->mutex);
      if (!connecting && now < connection->deadline_ns.load()) continue;  // another exchange by now
      if (connection->exchange) {
        ending.exchange = std::move(connection->exchange);
      } else if (!take_from_idle(*connection)) {
        continue;
      }
    }
    close(*connection);
    if (ending.exchange) finish(std::move(ending));
  }
}

void PlainTransport::abandon_all() {
  std::vector<Connection*> all;
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  for (Connection* connection : all) {
    Ending ending{nullptr, Reply::Kind::kStopped};
    {
      const std::lock_guard lock(connection->mutex);
      if (!connection->exchange) continue;
      ending.exchange = std::move(connection->exchange);
    }
    close(*connection);
    finish(std::move(ending));
  }
}

void PlainTransport::close(Connection& connection) {
  connections_.erase(&connection);
}

void PlainTransport::finish(Ending ending) {
  ending.exchange->reply.kind = ending.kind;
  ending.exchange->reply.error = std::move(ending.why);
  {
    // Before the answer, so that a host that submits the next request from within done() finds room.
    const std::lock_guard lock(mutex_);
    --outstanding_;
  }
  finished_(*ending.exchange);
}

}  // namespace millrace::lambda_invoke
