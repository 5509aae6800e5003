// Owners for librdkafka's C objects, and Client: one consumer handle with the two queues that we serve.
//
// Invariant: queues and lists are destroyed before the handle they came from; no librdkafka callback runs our code
// except the certificate check, which only writes an atomic. Everything else arrives as an event that we poll for.
//
// Used by every other file of this plugin. Confined to the source's thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "wakeup.h"

namespace millrace::kafka {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Free<kFree>>;

using Conf = Owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using PartitionList = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using KafkaError = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using AdminOptions = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

// librdkafka properties by name. The order does not matter to librdkafka; sorted, it is the same every time.
using ClientConfig = std::map<std::string, std::string>;

inline PartitionList make_list(int size = 0) {
  return PartitionList(rd_kafka_topic_partition_list_new(size));
}

// Looks on when certificates are verified, on librdkafka's threads. x509_error is the last reason for a refusal (an
// X509_V_ERR_ number), 0 for none: librdkafka's text is the same for an unknown CA and for a wrong host name.
struct CertificateWitness {
  std::atomic<int> x509_error{0};
  std::string server_name;  // expected in place of the broker's own name; "": librdkafka checks that one
};

// How many still use one client's handle, on any thread: batches that the host holds, or work on its executor. The
// handle cannot be destroyed before all are done.
using Outstanding = std::shared_ptr<std::atomic<std::int64_t>>;

// Turns a configuration into librdkafka's, without I/O. Throws millrace::Error (MR_INVALID_ARGUMENT) naming the
// property; never shows the value of one whose name is in `secret`.
Conf make_conf(const ClientConfig& config, const std::map<std::string, bool>& secret);

// Whether librdkafka's statistics (a JSON text) name no broker that it could ask. It drops every broker that the newest
// metadata leaves out, and a broker that stops or starts may list none at all for a moment, itself included
// (librdkafka's issue 5301, in 2.11 to 2.14). Nothing brings it back then: it asks only brokers that it knows.
bool names_no_broker(std::string_view statistics);

class Client {
 public:
  // Throws millrace::Error when librdkafka refuses the configuration (a bad CA, say). Does not wait for a broker.
  // `server_name`: what brokers' certificates are for, "" for the names that the brokers are reached by.
  Client(const ClientConfig& config, const std::map<std::string, bool>& secret, const std::string& server_name,
         Wakeup& wakeup);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  rd_kafka_t* handle() const noexcept { return handle_; }
  rd_kafka_queue_t* replies() const noexcept { return replies_.get(); }
  const Outstanding& outstanding() const noexcept { return outstanding_; }  // batches
  const Outstanding& working() const noexcept { return working_; }          // on the host's executor
  bool in_use() const noexcept { return outstanding_->load() != 0 || working_->load() != 0; }
  Wakeup& wakeup() const noexcept { return wakeup_; }
  int certificate_error() const noexcept { return witness_->x509_error.load(); }

  // Rebalances, errors, logs and statistics. A call counts as the poll that max.poll.interval.ms asks for. Null:
  // nothing waits.
  Event next_event() { return Event(rd_kafka_queue_poll(consumer_.get(), 0)); }
  // Results of admin requests and commits.
  Event next_reply() { return Event(rd_kafka_queue_poll(replies_.get(), 0)); }

  // The partition's own queue, cut off from the consumer queue and tied to the wakeup. To be called before the
  // partition is assigned: in between, records would land in the consumer queue.
  Queue partition_queue(const std::string& topic, std::int32_t partition);

  // Leaves the group, as far as a dynamic member does, until the deadline or half a second; gives up what is still
  // assigned. After it nothing is delivered or committed, and the handle may be destroyed once no batch is outstanding.
  void close(std::int64_t deadline_ns);
  bool closed() const noexcept { return closed_; }

 private:
  std::unique_ptr<CertificateWitness> witness_;
  Outstanding outstanding_, working_;
  Wakeup& wakeup_;
  rd_kafka_t* handle_ = nullptr;
  Queue consumer_, replies_;
  bool closed_ = false;
};

}  // namespace millrace::kafka
