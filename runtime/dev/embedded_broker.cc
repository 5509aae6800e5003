#include "runtime/dev/embedded_broker.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

namespace millrace::dev {
namespace {

constexpr int kBrokers = 1;
constexpr int kFlushMs = 5'000;

Status broker_failure(const std::string& what) {
  return Status(Code::kInternal, "MR7901", "the embedded broker " + what);
}

// Says nothing: the mock cluster's own notes would stand between the events of the pipeline.
void ignore_log(const rd_kafka_t*, int, const char*, const char*) {}

}  // namespace

class EmbeddedBroker::Cluster {
 public:
  Cluster(rd_kafka_t* client, rd_kafka_mock_cluster_t* mock) : client_(client), mock_(mock) {}
  ~Cluster() {
    // Not flushed: what is still queued here has nobody left to read it.
    rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    if (mock_ != nullptr) rd_kafka_mock_cluster_destroy(mock_);
    rd_kafka_destroy(client_);
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  static Result<std::unique_ptr<Cluster>> make() {
    char reason[256] = {};
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, ignore_log);
    rd_kafka_conf_set(conf, "client.id", "millrace-dev", nullptr, 0);
    rd_kafka_conf_set(conf, "linger.ms", "5", nullptr, 0);
    rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (client == nullptr) {
      rd_kafka_conf_destroy(conf);
      return broker_failure(std::string("cannot be made: ") + reason);
    }
    auto cluster = std::make_unique<Cluster>(client, rd_kafka_mock_cluster_new(client, kBrokers));
    if (cluster->mock_ == nullptr) return broker_failure("cannot listen on a loopback port");
    // A group of one need not wait three seconds for others to join.
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster->mock_, 0);
    rd_kafka_brokers_add(client, cluster->bootstrap_servers());
    return cluster;
  }

  const char* bootstrap_servers() const { return rd_kafka_mock_cluster_bootstraps(mock_); }

  Status create_topic(const std::string& name, int partitions) {
    const rd_kafka_resp_err_t error = rd_kafka_mock_topic_create(mock_, name.c_str(), partitions, kBrokers);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return broker_failure("cannot create topic " + name + ": " + rd_kafka_err2str(error));
  }

  Status produce(const std::string& topic, std::string_view key, std::string_view value) {
    const rd_kafka_resp_err_t error =
        rd_kafka_producev(client_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY(key.data(), key.size()),
                          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    rd_kafka_poll(client_, 0);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return broker_failure("did not take a record for topic " + topic + ": " + rd_kafka_err2str(error));
  }

  Status flush() {
    const rd_kafka_resp_err_t error = rd_kafka_flush(client_, kFlushMs);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return broker_failure(std::string("did not take all records: ") + rd_kafka_err2str(error));
  }

 private:
  rd_kafka_t* const client_;  // the mock cluster keeps its books in it, and it is our producer
  rd_kafka_mock_cluster_t* const mock_;
};

Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::start(const std::vector<std::string>& topics, int partitions) {
  auto cluster = Cluster::make();
  if (!cluster.ok()) return cluster.status();
  for (const std::string& topic : topics)
    if (Status created = (*cluster)->create_topic(topic, partitions); !created.ok()) return created;
  return std::unique_ptr<EmbeddedBroker>(new EmbeddedBroker(std::move(cluster).value()));
}

EmbeddedBroker::EmbeddedBroker(std::unique_ptr<Cluster> cluster)
    : cluster_(std::move(cluster)), bootstrap_servers_(cluster_->bootstrap_servers()) {}

EmbeddedBroker::~EmbeddedBroker() = default;

Status EmbeddedBroker::produce(const std::string& topic, std::string_view key, std::string_view value) {
  return cluster_->produce(topic, key, value);
}

Status EmbeddedBroker::flush() {
  return cluster_->flush();
}

}  // namespace millrace::dev
