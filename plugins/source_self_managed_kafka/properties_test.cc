#include "properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

Settings settings(Config more = Config::object(), std::string_view host_id = "") {
  Config c{{"bootstrap_servers", {"b1:9092"}}, {"topics", {"orders"}}};
  c.update(more);
  return parse_settings(c, "pipe", host_id, 0);
}
ConnectionProperties connection(std::initializer_list<std::pair<const char*, const char*>> list) {
  ConnectionProperties properties;
  for (const auto& [name, value] : list) properties.add(name, value);
  return properties;
}

TEST(Properties, ChooseTheProtocolFromWhatTheAuthChainSays) {
  const auto protocol = [](const ConnectionProperties& c) {
    return client_config(settings(), c, {}).at("security.protocol");
  };
  EXPECT_EQ(protocol({}), "PLAINTEXT");
  EXPECT_EQ(protocol(connection({{"tls.enabled", "1"}})), "SSL");
  EXPECT_EQ(protocol(connection({{"tls.enabled", "0"}})), "PLAINTEXT");
  EXPECT_EQ(protocol(connection({{"tls.enabled", "1"}, {"sasl.mechanism", "PLAIN"}})), "SASL_SSL");
  EXPECT_EQ(protocol(connection({{"sasl.mechanism", "PLAIN"}})), "SASL_PLAINTEXT");
}

TEST(Properties, MapNeutralNames) {
  const auto c = client_config(settings(),
                               connection({{"tls.enabled", "1"},
                                           {"sasl.mechanism", "SCRAM-SHA-512"},
                                           {"sasl.username", "u"},
                                           {"sasl.password", "p"},
                                           {"tls.ca_pem", "CA"},
                                           {"tls.client_cert_pem", "CERT"},
                                           {"tls.client_key_pem", "KEY"}}),
                               {});
  EXPECT_EQ(c.at("sasl.mechanism"), "SCRAM-SHA-512");
  EXPECT_EQ(c.at("sasl.username"), "u");
  EXPECT_EQ(c.at("sasl.password"), "p");
  EXPECT_EQ(c.at("ssl.ca.pem"), "CA");
  EXPECT_EQ(c.at("ssl.certificate.pem"), "CERT");
  EXPECT_EQ(c.at("ssl.key.pem"), "KEY");
  EXPECT_EQ(c.at("ssl.endpoint.identification.algorithm"), "https");
}

TEST(Properties, LeaveTheNameToTheCallbackOnlyWhenAnotherOneIsExpected) {
  const auto algorithm = [](const ConnectionProperties& c) {
    return client_config(settings(), c, {}).at("ssl.endpoint.identification.algorithm");
  };
  EXPECT_EQ(algorithm(connection({{"tls.enabled", "1"}, {"tls.server_name", ""}})), "https");
  EXPECT_EQ(algorithm(connection({{"tls.enabled", "1"}, {"tls.server_name", "kafka.internal"}})), "none");
}

TEST(Properties, NeverLetAnOverrideCommitOrJump) {
  const auto c = client_config(settings(), {}, {});
  EXPECT_EQ(c.at("enable.auto.commit"), "false");
  EXPECT_EQ(c.at("enable.auto.offset.store"), "false");
  EXPECT_EQ(c.at("auto.offset.reset"), "error");
  EXPECT_EQ(c.at("isolation.level"), "read_committed");
  EXPECT_EQ(c.at("fetch.queue.backoff.ms"), "5");
  EXPECT_EQ(c.at("fetch.max.bytes"), "8388608");
  EXPECT_EQ(c.at("partition.assignment.strategy"), "cooperative-sticky");
  EXPECT_FALSE(c.contains("group.instance.id"));
  EXPECT_EQ(client_config(settings(Config::object(), "h1"), {}, {}).at("group.instance.id"), "h1.pipe.0");
}

TEST(Properties, LetAnOperatorTuneTheRest) {
  const auto c =
      client_config(settings({{"librdkafka", {{"fetch.queue.backoff.ms", 1}, {"client.rack", "a"}}}}), {}, {});
  EXPECT_EQ(c.at("fetch.queue.backoff.ms"), "1");
  EXPECT_EQ(c.at("client.rack"), "a");
}

TEST(Properties, DivideTheFetchQueuesAmongThePartitions) {
  const auto queue = [](std::int64_t partitions) { return Tuning{"range", partitions}.queue_kilobytes(); };
  EXPECT_EQ(queue(0), 1024);
  EXPECT_EQ(queue(12), 1024);
  EXPECT_EQ(queue(48), 1024);
  EXPECT_EQ(queue(96), 512);
  EXPECT_EQ(queue(2000), 24);
  EXPECT_EQ(queue(1'000'000), 1);
  EXPECT_TRUE((Tuning{"range", 1} == Tuning{"range", 48}));
  EXPECT_FALSE((Tuning{"range", 1} == Tuning{"range", 96}));
}

TEST(Properties, AreTakenByLibrdkafka) {
  EXPECT_NO_THROW(make_conf(client_config(settings(Config::object(), "h1"), connection({{"tls.enabled", "1"}}), {}),
                            secret_names()));
}

TEST(Properties, ShowNoSecretWhenLibrdkafkaRefusesOne) {
  ClientConfig c{{"sasl.mechanism", "SCRAM-SHA-512"}, {"no.such.name", "hunter2"}};
  try {
    make_conf(c, {{"no.such.name", true}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.id(), "MR3003");
    EXPECT_STREQ(error.what(), "librdkafka refuses the property no.such.name.");
    EXPECT_THAT(error.detail(), ::testing::Not(::testing::HasSubstr("hunter2")));
  }
}

TEST(Properties, SeeWhetherOnlyTheCredentialsChanged) {
  const auto one = connection({{"tls.enabled", "1"}, {"sasl.username", "a"}, {"sasl.password", "x"}});
  const auto rotated = connection({{"tls.enabled", "1"}, {"sasl.username", "b"}, {"sasl.password", "y"}});
  const auto other = connection({{"tls.enabled", "0"}, {"sasl.username", "b"}, {"sasl.password", "y"}});
  EXPECT_TRUE(one.differs_only_in_credentials(rotated));
  EXPECT_FALSE(one.differs_only_in_credentials(one));
  EXPECT_FALSE(one.differs_only_in_credentials(other));
}

}  // namespace
}  // namespace millrace::kafka
