// What only a transport itself shows, whichever of the two it is: its bound, and that it hands each exchange back once.
#include <gtest/gtest.h>

#include <atomic>

#include "curl_transport.h"
#include "loopback_server.h"
#include "plain_transport.h"

namespace millrace::lambda_invoke {
namespace {

std::unique_ptr<Exchange> exchange() {
  return std::make_unique<Exchange>(Completion(mr_completion{}));
}

using Make = std::unique_ptr<Transport> (*)(TransportOptions, Transport::Finished);

template <class T>
std::unique_ptr<Transport> make(TransportOptions options, Transport::Finished finished) {
  return std::make_unique<T>(std::move(options), std::move(finished));
}

class Transports : public ::testing::TestWithParam<Make> {};
INSTANTIATE_TEST_SUITE_P(Both, Transports, ::testing::Values(&make<CurlTransport>, &make<PlainTransport>),
                         [](const auto& which) { return which.index == 0 ? "curl" : "plain"; });

TEST_P(Transports, TakesNoMoreThanItMayHoldAndHasRoomAgainWithinTheAnswer) {
  LoopbackServer server([](const SeenRequest&, LoopbackServer::Connection& c) {
    if (c.hold()) c.send(http_reply(200));
  });
  std::atomic<int> answers{0}, refused{0};
  std::atomic<Transport*> self = nullptr;
  const auto transport = GetParam()({.url = server.url(), .root_ca = {}, .max_in_flight = 2}, [&](Exchange& e) {
    EXPECT_EQ(e.reply.status, 200);
    // Two more from within the first two answers; each must find room.
    auto next = exchange();
    if (++answers <= 2 && !self.load()->send(next)) ++refused;
  });
  self = transport.get();
  auto one = exchange(), two = exchange(), three = exchange();
  EXPECT_TRUE(transport->send(one));
  EXPECT_TRUE(transport->send(two));
  EXPECT_FALSE(transport->send(three));
  EXPECT_NE(three, nullptr);  // untouched
  server.release();
  server.wait_for_requests(4);
  transport->stop(~std::uint64_t{0});
  EXPECT_EQ(answers, 4);
  EXPECT_EQ(refused, 0);
  EXPECT_FALSE(transport->send(three));
}

TEST_P(Transports, SendsAnEmptyBody) {
  LoopbackServer server([](const SeenRequest&, LoopbackServer::Connection& c) { c.send(http_reply(200)); });
  const auto transport = GetParam()({.url = server.url(), .root_ca = {}}, [](Exchange&) {});
  auto one = exchange();
  EXPECT_TRUE(transport->send(one));
  server.wait_for_requests(1);
  EXPECT_EQ(server.requests()[0].headers["content-length"], "0");
}

TEST(Probe, ConnectsWithoutARequest) {
  LoopbackServer server([](const SeenRequest&, LoopbackServer::Connection&) {});
  EXPECT_FALSE(probe({.url = server.url(), .root_ca = {}, .timeout_ms = 5000}).has_value());
  EXPECT_EQ(server.requests().size(), 0u);
  EXPECT_EQ(probe({.url = "http://127.0.0.1:1", .root_ca = {}, .timeout_ms = 5000})->kind, Reply::Kind::kNotReached);
}

}  // namespace
}  // namespace millrace::lambda_invoke
