#include "health_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

using ::testing::HasSubstr;

struct Case {
  rd_kafka_resp_err_t error;
  const char* text;
  int x509;
  Kind kind;
  const char* id;
  const char* message;
  const char* reason;
};

TEST(HealthClassifier, NamesAwsTextsAndReasons) {
  constexpr const char *kAuthn = "EVENT_SOURCE_AUTHN_ERROR", *kAuthz = "EVENT_SOURCE_AUTHZ_ERROR",
                       *kConfig = "ESM_CONFIG_NOT_VALID";
  const Case cases[] = {
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "b: SASL authentication error: invalid credentials with SASL mechanism SCRAM-SHA-512", 0, Kind::kConnection,
       "MR3012", "SASL authentication failed.", kAuthn},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: "
       "SCRAM",
       0, Kind::kConnection, "MR3012", "SASL authentication failed.", kConfig},
      {RD_KAFKA_RESP_ERR__SSL, "handshake: sslv3 alert handshake failure: SSL alert number 40", 0, Kind::kConnection,
       "MR3013", "Server failed to authenticate Lambda.", kAuthn},
      {RD_KAFKA_RESP_ERR__TRANSPORT, "tlsv13 alert certificate required: SSL alert number 116 (in APIVERSION_QUERY)", 0,
       Kind::kConnection, "MR3013", "Server failed to authenticate Lambda.", kAuthn},
      {RD_KAFKA_RESP_ERR__TRANSPORT, "tlsv1 alert unknown ca: SSL alert number 48", 20, Kind::kConnection, "MR3013",
       "Server failed to authenticate Lambda.", kAuthn},
      {RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed", 20, Kind::kConnection, "MR3014",
       "Lambda failed to authenticate server.", kAuthn},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "Subscribed topic not available: t", 0, Kind::kUnauthorized,
       "MR3016", "Cluster failed to authorize Lambda.", kAuthz},
      {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "JoinGroup failed", 0, Kind::kUnauthorized, "MR3016",
       "Cluster failed to authorize Lambda.", kAuthz},
      {RD_KAFKA_RESP_ERR__TRANSPORT, "Disconnected: connecting to a PLAINTEXT broker listener?", 0, Kind::kConnection,
       "MR3017", "TLS is on at one end of the connection and off at the other.", kConfig},
      {RD_KAFKA_RESP_ERR__TRANSPORT, "might be caused by incorrect security.protocol configuration", 0,
       Kind::kConnection, "MR3017", "TLS is on at one end of the connection and off at the other.", kConfig},
  };
  for (const Case& c : cases) {
    const Verdict verdict = classify(c.error, c.text, c.x509);
    EXPECT_EQ(static_cast<int>(verdict.kind), static_cast<int>(c.kind)) << c.text;
    EXPECT_EQ(verdict.problem.id, c.id) << c.text;
    EXPECT_EQ(verdict.problem.message, c.message) << c.text;
    EXPECT_EQ(verdict.problem.reason, c.reason) << c.text;
    EXPECT_EQ(verdict.problem.state, std::uint32_t{MR_BROKEN}) << c.text;
  }
}

TEST(HealthClassifier, TellsAWrongNameFromAnUnknownCa) {
  EXPECT_THAT(classify(RD_KAFKA_RESP_ERR__SSL, "certificate verify failed", 62).problem.detail,
              HasSubstr("for another host name (X509 error 62)"));
  EXPECT_THAT(classify(RD_KAFKA_RESP_ERR__SSL, "certificate verify failed", 20).problem.detail,
              HasSubstr("is not known (X509 error 20)"));
  EXPECT_THAT(classify(RD_KAFKA_RESP_ERR__SSL, "certificate verify failed", 10).problem.detail, HasSubstr("expired"));
}

