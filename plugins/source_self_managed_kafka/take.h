// One look into a partition's queue: records until it is empty, or until enough are there.
//
// Invariant: what is taken is in the queue's order and begins at `next` or later; nothing but the queue is touched.
//
// Used by poller.cc on the source's thread and by read_ahead.cc on its own: one look into a queue at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "epoch_runs.h"
#include "fetched_records.h"

namespace millrace::kafka {

// What a look brought.
struct Taken {
  std::unique_ptr<FetchedRecords> records;  // null: none
  EpochRuns epochs;                         // that wrote them
  bool is_all = true;                       // the queue was seen empty
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string error_text;
};

class Taker {
 public:
  Taker(Outstanding outstanding, bool needs_headers)
      : outstanding_(std::move(outstanding)), needs_headers_(needs_headers) {}

  // At most `most` records, those before `next` left out.
  Taken take(rd_kafka_queue_t* queue, std::int64_t next, std::size_t most, FetchedRecords::Keeping keeping);

 private:
  Outstanding outstanding_;
  const bool needs_headers_;
  std::size_t usual_ = 0;  // records that the last look brought
  std::vector<rd_kafka_message_t*> messages_;
};

}  // namespace millrace::kafka
