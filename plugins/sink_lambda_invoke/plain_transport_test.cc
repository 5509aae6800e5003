// The plain transport against a server that does what servers may do: everything that libcurl would see to for us.
#include "plain_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>

#include "loopback_server.h"

namespace millrace::lambda_invoke {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Connection = LoopbackServer::Connection;

// A transport, and the replies in the order in which they came.
class Client {
 public:
  explicit Client(TransportOptions options)
      : transport_(std::move(options), [this](Exchange& exchange) {
          const std::lock_guard lock(mutex_);
          replies_.push_back(std::move(exchange.reply));
          changed_.notify_all();
        }) {}

  void send(std::string_view body = "") {
    auto exchange = std::make_unique<Exchange>(Completion(mr_completion{}));
    exchange->body = {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()};
    EXPECT_TRUE(transport_.send(exchange));
    ++sent_;
  }
  // The reply to the last of those sent, when all of them have been answered.
  Reply wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return replies_.size() >= sent_; })) return {};
    return replies_.back();
  }
  Reply call(std::string_view body = "") {
    send(body);
    return wait();
  }
  std::size_t answers() {
    const std::lock_guard lock(mutex_);
    return replies_.size();
  }
  void wait_for_idle(std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (transport_.idle() != count) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << transport_.idle() << " connections are kept";
      std::this_thread::yield();
    }
  }
  PlainTransport& transport() { return transport_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Reply> replies_;
  std::size_t sent_ = 0;
  PlainTransport transport_;  // last: its thread ends before the rest goes
};

TransportOptions to(const LoopbackServer& server) {
  return {.url = server.url() + "/x", .max_in_flight = 64};
}

// A server that answers every request with these bytes.
LoopbackServer::Script bytes(std::string text) {
  return [text](const SeenRequest&, Connection& c) { c.send(text); };
}

std::string patterned(std::size_t size, unsigned seed = 0) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 31 + i / 997 + seed) % 26);
  return text;
}

// ---- what is sent ---------------------------------------------------------------------------------------------------

TEST(PlainTransport, SendsHeadersAndBodiesOfEverySizeWholeAndInOrder) {
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); });
  TransportOptions options = to(server);
  options.headers = {"Host: example", "X-A: 1"};
  Client client(options);
  const std::vector<std::size_t> sizes{0, 1, 1023, 64 << 10, (64 << 10) + 1, 1 << 20, 6291456, 3};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string body = patterned(sizes[i], static_cast<unsigned>(i));
    EXPECT_EQ(client.call(body).status, 200);
    const SeenRequest seen = server.requests().at(i);
    EXPECT_EQ(seen.body, body) << sizes[i];
    EXPECT_EQ(seen.target, "/x");
    EXPECT_EQ(seen.headers.at("host"), "example");
    EXPECT_EQ(seen.headers.at("x-a"), "1");
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST(PlainTransport, LargeBodiesToAServerThatReadsLateArriveWholeOnSeveralConnections) {
  LoopbackServer server([](const SeenRequest&, Connection& c) {
    if (c.hold()) c.send(http_reply(200));
  });
  Client client(to(server));
  std::vector<std::string> bodies;
  for (unsigned i = 0; i < 4; ++i) bodies.push_back(patterned(5 << 20, i));
  for (const std::string& body : bodies) client.send(body);
  server.wait_for_requests(4);
  server.release();
  EXPECT_EQ(client.wait().status, 200);
  std::vector<std::string> seen;
  for (const SeenRequest& request : server.requests()) seen.push_back(request.body);
  EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(bodies));
}

TEST(PlainTransport, ANameIsResolvedAndAWrongOneSaysSo) {
  LoopbackServer server(bytes(http_reply(200)));
  Client client({.url = "http://localhost:" + std::to_string(server.port()), .max_in_flight = 4});
  EXPECT_EQ(client.call().status, 200);  // localhost may be ::1 first, where nobody listens
  EXPECT_EQ(server.requests().at(0).target, "/");
  Client lost({.url = "http://no-such-host.invalid/", .max_in_flight = 4});
  const Reply reply = lost.call();
  EXPECT_EQ(reply.kind, Reply::Kind::kNotReached);
  EXPECT_THAT(reply.error, StartsWith("Could not resolve host no-such-host.invalid: "));
}

// ---- what is read ---------------------------------------------------------------------------------------------------