TEST(HealthClassifier, TakesAnUnexpectedEofForTheNetwork) {
  for (const char* text :
       {"Connect to ipv4#127.0.0.1:1 failed: Connection refused", "unexpected eof while reading",
        "Disconnected (after 3ms in state AUTH_REQ)", "Connection setup timed out in state SSL_HANDSHAKE"})
    EXPECT_EQ(static_cast<int>(classify(RD_KAFKA_RESP_ERR__TRANSPORT, text, 0).kind), static_cast<int>(Kind::kNetwork))
        << text;
  EXPECT_EQ(static_cast<int>(classify(RD_KAFKA_RESP_ERR__RESOLVE, "Failed to resolve", 0).kind),
            static_cast<int>(Kind::kNetwork));
}

TEST(HealthClassifier, KeepsTheCauseThatSaysMost) {
  EXPECT_TRUE(says_more("b: Disconnected", ""));
  EXPECT_TRUE(says_more("b: Connection refused", "b: Disconnected (after 9ms in state UP)"));
  EXPECT_FALSE(says_more("b: Disconnected", "b: Connection refused"));
  EXPECT_EQ(unreachable("b:1", "b: Connection refused").id, "MR3011");
  EXPECT_EQ(unreachable("b:1", "").detail, "Asked: b:1");
  EXPECT_EQ(unreachable("b:1,c:2", "b: Connection refused").detail,
            "Asked: b:1,c:2. The first failure: b: Connection refused");
}

TEST(HealthClassifier, SaysWhyNoBrokerCanBeReached) {
  const std::pair<const char*, const char*> known[] = {
      {"b:1/bootstrap: Failed to resolve 'b:1': Name or service not known", "the name does not resolve"},
      {"b:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused", "the connection is refused"},
      {"ssl://b:1/bootstrap: Connection setup timed out in state SSL_HANDSHAKE", "the TLS handshake fails"},
      {"b:1/bootstrap: Connection setup timed out in state CONNECT", "there is no answer"},
      {"b:1/bootstrap: Connect to ipv4#10.0.0.1:1 failed: No route to host", "there is no route to it"},
      {"b:1/bootstrap: Disconnected (after 3ms in state UP)", "it hangs up"},
      {"something new", "every connection fails"},
      {"", "there is no answer"}};
  for (const auto& [text, why] : known)
    EXPECT_EQ(unreachable("b:1", text).message, std::string("No broker can be reached: ") + why + ".") << text;
}

TEST(HealthClassifier, TakesABrokerThatHangsUpOnPlainTextForATlsListener) {
  EXPECT_EQ(unreachable("b:1", "b:1/bootstrap: Disconnected: closed (after 3ms in state APIVERSION_QUERY)").id,
            "MR3017");
  EXPECT_EQ(unreachable("b:1", "ssl://b:1/1: Disconnected: closed (after 3ms in state APIVERSION_QUERY)").id, "MR3011");
}

TEST(HealthClassifier, KnowsWhatEndsAClient) {
  EXPECT_EQ(classify(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "fenced", 0).problem.id, "MR3026");
  EXPECT_EQ(classify(RD_KAFKA_RESP_ERR__FATAL, "x", 0).problem.id, "MR3027");
  EXPECT_EQ(classify(RD_KAFKA_RESP_ERR__INCONSISTENT, "x", 0, true).problem.id, "MR3027");
  EXPECT_EQ(static_cast<int>(classify(RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, "x", 0).kind),
            static_cast<int>(Kind::kPollExceeded));
  EXPECT_EQ(static_cast<int>(classify(RD_KAFKA_RESP_ERR__PARTITION_EOF, "x", 0).kind),
            static_cast<int>(Kind::kNothing));
}

TEST(HealthClassifier, TakesACreationErrorAboutPemForAWrongCertificate) {
  EXPECT_EQ(creation_problem("ssl.key.pem failed: not in PEM format?").message,
            "Provided certificate or private key is invalid.");
  EXPECT_EQ(creation_problem("failed to read certificate #0 from ssl.ca.pem").id, "MR3015");
  EXPECT_EQ(creation_problem("`max.poll.interval.ms`must be >= `session.timeout.ms`").id, "MR3003");
}

}  // namespace
}  // namespace millrace::kafka
