// Servers that die, hang and come back; stopping, threads, and what is owed in between. In both modes.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "call_fixture.h"

namespace millrace::grpc_sink {
namespace {

class Life : public Call {};

// A port on which nobody listens, for as long as this lives; a server may be started on it.
class Port {
 public:
  Port() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    target = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Port() { ::close(socket_); }
  std::string target;
  int socket() const { return socket_; }

 private:
  int socket_;
};

TEST_P(Life, NobodyThereIsBusyAndRecoversByItself) {
  const Port port;
  FakeHost host;
  SinkDriver sink(component(), host, config(port.target));
  sink.start();
  const Result refused = sink.send(request("early"));
  EXPECT_EQ(refused.outcome, std::uint32_t{MR_BUSY}) << refused.detail;
  EXPECT_EQ(refused.attributes.at("id"), "MR4114");
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); }, {.address = port.target});
  Result result;
  const std::uint64_t until = in(10s);
  for (int i = 0; result = sink.send(request("r" + std::to_string(i))), result.outcome == MR_BUSY && now_ns() < until;
       ++i)
    std::this_thread::sleep_for(20ms);
  EXPECT_EQ(result.outcome, std::uint32_t{MR_DONE}) << result.detail;
}

TEST_P(Life, AServerThatDiesSendsBackWhatWasUnderWay) {
  const Port port;
  auto server = std::make_unique<FunctionServer>([](const Seen&) { return hang(); },
                                                 FunctionServer::Options{.address = port.target});
  FakeHost host;
  SinkDriver sink(component(), host, config(port.target));
  sink.start();
  for (int i = 0; i < 5; ++i) sink.submit(request("r" + std::to_string(i)));
  ASSERT_TRUE(server->wait_for(5));
  server.reset();
  for (std::size_t i = 0; i < 5; ++i) {
    const Result result = sink.wait(i);
    EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY}) << result.detail;
    EXPECT_NE(result.attributes.at("id"), "MR4118");
  }
  FunctionServer again([](const Seen&) { return respond(v1::OUTCOME_DONE); }, {.address = port.target});
  Result result;
  const std::uint64_t until = in(10s);
  for (int i = 0; result = sink.send(request("s" + std::to_string(i))), result.outcome == MR_BUSY && now_ns() < until;
       ++i)
    std::this_thread::sleep_for(20ms);
  EXPECT_EQ(result.outcome, std::uint32_t{MR_DONE}) << result.detail;
  sink.stop();
  EXPECT_THAT(sink.violations(), ElementsAre());
}

TEST_P(Life, AServerThatHangsIsGivenUpAfterTheTimeout) {
  const Result result = send_to([](const Seen&) { return hang(); }, {{"timeout", "60ms"}});
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY});
  EXPECT_EQ(result.code, mr_status{MR_DEADLINE_EXCEEDED});
  EXPECT_EQ(result.attributes.at("id"), "MR4115");
}

TEST_P(Life, TheHostsDeadlineEndsARequestEarlier) {
  Request r = request("short");
  r.deadline_ns = in(60ms);
  const Result result = send_to([](const Seen&) { return hang(); }, {}, r);
  EXPECT_EQ(result.code, mr_status{MR_DEADLINE_EXCEEDED});
}

// Accepts connections and reads nothing: what is sent stays where it is, in our memory too.
TEST_P(Life, APeerThatReadsNothingKeepsNobodyWaiting) {
  const Port port;
  ASSERT_EQ(::listen(port.socket(), 8), 0);
  FakeHost host;
  SinkDriver sink(component(), host, config(port.target, {{"timeout", "80ms"}}));
  sink.start();
  const Result result = sink.send(request("r", std::string(1 << 20, 'x')));
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY}) << result.detail;
  sink.stop();
  EXPECT_THAT(sink.violations(), ElementsAre());
}

TEST_P(Life, StopWaitsForAnswersUntilItsDeadline) {
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.target()));
  sink.start();
  server.hold();
  for (int i = 0; i < 3; ++i) sink.submit(request("r" + std::to_string(i)));
  ASSERT_TRUE(server.wait_for(3));
  std::thread release([&] { server.release(); });
  sink.stop(in(10s));
  release.join();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(sink.wait(i).outcome, std::uint32_t{MR_DONE});
  EXPECT_THAT(sink.violations(), ElementsAre());
}

TEST_P(Life, StopGivesUpAtItsDeadlineAndLeavesNoThread) {
  FunctionServer server([](const Seen&) { return hang(); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.target(), {{"channels", 2}}));
  sink.start();
  EXPECT_EQ(threads_named("grpc-sink-"), 2u);
  for (int i = 0; i < 4; ++i) sink.submit(request("r" + std::to_string(i), std::string(3 << 20, 'x')));
  ASSERT_TRUE(server.wait_for(4));
  sink.stop(in(20ms));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(sink.wait(i).outcome, std::uint32_t{MR_BUSY});
    EXPECT_EQ(sink.wait(i).attributes.at("id"), "MR4118");
  }
  EXPECT_THAT(sink.violations(), ElementsAre());
  EXPECT_EQ(threads_left("grpc-sink-"), 0u);
}

TEST_P(Life, ASinkThatWasNotStartedTakesNothing) {
  FakeHost host;
  SinkDriver sink(component(), host, config("127.0.0.1:1"));
  EXPECT_THROW(sink.submit(request("r")), Error);
  sink.stop();
}

TEST_P(Life, AUnixSocketIsATarget) {
  const std::string path = "/tmp/millrace-grpc-" + std::to_string(::getpid()) + ".sock";
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); }, {.address = "unix:" + path});
  FakeHost host;
  SinkDriver sink(component(), host, config("unix:" + path));
  sink.start();
  EXPECT_EQ(sink.send(request("r")).outcome, std::uint32_t{MR_DONE});
  EXPECT_THAT(server.seen().front().peer, HasSubstr("unix:"));
}

TEST_P(Life, CheckSaysWhetherThereIsAConnection) {
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.target()));
  const auto steps = sink.instance().check(in(5s));
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[1].step, "connection");
  EXPECT_EQ(steps[1].verdict, std::uint32_t{MR_PASS});
  EXPECT_EQ(steps[2].verdict, std::uint32_t{MR_SKIP});
  EXPECT_TRUE(server.seen().empty());
  const Port nobody;
  SinkDriver lost(component(), host, config(nobody.target));
  EXPECT_EQ(lost.instance().check(in(5s))[1].verdict, std::uint32_t{MR_FAIL});
}

INSTANTIATE_TEST_SUITE_P(InBothModes, Life, ::testing::Values("unary", "stream"), mode_name);

}  // namespace
}  // namespace millrace::grpc_sink
