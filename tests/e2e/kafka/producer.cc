// Writing records for tests; the contract stands in producer.h.
#include "tests/e2e/kafka/producer.h"

#include <memory>
#include <stdexcept>

namespace millrace::e2e {

Producer::Producer(const std::string& bootstrap, Acknowledged acknowledged, Properties properties)
    : acknowledged_(std::move(acknowledged)) {
  // In front, so that what the caller gives holds.
  properties.insert(properties.begin(), {{"bootstrap.servers", bootstrap},
                                         {"enable.idempotence", "true"},
                                         {"linger.ms", "5"},
                                         {"message.max.bytes", "16000000"},
                                         {"queue.buffering.max.kbytes", "131072"},
                                         {"reconnect.backoff.max.ms", "500"}});
  client_ = make_client(RD_KAFKA_PRODUCER, properties, &Producer::report, this);
}

Producer::~Producer() {
  rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_, 1000);  // the reports of what was purged free their messages
  rd_kafka_destroy(client_);
}

void Producer::report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* self = static_cast<Producer*>(opaque);
  const std::unique_ptr<Message> sent(static_cast<Message*>(message->_private));
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    self->refused_ = sent->topic + ": " + rd_kafka_err2str(message->err);
  } else if (self->acknowledged_) {
    sent->partition = message->partition;
    sent->timestamp = rd_kafka_message_timestamp(message, nullptr);
    self->acknowledged_(*sent, message->offset);
  }
}

void Producer::produce(Message message) {
  auto owned = std::make_unique<Message>(std::move(message));
  const auto data = [](const Bytes& bytes) { return bytes ? const_cast<char*>(bytes->data()) : nullptr; };
  const auto size = [](const Bytes& bytes) { return bytes ? bytes->size() : 0; };
  for (;;) {
    rd_kafka_headers_t* headers = nullptr;
    if (!owned->headers.empty()) {
      headers = rd_kafka_headers_new(owned->headers.size());
      for (const auto& [name, value] : owned->headers)
        rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), data(value),
                            static_cast<ssize_t>(size(value)));
    }
    // The value stays in *owned until the report, so librdkafka needs no copy of it.
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        client_, RD_KAFKA_V_TOPIC(owned->topic.c_str()), RD_KAFKA_V_PARTITION(owned->partition),
        RD_KAFKA_V_KEY(data(owned->key), size(owned->key)), RD_KAFKA_V_VALUE(data(owned->value), size(owned->value)),
        RD_KAFKA_V_TIMESTAMP(owned->timestamp), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(owned.get()),
        RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      owned.release();
      rd_kafka_poll(client_, 0);
      return;
    }
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) throw std::runtime_error(owned->topic + ": " + rd_kafka_err2str(error));
    rd_kafka_poll(client_, 100);
  }
}

void Producer::flush(int seconds) {
  const rd_kafka_resp_err_t error = rd_kafka_flush(client_, seconds * 1000);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(std::string("produce: ") + rd_kafka_err2str(error));
  if (!refused_.empty()) throw std::runtime_error("produce to " + refused_);
}

}  // namespace millrace::e2e
