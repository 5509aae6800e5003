#include "tests/bench/null_function.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::bench {
namespace {

using std::chrono::milliseconds;

const std::string kEvent =
    R"({"eventSource":"x","records":{"t-0":[{"offset":1,"headers":[]},{"offset":2,"headers":[]}]}})";

class Client {
 public:
  explicit Client(const NullFunction& function) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(function.endpoint().substr(17))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("no connection");
  }
  ~Client() { ::close(socket_); }
  void post(const std::string& body, std::size_t piece = 1 << 20) {
    const std::string all = "POST /f HTTP/1.1\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    for (std::size_t at = 0; at < all.size(); at += piece)
      ::send(socket_, all.data() + at, std::min(piece, all.size() - at), MSG_NOSIGNAL);
  }
  std::string answer() {
    char text[512];
    const ssize_t got = ::recv(socket_, text, sizeof text, 0);
    return {text, static_cast<std::size_t>(got > 0 ? got : 0)};
  }

 private:
  int socket_;
};

TEST(NullFunction, CountsTheRecordsOfRequestsThatArriveInPieces) {
  NullFunction function;
  bool first = false;
  function.restart([&] { first = true; });
  Client client(function);
  client.post(kEvent, 25);
  client.post(kEvent, 3);
  EXPECT_TRUE(function.wait_for_records(4, std::chrono::seconds(5)));
  EXPECT_EQ(function.progress().requests, 2U);
  EXPECT_TRUE(first);
}

TEST(NullFunction, AnswersLateWhenToldTo) {
  NullFunction function;
  function.behave({.delay = milliseconds(60)});
  Client client(function);
  client.post(kEvent);
  ASSERT_TRUE(function.wait_for_records(2, std::chrono::seconds(5)));
  const Instant read = function.progress().last;
  EXPECT_NE(client.answer().find("200 OK"), std::string::npos);
  EXPECT_GE(std::chrono::steady_clock::now() - read, milliseconds(59));
}

TEST(NullFunction, KeepsAnswersBackUntilToldOtherwise) {
  NullFunction function;
  function.behave({.hold = true});
  Client client(function);
  client.post(kEvent);
  ASSERT_TRUE(function.wait_for_records(2, std::chrono::seconds(5)));
  function.behave({});
  EXPECT_NE(client.answer().find("200 OK"), std::string::npos);
}

TEST(NullFunction, RefusesEventsWithAText) {
  NullFunction function;
  function.behave({.refuse = "\"t-0\":"});
  Client client(function);
  client.post(kEvent);
  EXPECT_NE(client.answer().find(" 500 "), std::string::npos);
  EXPECT_EQ(function.progress().records, 0U);
  EXPECT_EQ(function.progress().refused, 1U);
}

TEST(CountBraces, CountsThemAtAnyLength) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(count_braces(text.data(), text.size()), static_cast<std::uint64_t>((i + 2) / 3)) << i;
    text += i % 3 == 0 ? '{' : 'x';
  }
}

}  // namespace
}  // namespace millrace::bench
