#include "tests/bench/null_function.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::bench {
namespace {

TEST(NullFunction, CountsTheRecordsOfRequestsThatArriveInPieces) {
  NullFunction function;
  bool first = false;
  function.restart([&] { first = true; });
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(function.endpoint().substr(17))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const std::string body = R"({"records":{"t-0":[{"offset":1},{"offset":2}]}})";
  const std::string request = "POST /f HTTP/1.1\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  const std::string all = request + request;
  for (std::size_t at = 0; at < all.size(); at += 25)
    ::send(socket, all.data() + at, std::min<std::size_t>(25, all.size() - at), 0);
  EXPECT_TRUE(function.wait_for_records(4, std::chrono::seconds(5)));
  EXPECT_EQ(function.progress().requests, 2U);
  EXPECT_TRUE(first);
  ::close(socket);
}

TEST(CountRecords, CountsOffsetMembers) {
  EXPECT_EQ(count_records(""), 0U);
  EXPECT_EQ(count_records(R"({"offset":1}{"offset":2}"offse)"), 2U);
}

}  // namespace
}  // namespace millrace::bench
