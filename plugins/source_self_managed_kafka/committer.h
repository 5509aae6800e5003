// Brings the host's watermarks to the cluster: one commit outstanding, the newest position of every stream in it.
//
// Invariant: a commit is sent only when no other waits for its answer. librdkafka retries a commit by itself, and an
// old one that is retried after a newer one succeeded would move the group backwards. Positions only grow.
//
// Used by session.cc. Confined to the source's thread.
#pragma once

#include <span>

#include "health_board.h"
#include "stream.h"
#include "timing.h"

namespace millrace::kafka {

class Committer {
 public:
  Committer(Client& client, StreamTable& streams, Log log, HealthBoard& health, Timing timing)
      : client_(client), streams_(streams), log_(log), health_(health), timing_(timing) {}

  void want(Stream& stream, std::int64_t next) { stream.wanted = std::max(stream.wanted, next); }
  // Sends what is due.
  void step(std::int64_t now);
  void send_now(std::int64_t now) {
    retry_at_ = 0;
    step(now);
  }
  std::int64_t next_wake() const;
  // The answer to the outstanding commit. True when a committed position moved or the commit failed: worth a report.
  bool on_event(rd_kafka_event_t* event, std::int64_t now);
  bool waiting() const noexcept { return sent_at_ != 0; }
  // Why the last commit failed, _NO_ERROR when it did not.
  rd_kafka_resp_err_t last_error() const noexcept { return last_error_; }

 private:
  Client& client_;
  StreamTable& streams_;
  Log log_;
  HealthBoard& health_;
  Timing timing_;
  std::int64_t sent_at_ = 0;  // 0: none is outstanding
  std::int64_t retry_at_ = 0;
  rd_kafka_resp_err_t last_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

// The member may not commit any more, whatever it tries: its generation is over.
bool generation_is_over(rd_kafka_resp_err_t error);

}  // namespace millrace::kafka