TEST(PlainTransport, ReadsAChunkedReplyAndKeepsTheConnection) {
  LoopbackServer server([](const SeenRequest& r, Connection& c) {
    const std::string head = "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string all = head + "3;ext=\"y\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Late: 1\r\n\r\n";
    if (r.number == 0) return c.send(all);
    for (const char byte : all) c.send({&byte, 1});
  });
  Client client(to(server));
  EXPECT_EQ(client.call().body, "abc0123456789");
  const Reply second = client.call();
  EXPECT_EQ(second.status, 500);
  EXPECT_EQ(second.body, "abc0123456789");
  EXPECT_EQ(server.connections(), 1u);
}

TEST(PlainTransport, AFunctionErrorBehindAChunkedBodyIsSeen) {
  LoopbackServer server(
      bytes("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n0\r\nX-Amz-Function-Error: "
            "Unhandled\r\n\r\n"));
  Client client(to(server));
  EXPECT_EQ(client.call().function_error, "Unhandled");
}

TEST(PlainTransport, InterimRepliesAreSkippedButNotForEver) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  {
    LoopbackServer server(bytes(interim + interim + http_reply(200)));
    Client client(to(server));
    EXPECT_EQ(client.call().status, 200);
    EXPECT_EQ(client.call().status, 200);
    EXPECT_EQ(server.connections(), 1u);
  }
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += interim;
  LoopbackServer server(bytes(flood));
  Client client(to(server));
  EXPECT_EQ(client.call().kind, Reply::Kind::kBroken);
}

TEST(PlainTransport, AnHttp10ReplyEndsWithItsConnection) {
  LoopbackServer server([](const SeenRequest&, Connection& c) {
    c.send("HTTP/1.0 503 x\r\n\r\nwait a moment");
    c.close();
  });
  Client client(to(server));
  for (int i = 0; i < 3; ++i) {
    const Reply reply = client.call();
    EXPECT_EQ(reply.kind, Reply::Kind::kHttp);
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.body, "wait a moment");
  }
  EXPECT_EQ(server.connections(), 3u);
}

TEST(PlainTransport, ConnectionCloseIsObeyed) {
  LoopbackServer server(bytes(http_reply(200, "null", "Connection: close\r\n")));
  Client client(to(server));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.call().status, 200);
  EXPECT_EQ(server.connections(), 3u);
  client.wait_for_idle(0);
}

TEST(PlainTransport, WhatFollowsAReplyIsNeverTheNextReply) {
  // A reply that nobody asked for, in the same segment and later.
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200) + http_reply(404)); });
  Client client(to(server));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.call().status, 200);
  EXPECT_EQ(server.connections(), 3u);
  LoopbackServer later([](const SeenRequest&, Connection& c) {
    c.send(http_reply(200));
    if (c.hold()) c.send("HTTP/1.1 404 x\r\n");
    c.hang();
  });
  Client patient(to(later));
  EXPECT_EQ(patient.call().status, 200);
  patient.wait_for_idle(1);
  later.release();
  patient.wait_for_idle(0);
  EXPECT_EQ(patient.call().status, 200);
  EXPECT_EQ(later.connections(), 2u);
}

TEST(PlainTransport, AFloodOfHeadersIsCutOff) {
  const auto reply_of = [](const std::string& text) {
    LoopbackServer server([&](const SeenRequest&, Connection& c) {
      c.send("HTTP/1.1 200 OK\r\n");
      for (int i = 0; i < 400; ++i) c.send(text);
      c.hang();
    });
    Client client(to(server));
    return client.call();
  };
  EXPECT_EQ(reply_of("X-Flood: " + std::string(1000, 'x') + "\r\n").kind, Reply::Kind::kBroken);
  EXPECT_EQ(reply_of(std::string(1000, 'x')).kind, Reply::Kind::kBroken);
  // A chunk's own line is no way around it.
  EXPECT_EQ(reply_of("Transfer-Encoding: chunked\r\n\r\n1;" + std::string(1000, 'x')).kind, Reply::Kind::kBroken);
}

TEST(PlainTransport, TwoLengthsOrALengthAndChunksAreNoReply) {
  for (const char* headers : {"Content-Length: 4\r\nContent-Length: 5\r\n", "Content-Length: -1\r\n",
                              "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 9x\r\n"}) {
    LoopbackServer server(bytes(std::string("HTTP/1.1 200 x\r\n") + headers + "\r\nnull"));
    Client client(to(server));
    EXPECT_EQ(client.call().kind, Reply::Kind::kBroken) << headers;
  }
}

TEST(PlainTransport, AReplyBeforeTheBodyWasReadCountsAndTheConnectionIsGivenUp) {
  std::atomic<int> head_only{0};
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); });
  server.before_bodies([&](Connection& c) {
    if (head_only++ == 0) {
      c.send(http_reply(413));
      c.hang_without_reading();
    }
  });
  Client client(to(server));
  EXPECT_EQ(client.call(patterned(6 << 20)).status, 413);
  EXPECT_EQ(client.call("x").status, 200);
  EXPECT_EQ(server.connections(), 2u);
}

