#include "client.h"

#include <millrace/plugin.hpp>

#include <array>

#include "health_classifier.h"
#include "server_name.h"

namespace millrace::kafka {
namespace {

constexpr std::int64_t kShortestClose = 500 * kMillisecond;

constexpr int kHostnameMismatch = 62;  // X509_V_ERR_HOSTNAME_MISMATCH

int on_certificate(rd_kafka_t*, const char*, std::int32_t, int* x509_error, int depth, const char* der,
                   std::size_t size, char* text, std::size_t text_size, void* opaque) {
  auto& witness = *static_cast<CertificateWitness*>(opaque);
  if (*x509_error == 0 && depth == 0 && !witness.server_name.empty() &&
      !certificate_is_for(der, size, witness.server_name))
    *x509_error = kHostnameMismatch;
  if (*x509_error == 0) return 1;
  witness.x509_error.store(*x509_error);
  snprintf(text, text_size, "certificate verify failed: error %d", *x509_error);
  return 0;
}

void unassign_everything(rd_kafka_t* handle) {
  const std::string_view protocol = rd_kafka_rebalance_protocol(handle);
  if (protocol != "COOPERATIVE") {
    rd_kafka_assign(handle, nullptr);
    return;
  }
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(handle, &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const PartitionList list(assigned);
  const KafkaError ignored(rd_kafka_incremental_unassign(handle, list.get()));
}

}  // namespace

Conf make_conf(const ClientConfig& config, const std::map<std::string, bool>& secret) {
  Conf conf(rd_kafka_conf_new());
  std::array<char, 512> text{};
  for (const auto& [name, value] : config) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) == RD_KAFKA_CONF_OK)
      continue;
    const bool hidden = secret.contains(name);
    throw Error(MR_INVALID_ARGUMENT, "librdkafka refuses the property " + name + ".", "/librdkafka/" + name)
        .id("MR3003")
        .reason("ESM_CONFIG_NOT_VALID")
        .detail(hidden ? std::string("Its value is a secret and is not shown.") : std::string(text.data()))
        .hint("Names and values are in librdkafka's CONFIGURATION.md.");
  }
  return conf;
}

bool names_no_broker(std::string_view statistics) {
  return statistics.find(R"("source":"learned")") == std::string_view::npos &&
         statistics.find(R"("source":"configured")") == std::string_view::npos;
}

Client::Client(const ClientConfig& config, const std::map<std::string, bool>& secret, const std::string& server_name,
               Wakeup& wakeup)
    : witness_(std::make_unique<CertificateWitness>()),
      outstanding_(std::make_shared<std::atomic<std::int64_t>>(0)),
      working_(std::make_shared<std::atomic<std::int64_t>>(0)),
      wakeup_(wakeup) {
  witness_->server_name = server_name;
  Conf conf = make_conf(config, secret);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG |
                                           RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_STATS);
  if (const auto protocol = config.find("security.protocol");
      protocol != config.end() && protocol->second.find("SSL") != std::string::npos) {
    rd_kafka_conf_set_opaque(conf.get(), witness_.get());
    rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), on_certificate);
  }
  std::array<char, 512> text{};
  handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size());
  if (handle_ == nullptr) {
    throw creation_problem(text.data()).to_error();
  }
  static_cast<void>(conf.release());  // the handle's now
  rd_kafka_set_log_queue(handle_, nullptr);
  rd_kafka_poll_set_consumer(handle_);
  consumer_.reset(rd_kafka_queue_get_consumer(handle_));
  replies_.reset(rd_kafka_queue_new(handle_));
  const std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(consumer_.get(), wakeup_.fd(), &one, sizeof one);
  rd_kafka_queue_io_event_enable(replies_.get(), wakeup_.fd(), &one, sizeof one);
}

Client::~Client() {
  if (handle_ == nullptr) return;
  if (!closed_) close(0);
  rd_kafka_queue_io_event_enable(consumer_.get(), -1, nullptr, 0);
  rd_kafka_queue_io_event_enable(replies_.get(), -1, nullptr, 0);
  consumer_.reset();
  replies_.reset();
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Queue Client::partition_queue(const std::string& topic, std::int32_t partition) {
  Queue queue(rd_kafka_queue_get_partition(handle_, topic.c_str(), partition));
  if (!queue) return queue;
  rd_kafka_queue_forward(queue.get(), nullptr);
  const std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(queue.get(), wakeup_.fd(), &one, sizeof one);
  return queue;
}

void Client::close(std::int64_t deadline_ns) {
  if (closed_) return;
  closed_ = true;
  const KafkaError refused(rd_kafka_consumer_close_queue(handle_, consumer_.get()));
  if (refused) return;
  // Once asked to close, the client waits for the unassign below, and so would its destruction.
  const std::int64_t until = std::max(deadline_ns, now_ns() + kShortestClose);
  while (!rd_kafka_consumer_closed(handle_)) {
    const std::int64_t left_ms = (until - now_ns()) / kMillisecond;
    if (left_ms <= 0) return unassign_everything(handle_);
    const Event event(rd_kafka_queue_poll(consumer_.get(), static_cast<int>(std::min<std::int64_t>(left_ms, 100))));
    if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) unassign_everything(handle_);
  }
}

}  // namespace millrace::kafka
