// Users, CAs and ACLs: what lets the source in, and what an operator is told when something does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/e2e/kafka/process.h"
#include "tests/e2e/kafka/producer.h"
#include "tests/e2e/kafka/temporary_folder.h"
#include "tests/e2e/source/shared_cluster.h"

MR_DECLARE_PLUGIN(auth_sasl_scram);
MR_DECLARE_PLUGIN(auth_tls);

namespace millrace::e2e {
namespace {

using kafka::kSecond;
using kafka::testing::Member;
using ::testing::HasSubstr;
using ::testing::Not;

using Emitted = std::vector<millrace::testing::Property>;

// What the pipeline's auth chain gives, by the plugins themselves.
Emitted scram(const std::string& mechanism, const std::string& password) {
  millrace::testing::FakeHost host;
  host.secrets["user"] = Config{{"username", "alice"}, {"password", password}}.dump();
  millrace::testing::Instance auth(
      millrace::testing::component(millrace_plugin_entry_v1_auth_sasl_scram(), "sasl_scram"), host,
      {{"mechanism", mechanism}, {"credentials", "user"}});
  return auth.provide("").properties;
}
Emitted tls(const std::string& ca, const std::string& server_name = "") {
  millrace::testing::FakeHost host;
  host.secrets["ca"] = ca;
  millrace::testing::Instance auth(millrace::testing::component(millrace_plugin_entry_v1_auth_tls(), "tls"), host,
                                   {{"root_ca", ca.empty() ? "" : "ca"}, {"server_name", server_name}});
  return auth.provide("").properties;
}
std::function<void(millrace::testing::FakeHost&)> with(std::vector<Emitted> chain) {
  return [chain = std::move(chain)](millrace::testing::FakeHost& host) {
    for (const Emitted& one : chain) host.connection.insert(host.connection.end(), one.begin(), one.end());
  };
}

std::string filled_topic() {
  const std::string topic = new_topic();
  Producer producer(cluster().bootstrap());
  producer.produce({.topic = topic, .value = "v"});
  producer.flush();
  return topic;
}
void let_in(const std::string& principal, const std::string& topic) {
  for (const auto operation : {RD_KAFKA_ACL_OPERATION_READ, RD_KAFKA_ACL_OPERATION_DESCRIBE}) {
    cluster().admin().allow(principal, RD_KAFKA_RESOURCE_TOPIC, topic, operation);
    cluster().admin().allow(principal, RD_KAFKA_RESOURCE_GROUP, topic, operation);
  }
}
void expect_no_secret(const Member& member, const std::string& secret) {
  for (const auto& report : member.host.health())
    for (const std::string& text : {std::string(report.problem.what()), report.problem.detail(), report.problem.hint()})
      EXPECT_THAT(text, Not(HasSubstr(secret)));
  for (const auto& line : member.host.logs()) {
    EXPECT_THAT(line.message, Not(HasSubstr(secret)));
    for (const auto& [key, value] : line.fields) EXPECT_THAT(value, Not(HasSubstr(secret)));
  }
}

TEST(KafkaSecurity, LetsAUserInWithScramOverTlsAndAPrivateCa) {
  for (const char* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    const std::string topic = filled_topic();
    let_in("User:alice", topic);
    Member member(source_config(topic, Config::object(), "SASL"),
                  with({scram(mechanism, "secret of alice"), tls(cluster().authority().root())}));
    ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 1; })) << mechanism;
    EXPECT_EQ(member.health_id(), "");
    expect_no_secret(member, "secret of alice");
  }
}

// The examples auth_password, encoder_csv and sink_spool around the real source, in the built host: what the first says
// opens a listener for SASL/PLAIN, together with the CA of auth_tls.
TEST(KafkaSecurity, LetsAUserInWithAStrangersAuthComponent) {
  const std::string topic = filled_topic();
  let_in("User:alice", topic);
  const TemporaryFolder folder;
  const auto at = [&](const char* name) { return folder.path() + "/" + name; };
  write_file(at("password"), "secret of alice\n");
  write_file(at("ca.pem"), cluster().authority().root());
  write_file(at("pipeline.yaml"),
             "name: strangers\nsource: {type: self_managed_kafka, bootstrap_servers: [\"" +
                 cluster().bootstrap("SASL") + "\"], topics: [" + topic + "], consumer_group_id: " + topic +
                 "}\nauth:\n  - {type: password, username: alice, password: \"${secret:file:password}\"}\n"
                 "  - {type: tls, root_ca: \"${secret:file:ca.pem}\"}\n"
                 "batch: {window: 0s}\nencoder: {type: csv}\nsink: {type: spool, path: out.csv}\n");
  for (const char* secret : {"password", "ca.pem"})
    std::filesystem::permissions(at(secret), std::filesystem::perms::owner_read);
  Process host(Command{{MILLRACE_BUILT_BINARY, "run", "--plugins", MILLRACE_BUILT_PLUGINS, "--plugins",
                        MILLRACE_EXAMPLE_PLUGINS, at("pipeline.yaml"), "--state", at("state")},
                       {},
                       at("log"),
                       folder.path()});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(40);
  while (read_file(at("out.csv")).empty() && host.is_running() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // another process is looked at
  EXPECT_THAT(read_file(at("out.csv")), HasSubstr("\"" + topic + "\",0,0,")) << host.tail();
  EXPECT_THAT(read_file(at("out.csv")), HasSubstr(",\"v\"\n"));
  host.signal(SIGTERM);
  const auto end = host.wait(std::chrono::seconds(30));
  ASSERT_TRUE(end) << host.tail();
  EXPECT_EQ(end->code, 0) << host.tail();
  EXPECT_THAT(host.output(), Not(HasSubstr("secret of alice")));
}

TEST(KafkaSecurity, SaysThatAPasswordIsWrongAndTakesTheRightOneWithoutARestart) {
  const std::string topic = filled_topic();
  let_in("User:alice", topic);
  Member member(source_config(topic, Config::object(), "SASL"),
                with({scram("SCRAM-SHA-512", "hunter2"), tls(cluster().authority().root())}));
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3012"; }));
  EXPECT_STREQ(member.host.last_health()->problem.what(), "SASL authentication failed.");
  EXPECT_EQ(member.host.last_health()->problem.reason(), "EVENT_SOURCE_AUTHN_ERROR");
  expect_no_secret(member, "hunter2");
  member.host.connection.clear();
  with({scram("SCRAM-SHA-512", "secret of alice"), tls(cluster().authority().root())})(member.host);
  ++member.host.connection_generation;
  member.instance->interrupt();
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 1 && member.health_id() == ""; }, 60 * kSecond));
}

