#include "tests/e2e/source/shared_cluster.h"

#include <gtest/gtest.h>

namespace millrace::e2e {
namespace {

std::unique_ptr<Cluster> shared;

class StopsTheCluster : public ::testing::Environment {
 public:
  void TearDown() override { shared.reset(); }
};
[[maybe_unused]] auto* const kStops = ::testing::AddGlobalTestEnvironment(new StopsTheCluster);

}  // namespace

Cluster& cluster() {
  if (!shared)
    shared = std::make_unique<Cluster>(
        ClusterOptions{.version = version_under_test(),
                       .listeners = {{"SASL", Security::kSaslSsl, {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}},
                                     {"TLS", Security::kSsl}},
                       .users = {{"alice", "secret of alice"}},
                       .authorizer = true});
  return *shared;
}

Config source_config(const std::string& topic, const Config& more, const std::string& listener) {
  Config c{{"bootstrap_servers", {cluster().bootstrap(listener)}},
           {"topics", {topic}},
           {"consumer_group_id", topic},
           {"session_timeout", "6s"},
           {"librdkafka", {{"reconnect.backoff.max.ms", 300}, {"topic.metadata.refresh.interval.ms", 500}}}};
  c.update(more, /*merge_objects=*/true);
  return c;
}

std::string new_topic(int partitions, const std::map<std::string, std::string>& settings) {
  static int count = 0;
  const std::string topic = "topic-" + std::to_string(++count);
  cluster().admin().create_topic(topic, partitions, 1, settings);
  return topic;
}

}  // namespace millrace::e2e
