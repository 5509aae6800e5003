// A broker of one topic whose metadata can leave out every broker, as Kafka's does while it stops or starts: that lasts
// milliseconds there, too short for a test to meet. Tests only.
//
// It speaks ApiVersions 0 and Metadata 4 (Kafka's protocol guide) and hangs up on everything else, which no client
// sends to a broker that does not offer it.
//
// One thread, "forgetful", joined by the destructor. Thread-safe.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace millrace::kafka::testing {

class ForgetfulBroker {
 public:
  explicit ForgetfulBroker(std::string topic) : topic_(std::move(topic)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::system_error(errno, std::generic_category(), "a listener on loopback");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
    pthread_setname_np(thread_.native_handle(), "forgetful");
  }
  ~ForgetfulBroker() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  ForgetfulBroker(const ForgetfulBroker&) = delete;
  ForgetfulBroker& operator=(const ForgetfulBroker&) = delete;

  std::string bootstrap() const { return "127.0.0.1:" + std::to_string(port_); }
  void forget(bool forgets) { forgets_ = forgets; }
  int connected() const { return connected_; }  // connections right now
  // Metadata given, with a broker in it and without one.
  int named() const { return named_; }
  int named_none() const { return named_none_; }

 private:
  struct Writer {
    std::string bytes = std::string(4, '\0');  // the length, filled in at the end
    template <class Int>
    Writer& number(Int value) {
      for (int shift = static_cast<int>(sizeof value) * 8; shift > 0;)
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (shift -= 8));
      return *this;
    }
    Writer& text(const std::string& value) {
      number(static_cast<std::int16_t>(value.size())).bytes += value;
      return *this;
    }
    std::string finish() {
      const auto size = static_cast<std::uint32_t>(bytes.size() - 4);
      for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>(size >> (24 - 8 * i));
      return bytes;
    }
  };

  static std::uint32_t number_at(const std::string& bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
  }

  void serve() {
    std::vector<pollfd> open{{listener_, POLLIN, 0}};
    while (!stopping_) {
      if (::poll(open.data(), open.size(), 20) <= 0) continue;
      for (std::size_t i = open.size(); i-- > 1;) {
        if (open[i].revents == 0 || answer(open[i].fd)) continue;
        ::close(open[i].fd);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
        --connected_;
      }
      if (open[0].revents == 0) continue;
      open.push_back({::accept(listener_, nullptr, nullptr), POLLIN, 0});
      ++connected_;
    }
    for (std::size_t i = 1; i < open.size(); ++i) ::close(open[i].fd);
  }

  // Reads one request and answers it; false when the connection is over.
  bool answer(int socket) {
    std::string request(4, '\0');
    if (::recv(socket, request.data(), 4, MSG_WAITALL) != 4) return false;
    request.resize(number_at(request, 0, 4));
    const auto size = static_cast<ssize_t>(request.size());
    if (size < 8 || ::recv(socket, request.data(), request.size(), MSG_WAITALL) != size) return false;
    constexpr std::uint32_t kMetadata = 3, kApiVersions = 18;
    const std::uint32_t api = number_at(request, 0, 2), version = number_at(request, 2, 2);
    if (api != kMetadata && api != kApiVersions) return false;
    Writer out;
    out.number(number_at(request, 4, 4));  // correlation id
    if (api == kApiVersions)
      versions(out, version);
    else
      metadata(out);
    const std::string bytes = out.finish();
    return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  void versions(Writer& out, std::uint32_t version) {
    constexpr std::int16_t kUnsupportedVersion = 35;
    out.number<std::int16_t>(version == 0 ? 0 : kUnsupportedVersion).number<std::int32_t>(2);
    out.number<std::int16_t>(3).number<std::int16_t>(4).number<std::int16_t>(4);   // Metadata, from 4 to 4
    out.number<std::int16_t>(18).number<std::int16_t>(0).number<std::int16_t>(0);  // ApiVersions
  }

  void metadata(Writer& out) {
    const bool forgets = forgets_;
    out.number<std::int32_t>(0);  // throttle time
    out.number<std::int32_t>(forgets ? 0 : 1);
    if (!forgets) out.number<std::int32_t>(1).text("127.0.0.1").number<std::int32_t>(port_).number<std::int16_t>(-1);
    out.number<std::int16_t>(-1).number<std::int32_t>(1);                                     // cluster, controller
    out.number<std::int32_t>(1).number<std::int16_t>(0).text(topic_).number<std::int8_t>(0);  // one topic
    out.number<std::int32_t>(1);                                                              // one partition
    constexpr std::int16_t kLeaderNotAvailable = 5;
    out.number<std::int16_t>(forgets ? kLeaderNotAvailable : 0).number<std::int32_t>(0);
    out.number<std::int32_t>(forgets ? -1 : 1);           // leader
    out.number<std::int32_t>(1).number<std::int32_t>(1);  // replicas
    out.number<std::int32_t>(1).number<std::int32_t>(1);  // in sync
    ++(forgets ? named_none_ : named_);
  }

  const std::string topic_;
  const int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> forgets_ = false, stopping_ = false;
  std::atomic<int> connected_ = 0, named_ = 0, named_none_ = 0;
  std::thread thread_;
};

}  // namespace millrace::kafka::testing
