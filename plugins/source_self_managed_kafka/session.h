// One client's life: from asking the cluster where to begin, through the group, to closing.
//
// Invariant: everything that happens, happens inside serve(), take() or commit(), on the source's thread; nothing here
// blocks, except commit() until its deadline and close() until its own. serve() serves the consumer queue first: a
// consume call on any queue looks like a poll to librdkafka, so a source that never served that one would seem alive
// and never rebalance.
//
// Used by source.h, which opens another session when this one wants it. Confined to the source's thread.
#pragma once

#include <span>

#include "admin.h"
#include "assignment.h"
#include "poller.h"
#include "properties.h"

namespace millrace::kafka {

class Session {
 public:
  // What the session asks of its owner.
  enum class Wish { kNone, kReopen, kReopenAsStranger };

  Session(Assignment::Shared shared, const ConnectionProperties& connection, Tuning tuning, const Host& host,
          std::span<const mr_field> attributes, Wakeup& wakeup);

  void serve(std::int64_t now, bool woken);
  std::unique_ptr<Records> take(const Credit& credit) {
    auto records = poller_.take(credit);
    if (records) shared_.health.clear(Subject::kAuthorization);  // whoever reads is allowed to
    return records;
  }
  // Looks into queues that have ended on another thread. One more: take() may find something.
  std::uint64_t looks_ended() const noexcept { return read_ahead_.ended(); }
  std::int64_t next_wake() const;

  // Soon, when deadline_ns is 0; otherwise durable on return. Throws millrace::Error when it is not.
  void commit(std::span<const mr_position> positions, std::uint64_t deadline_ns);
  void set_paused(std::span<const std::uint64_t> ids, bool paused);
  void release(std::span<const std::uint64_t> ids) { assignment_.release(ids); }

  Wish wish() const noexcept { return wish_; }
  const Tuning& better_tuning() const noexcept { return better_tuning_; }
  bool give_up(std::int64_t now) { return assignment_.give_up(now); }
  void take_credentials(const ConnectionProperties& connection);
  void close(std::int64_t deadline_ns) { client_->close(deadline_ns); }
  // The handle, to be destroyed once no batch is outstanding. The session is finished then.
  std::unique_ptr<Client> retire() { return std::move(client_); }

 private:
  void serve_events(std::int64_t now);
  void serve_replies(std::int64_t now);
  void on_error(rd_kafka_resp_err_t error, std::string_view text, bool fatal, std::int64_t now);
  void on_log(rd_kafka_event_t* event, std::int64_t now);
  void say_unreachable();
  void note_cause(std::string_view text, std::int64_t now);
  void subscribe_when_ready(std::int64_t now);
  void watch_connection(std::int64_t now);
  void report(std::int64_t now);

  Assignment::Shared shared_;
  Wakeup& wakeup_;
  Tuning tuning_, better_tuning_;
  std::unique_ptr<Client> client_;  // first to be made, last to go
  Admin admin_;
  StartPositions starts_;
  ReadAhead read_ahead_;
  StreamTable streams_;
  Committer committer_;
  Assignment assignment_;
  Poller poller_;

  Wish wish_ = Wish::kNone;
  std::vector<std::string> subscribed_;
  bool group_known_ = false, group_asked_ = false;
  std::int64_t group_ask_at_ = 0;
  std::int64_t opened_at_;
  std::int64_t report_at_ = 0;
  std::int64_t probe_at_ = 0;
  bool probing_ = false, suspect_ = false, silence_said_ = false;
  std::string first_cause_;
  std::int64_t first_cause_at_ = 0;
};

}  // namespace millrace::kafka
