#include "source.h"

#include <algorithm>
#include <limits>

namespace millrace::kafka {
namespace {

constexpr std::int64_t kCloseToReopen = 3 * kSecond;

}  // namespace

Source::Source(Host host, const Config& config, Timing timing)
    : host_(host),
      chain_(host.connection()),
      settings_(parse_settings(config, host.pipeline_id(), host.host_id(), host.instance())),
      timing_(timing),
      health_(host.health()),
      lost_records_(host.metrics().counter("records_lost_before_read_total",
                                           "Records that the cluster deleted before they could be read")),
      attributes_{field("eventSource", "SelfManagedKafka"), field("bootstrapServers", settings_.bootstrap_joined)} {
  make_conf(client_config(settings_, {}, {}), secret_names());  // refuses what librdkafka will not take, without I/O
}

Source::~Source() {
  if (session_) stop(0);
}

void Source::start() {
  connection_ = read_connection();
  open();
}

ConnectionProperties Source::read_connection() {
  ConnectionProperties properties;
  if (!chain_) return properties;
  generation_ = chain_.generation();
  chain_.properties(settings_.bootstrap_joined,
                    [&](std::string_view name, std::string_view value, bool) { properties.add(name, value); });
  return properties;
}

void Source::open() {
  Assignment::Shared shared{settings_, millrace::Streams(host_), host_.log(),   health_,
                            timing_,   last_stream_id_,          lost_records_, told_host_};
  session_ = std::make_unique<Session>(shared, connection_, tuning_, host_, attributes_, wakeup_);
}

std::unique_ptr<Records> Source::poll(Credit credit) {
  const std::int64_t until = now_ns() + std::int64_t{credit.timeout_ms} * kMillisecond;
  told_host_ = false;
  for (;;) {
    const std::int64_t now = now_ns();
    serve(now, wakeup_.drain());
    const std::uint64_t looks = session_ ? session_->looks_ended() : 0;
    if (credit.records > 0 && session_)
      if (auto records = session_->take(credit)) return records;
    if (interrupted_.exchange(false) || told_host_ || now >= until) return nullptr;
    wakeup_.wait_for_news(std::min(until, session_ ? session_->next_wake() : open_at_),
                          [&] { return interrupted_.load() || (session_ && session_->looks_ended() != looks); });
  }
}

void Source::serve(std::int64_t now, bool woken) {
  std::erase_if(retired_, [](const auto& client) { return !client->in_use(); });
  if (!session_) {
    if (now < open_at_) return;
    try {
      if (chain_ && chain_.generation() != generation_) connection_ = read_connection();
      open();
    } catch (const Error& error) {
      host_.health().broken(error);
      open_at_ = now + timing_.blocked_retry;
      return;
    }
  }
  follow_rotation();
  session_->serve(now, woken);
  change_client(now);
}

void Source::follow_rotation() {
  if (!chain_ || chain_.generation() == generation_) return;
  try {
    ConnectionProperties fresh = read_connection();
    if (fresh == connection_) return;
    if (fresh.differs_only_in_credentials(connection_))
      session_->take_credentials(fresh);
    else
      rotate_ = true;
    connection_ = std::move(fresh);
  } catch (const Error& error) {
    // The old properties may still do; the next generation is another chance.
    host_.log().warn("the new connection properties cannot be used", {field("because", error.what())});
  }
}

void Source::change_client(std::int64_t now) {
  const Session::Wish wish = session_->wish();
  if (wish == Session::Wish::kNone && !rotate_) return;
  if (!session_->give_up(now)) return;  // the host still finishes what it has
  const bool in_trouble = health_.has(Subject::kClient) || health_.has(Subject::kGroup);
  if (wish == Session::Wish::kReopenAsStranger) settings_.static_member_id.clear();
  tuning_ = session_->better_tuning();
  rotate_ = false;
  open_at_ = in_trouble ? now + timing_.reopen : now;
  retire_session(now + kCloseToReopen);
}

void Source::retire_session(std::int64_t close_deadline_ns) {
  session_->close(close_deadline_ns);
  std::unique_ptr<Client> client = session_->retire();
  session_.reset();  // the partitions' queues go before the handle
  retired_.push_back(std::move(client));
}

void Source::commit(std::span<const mr_position> positions, std::uint64_t deadline_ns) {
  if (session_) session_->commit(positions, deadline_ns);
}

void Source::set_paused(std::span<const std::uint64_t> ids, bool paused) {
  if (session_) session_->set_paused(ids, paused);
}

void Source::release_streams(std::span<const std::uint64_t> ids) {
  if (session_) session_->release(ids);
}

void Source::interrupt() noexcept {
  interrupted_.store(true);
  // A poll() that is not asleep looks before it falls asleep. Signalled nonetheless, it would look into every queue
  // anew, once for each answer of the sink.
  wakeup_.signal_sleeper();
}

void Source::stop(std::uint64_t deadline_ns) {
  if (session_) retire_session(static_cast<std::int64_t>(deadline_ns));
  for (auto& client : retired_) {
    // Questions are short, and signal when they are done.
    while (client->working()->load() != 0) {
      wakeup_.drain();
      wakeup_.wait_until(now_ns() + 10 * kMillisecond);
    }
    if (client->outstanding()->load() == 0) continue;
    // Destroying it would wait for messages that nobody is left to give back.
    host_.log().error("batches are still held at stop; leaving the client behind");
    static_cast<void>(client.release());
  }
  retired_.clear();
}

}  // namespace millrace::kafka