// ---- connections that break -----------------------------------------------------------------------------------------

TEST(PlainTransport, AKeptConnectionThatTheServerClosesIsDroppedAndNothingIsSentOnIt) {
  LoopbackServer server([](const SeenRequest&, Connection& c) {
    c.send(http_reply(200));
    if (c.hold()) c.close();
  });
  Client client(to(server));
  client.send();
  client.send();
  client.send();
  client.wait();
  client.wait_for_idle(3);
  server.release();
  client.wait_for_idle(0);
  EXPECT_EQ(client.call().status, 200);
  EXPECT_EQ(server.requests().size(), 4u);
  EXPECT_EQ(server.connections(), 4u);
}

TEST(PlainTransport, ARequestIsNeverSentTwice) {
  // The server takes the request on a kept connection and hangs up without a byte. What libcurl would send again.
  LoopbackServer server([](const SeenRequest& r, Connection& c) {
    if (r.number == 1) return c.close();
    c.send(http_reply(200));
  });
  Client client(to(server));
  EXPECT_EQ(client.call("first").status, 200);
  const Reply reply = client.call("second");
  EXPECT_EQ(reply.kind, Reply::Kind::kBroken);
  EXPECT_THAT(reply.error, HasSubstr("without a reply"));
  EXPECT_EQ(client.call("third").status, 200);
  EXPECT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(server.requests()[2].body, "third");
}

TEST(PlainTransport, AReplyThatIsCutOffIsBroken) {
  for (const char* part : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nnull", "HTTP/1.1 200 OK\r\nContent-Le",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n", "H"}) {
    LoopbackServer server([&](const SeenRequest&, Connection& c) {
      c.send(part);
      c.close();
    });
    Client client(to(server));
    const Reply reply = client.call();
    EXPECT_EQ(reply.kind, Reply::Kind::kBroken) << part;
    EXPECT_THAT(reply.error, HasSubstr("within the reply"));
  }
}

TEST(PlainTransport, AConnectionThatIsNotMadeInTimeEndsAtTheConnectTimeout) {
  // A full backlog: the kernel drops what knocks, so that connect() hangs.
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  Client client({.url = url, .connect_timeout_ms = 200, .timeout_ms = 1500, .max_in_flight = 16});
  for (int i = 0; i < 8; ++i) client.send();
  client.wait();
  EXPECT_EQ(client.answers(), 8u);
  const Reply last = client.wait();
  EXPECT_EQ(last.kind, Reply::Kind::kTimedOut);
  close(listener);
}

TEST(PlainTransport, ManyThreadsSendAtOnceAndEachExchangeComesBackOnce) {
  LoopbackServer server([](const SeenRequest& r, Connection& c) {
    if (r.number % 7 == 3) return c.reset();
    c.send(http_reply(200, "null", r.number % 5 == 0 ? "Connection: close\r\n" : ""));
  });
  std::atomic<int> answers{0};
  PlainTransport transport(to(server), [&](Exchange&) { ++answers; });
  std::atomic<int> taken{0};
  const std::string body = patterned(2000);
  std::vector<std::thread> senders;
  for (int t = 0; t < 4; ++t) {
    senders.emplace_back([&] {
      for (int i = 0; i < 200;) {
        auto exchange = std::make_unique<Exchange>(Completion(mr_completion{}));
        exchange->body = {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()};
        if (!transport.send(exchange)) {
          std::this_thread::yield();
          continue;
        }
        ++taken;
        ++i;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  transport.stop(~std::uint64_t{0});
  EXPECT_EQ(taken, 800);
  EXPECT_EQ(answers, 800);
  EXPECT_LE(server.requests().size(), 800u);
}

TEST(PlainTransport, ItsThreadDoesNotInterruptWhoeverMakesTheNextRequests) {
  LoopbackServer server(bytes(http_reply(200)));
  Client client(to(server));
  client.call();
  int found = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    std::getline(file, name);
    if (name != "lambda-invoke") continue;
    ++found;
    EXPECT_EQ(sched_getscheduler(std::stoi(task.path().filename())), SCHED_BATCH);
  }
  EXPECT_EQ(found, 1);
}

TEST(PlainTransport, RefusesWhatIsNotPlainHttp) {
  EXPECT_THROW(PlainTransport({.url = "https://h/"}, [](Exchange&) {}), Error);
}

}  // namespace
}  // namespace millrace::lambda_invoke