TEST(KafkaSecurity, TrustsOnlyTheCaItWasGiven) {
  const std::string topic = filled_topic();
  CertificateAuthority stranger(cluster().folder(), "stranger");
  for (const std::string& ca : {stranger.root(), std::string()}) {
    Member member(source_config(topic, Config::object(), "TLS"), with({tls(ca)}));
    ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3014"; })) << ca.empty();
    EXPECT_STREQ(member.host.last_health()->problem.what(), "Lambda failed to authenticate server.");
    EXPECT_THAT(member.host.last_health()->problem.detail(), HasSubstr("X509 error"));
    EXPECT_EQ(member.count(topic), 0u);
  }
}

TEST(KafkaSecurity, ExpectsTheNameThatTheConfigurationGives) {
  const std::string topic = filled_topic();
  const std::string& ca = cluster().authority().root();
  Member right(source_config(topic, Config::object(), "TLS"), with({tls(ca, "localhost")}));
  ASSERT_TRUE(right.run_until([&] { return right.count(topic) == 1; }));
  Member wrong(source_config(topic, {{"consumer_group_id", "wrong"}}, "TLS"), with({tls(ca, "kafka.internal")}));
  ASSERT_TRUE(wrong.run_until([&] { return wrong.health_id() == "MR3014"; }));
  EXPECT_THAT(wrong.host.last_health()->problem.detail(), HasSubstr("for another host name"));
  EXPECT_EQ(wrong.count(topic), 0u);
}

TEST(KafkaSecurity, ReadsOverTlsAlone) {
  const std::string topic = filled_topic();
  // A client without SASL or a certificate is User:ANONYMOUS.
  Member member(source_config(topic, Config::object(), "TLS"), with({tls(cluster().authority().root())}));
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 1; }));
}

TEST(KafkaSecurity, SaysThatOnlyOneEndSpeaksTls) {
  const std::string topic = filled_topic();
  Member plain(source_config(topic, Config::object(), "TLS"));
  ASSERT_TRUE(plain.run_until([&] { return plain.health_id() == "MR3017"; }));
  Member encrypted(source_config(topic), with({tls(cluster().authority().root())}));
  ASSERT_TRUE(encrypted.run_until([&] { return encrypted.health_id() == "MR3017"; }));
}

TEST(KafkaSecurity, SaysWhichAclIsMissingAndGoesOnOnceItIsThere) {
  const std::string topic = filled_topic();
  Member member(source_config(topic, Config::object(), "SASL"),
                with({scram("SCRAM-SHA-512", "secret of alice"), tls(cluster().authority().root())}));
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3016"; }));
  EXPECT_STREQ(member.host.last_health()->problem.what(), "Cluster failed to authorize Lambda.");
  EXPECT_EQ(member.host.last_health()->problem.reason(), "EVENT_SOURCE_AUTHZ_ERROR");
  let_in("User:alice", topic);
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 1 && member.health_id() == ""; }, 60 * kSecond));
}

TEST(KafkaSecurity, RefusesACaThatIsNoCertificate) {
  const std::string topic = filled_topic();
  try {
    Member member(source_config(topic, Config::object(), "TLS"),
                  with({{{"tls.enabled", "1", false},
                         {"tls.ca_pem", "-----BEGIN CERTIFICATE-----\nQUJDRA==\n-----END CERTIFICATE-----\n", true}}}));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.id(), "MR3015");
    EXPECT_STREQ(error.what(), "Provided certificate or private key is invalid.");
  }
}

}  // namespace
}  // namespace millrace::e2e
