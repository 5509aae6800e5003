// Takes records from the partitions' queues and lends them to the host, one stream a batch, streams in turn.
//
// Invariant: only partition queues are consumed from here, with timeout 0: a batch call waits until it is full, and on
// the consumer queue it could run into a rebalance with messages in hand.
//
// Rationale for one stream a batch: the host copies the survivors out when few are left, and that is decided per batch.
//
// Used by session.cc. Confined to the source's thread; a batch may be released on any.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <millrace/plugin.hpp>

#include "stream.h"
#include "take.h"

namespace millrace::kafka {

class Poller {
 public:
  using OnError = std::function<void(Stream&, rd_kafka_resp_err_t, const char*)>;
  Poller(Taker taker, StreamTable& streams, ReadAhead& read_ahead, std::span<const mr_field> attributes,
         OnError on_error)
      : streams_(streams),
        read_ahead_(read_ahead),
        taker_(std::move(taker)),
        attributes_(attributes.begin(), attributes.end()),
        on_error_(std::move(on_error)) {}

  // Null: nothing is there, or the streams that have something may not flow.
  std::unique_ptr<Records> take(const Credit& credit);

 private:
  std::unique_ptr<Records> take_from(Stream& stream, const Credit& credit);
  void read_ahead(Stream& stream, std::size_t most);

  StreamTable& streams_;
  ReadAhead& read_ahead_;
  Taker taker_;
  std::vector<mr_field> attributes_;
  OnError on_error_;
  std::size_t turn_ = 0;
};

}  // namespace millrace::kafka
