// What only the transport itself shows: its bound, and that it hands each exchange back once.
#include <gtest/gtest.h>

#include <atomic>

#include "curl_transport.h"
#include "loopback_server.h"

namespace millrace::lambda_invoke {
namespace {

std::unique_ptr<Exchange> exchange() {
  return std::make_unique<Exchange>(Completion(mr_completion{}));
}

TEST(CurlTransport, TakesNoMoreThanItMayHoldAndHasRoomAgainWithinTheAnswer) {
  LoopbackServer server([](const SeenRequest&, LoopbackServer::Connection& c) {
    if (c.hold()) c.send(http_reply(200));
  });
  std::atomic<int> answers{0}, refused{0};
  CurlTransport* self = nullptr;
  CurlTransport transport({.url = server.url(), .root_ca = {}, .max_in_flight = 2}, [&](Exchange& e) {
    EXPECT_EQ(e.reply.status, 200);
    // Two more from within the first two answers; each must find room.
    auto next = exchange();
    if (++answers <= 2 && !self->send(next)) ++refused;
  });
  self = &transport;
  auto one = exchange(), two = exchange(), three = exchange();
  EXPECT_TRUE(transport.send(one));
  EXPECT_TRUE(transport.send(two));
  EXPECT_FALSE(transport.send(three));
  EXPECT_NE(three, nullptr);  // untouched
  server.release();
  server.wait_for_requests(4);
  transport.stop(~std::uint64_t{0});
  EXPECT_EQ(answers, 4);
  EXPECT_EQ(refused, 0);
  EXPECT_FALSE(transport.send(three));
}

TEST(CurlTransport, SendsAnEmptyBody) {
  LoopbackServer server([](const SeenRequest&, LoopbackServer::Connection& c) { c.send(http_reply(200)); });
  CurlTransport transport({.url = server.url(), .root_ca = {}}, [](Exchange&) {});
  auto one = exchange();
  EXPECT_TRUE(transport.send(one));
  server.wait_for_requests(1);
  EXPECT_EQ(server.requests()[0].headers["content-length"], "0");
}

TEST(CurlTransport, ProbesWithoutARequest) {
  LoopbackServer server([](const SeenRequest&, LoopbackServer::Connection&) {});
  EXPECT_FALSE(probe({.url = server.url(), .root_ca = {}, .timeout_ms = 5000}).has_value());
  EXPECT_EQ(server.requests().size(), 0u);
  EXPECT_EQ(probe({.url = "http://127.0.0.1:1", .root_ca = {}, .timeout_ms = 5000})->kind, Reply::Kind::kNotReached);
}

}  // namespace
}  // namespace millrace::lambda_invoke
