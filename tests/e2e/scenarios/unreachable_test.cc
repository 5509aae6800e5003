// A cluster that cannot be reached, or will not let the host in, as an operator sees it: one line that says which
// brokers, why, and what to do, soon; nothing of the client library's own talk; and a Ctrl-C that ends at once.
#include <unistd.h>

#include <csignal>

#include "tests/e2e/kafka/ports.h"
#include "tests/e2e/scenarios/suite.h"

namespace millrace::e2e {
namespace {

using namespace std::chrono_literals;

// Twice of what is promised, for a machine that is busy with other tests.
constexpr auto kSaidWithin = 6s;
constexpr auto kEndedWithin = 2s;

// Never called: no record is read.
constexpr const char* kNoFunction = "{type: lambda_invoke, function: f, endpoint: \"http://127.0.0.1:1\", sign: never}";

// Takes connections and never says a word.
class SilentServer {
 public:
  explicit SilentServer(const PortReservation& port) : socket_(port.listen(16)) {}
  ~SilentServer() { ::close(socket_); }

 private:
  int socket_;
};

// Starts a host that has nobody to talk to, and looks at what it says, when, and how it ends on Ctrl-C.
void expect_said_and_ended(const Pipeline& pipeline, const std::vector<std::string>& words) {
  Host host(pipeline);
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [](std::chrono::steady_clock::time_point since) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since);
  };
  host.start();
  for (const std::string& word : words) EXPECT_TRUE(host.wait_for_log(word)) << word << '\n' << host.tail();
  const auto said = elapsed(begin);
  EXPECT_LT(said, kSaidWithin);
  EXPECT_EQ(host.log().find("\"librdkafka\""), std::string::npos) << host.tail();
  EXPECT_EQ(host.log().find("[thrd:"), std::string::npos) << host.tail();
  const auto stop = std::chrono::steady_clock::now();
  host.signal(SIGINT);
  EXPECT_EQ(host.wait(30s), 0) << host.tail();
  const auto ended = elapsed(stop);
  EXPECT_LT(ended, kEndedWithin);
  std::printf("said after %lld ms, ended %lld ms after Ctrl-C\n", static_cast<long long>(said.count()),
              static_cast<long long>(ended.count()));
}

std::string local(const PortReservation& port) {
  return "127.0.0.1:" + std::to_string(port.number());
}

TEST(Unreachable, SaysThatTheConnectionIsRefusedAndEndsAtOnce) {
  const PortReservation one, two;
  expect_said_and_ended({.bootstrap = local(one) + "," + local(two), .sink = kNoFunction},
                        {"No broker can be reached: the connection is refused.", "MR3011",
                         "Asked: " + local(one) + "," + local(two), "Start the brokers, or correct host and port"});
}

TEST(Unreachable, SaysThatTheNameDoesNotResolve) {
  // Longer than a name's part may be, so that nobody is asked for it.
  const std::string name = std::string(64, 'a') + ":9092";
  expect_said_and_ended({.bootstrap = name, .sink = kNoFunction},
                        {"No broker can be reached: the name does not resolve.", "MR3011", "Asked: " + name});
}

TEST(Unreachable, SaysThatNobodyAnswers) {
  const PortReservation port;
  const SilentServer server(port);
  expect_said_and_ended({.bootstrap = local(port), .sink = kNoFunction},
                        {"No broker can be reached: there is no answer.", "MR3011", "Asked: " + local(port)});
}

// Against real Kafka: it is there, and does not let this host in.
class Refused : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    kafka_ = std::make_unique<Cluster>(
        ClusterOptions{.version = version_under_test(),
                       .listeners = {{"SASL", Security::kSaslSsl, {"SCRAM-SHA-512"}}, {"TLS", Security::kSsl}},
                       .users = {{"alice", "secret of alice"}}});
    kafka_->admin().create_topic("orders", 1);
  }
  static void TearDownTestSuite() { kafka_.reset(); }

  std::string secret(const std::string& name, const std::string& text) {
    write_file(folder_.path() + "/" + name, text);
    return "\"${secret:file:" + folder_.path() + "/" + name + "}\"";
  }
  std::string scram(const std::string& password) {
    return "{type: sasl_scram, mechanism: SCRAM-SHA-512, credentials: " +
           secret("kafka.json", R"({"username": "alice", "password": ")" + password + R"("})") + "}";
  }
  std::string tls(const std::string& root) { return "{type: tls, root_ca: " + secret("ca.pem", root) + "}"; }
  Pipeline pipeline(const std::string& listener, const std::string& auth) {
    return {.bootstrap = kafka_->bootstrap(listener), .auth = auth, .sink = kNoFunction};
  }

  static inline std::unique_ptr<Cluster> kafka_;
  TemporaryFolder folder_;
};

TEST_F(Refused, SaysThatThePasswordIsWrong) {
  expect_said_and_ended(
      pipeline("SASL", "[" + scram("hunter2") + ", " + tls(kafka_->authority().root()) + "]"),
      {"SASL authentication failed.", "MR3012", kafka_->bootstrap("SASL"), "Check user name and password"});
}

TEST_F(Refused, SaysThatTheCaIsNotTheBrokers) {
  CertificateAuthority stranger(folder_.path(), "stranger");
  expect_said_and_ended(pipeline("TLS", "[" + tls(stranger.root()) + "]"),
                        {"Lambda failed to authenticate server.", "MR3014", kafka_->bootstrap("TLS"),
                         "Give the CA that signed the brokers' certificates"});
}

TEST_F(Refused, SaysThatThePortSpeaksTls) {
  expect_said_and_ended(pipeline("TLS", ""), {"TLS is on at one end of the connection and off at the other.", "MR3017",
                                              kafka_->bootstrap("TLS"), "turns TLS on"});
}

}  // namespace
}  // namespace millrace::e2e
