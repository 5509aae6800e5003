#include "session.h"

#include <limits>

namespace millrace::kafka {
namespace {

constexpr std::int64_t kCauseIsOld = 60 * kSecond;
constexpr std::int64_t kSilence =
    2'500 * kMillisecond;  // a cluster that is there answers sooner, TLS and SASL included

std::int64_t known(std::int64_t offset) {
  return offset < 0 ? -1 : offset;
}

// The brokers' own codes are positive: whatever they say, they were there to say it.
bool unanswered(rd_kafka_resp_err_t error) {
  return error < 0 && error != RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
}

Taker make_taker(const Client& client, std::uint32_t needs) {
  return {client.outstanding(), (needs & MR_NEED_HEADERS) != 0};
}

// Another protocol is said as a problem when the group refuses this member for it.
bool speaks(std::string_view assignor) {
  return assignor == "range" || assignor == "roundrobin" || assignor == "cooperative-sticky";
}

}  // namespace

Session::Session(Assignment::Shared shared, const ConnectionProperties& connection, Tuning tuning, const Host& host,
                 std::span<const mr_field> attributes, Wakeup& wakeup)
    : shared_(shared),
      wakeup_(wakeup),
      tuning_(tuning),
      better_tuning_(std::move(tuning)),
      client_(std::make_unique<Client>(client_config(shared.settings, connection, tuning_), secret_names(),
                                       connection.get("tls.server_name"), wakeup)),
      admin_(*client_, host.executor(), shared.settings.group, shared.timing.request_timeout_ms),
      starts_(shared.settings, admin_, host.state(), shared.log, shared.health, shared.timing),
      read_ahead_(
          [taker = make_taker(*client_, shared.host.needs())](rd_kafka_queue_t* queue, std::int64_t next,
                                                              std::size_t most) mutable {
            return taker.take(queue, next, most, FetchedRecords::Keeping::kCopies);
          },
          wakeup),
      committer_(*client_, streams_, shared.log, shared.health, shared.timing),
      assignment_(shared, *client_, admin_, starts_, streams_, committer_),
      poller_(make_taker(*client_, shared.host.needs()), streams_, read_ahead_, attributes,
              [this](Stream& stream, rd_kafka_resp_err_t error, const char* text) {
                if (error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
                  return assignment_.on_position_lost(stream, now_ns());
                if (classify(error, text, 0).kind == Kind::kUnknownTopic) starts_.note_unknown(stream.topic, now_ns());
                on_error(error, text, false, now_ns());
              }),
      opened_at_(now_ns()) {}

void Session::serve(std::int64_t now, bool woken) {
  if (woken) streams_.wake_all();
  serve_events(now);
  serve_replies(now);
  starts_.step(now);
  subscribe_when_ready(now);
  assignment_.step(now);
  committer_.step(now);
  watch_connection(now);
  if (now >= report_at_) report(now);
}

void Session::serve_events(std::int64_t now) {
  while (const Event event = client_->next_event()) {
    switch (rd_kafka_event_type(event.get())) {
      case RD_KAFKA_EVENT_REBALANCE:
        assignment_.on_rebalance(event.get(), now);
        break;
      case RD_KAFKA_EVENT_ERROR: {
        const char* text = rd_kafka_event_error_string(event.get());
        const bool fatal = rd_kafka_event_error_is_fatal(event.get()) != 0;
        on_error(rd_kafka_event_error(event.get()), text == nullptr ? "" : text, fatal, now);
        break;
      }
      case RD_KAFKA_EVENT_LOG:
        on_log(event.get(), now);
        break;
      case RD_KAFKA_EVENT_STATS:
        if (!names_no_broker(rd_kafka_event_stats(event.get()))) break;
        shared_.log.warn("the cluster named no broker; asking the bootstrap servers again",
                         {field("bootstrap_servers", shared_.settings.bootstrap_joined)});
        rd_kafka_brokers_add(client_->handle(), shared_.settings.bootstrap_joined.c_str());
        break;
      case RD_KAFKA_EVENT_FETCH:
        // The watermark would pass a record that nobody delivered: start over from what is committed.
        on_error(RD_KAFKA_RESP_ERR__INCONSISTENT, "a record arrived on the consumer queue", true, now);
        break;
      default:
        break;
    }
  }
}

void Session::serve_replies(std::int64_t now) {
  while (const Event event = client_->next_reply()) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_OFFSET_COMMIT) {
      if (committer_.on_event(event.get(), now)) report_at_ = 0;  // the host learns at once
      continue;
    }
    admin_.on_event(event.get());
  }
  admin_.serve_inbox();
}

void Session::on_error(rd_kafka_resp_err_t error, std::string_view text, bool fatal, std::int64_t now) {
  const Verdict verdict = classify(error, text, client_->certificate_error(), fatal);
  if (verdict.kind != Kind::kNothing)
    shared_.log.debug("the client reports an error", {field("error", rd_kafka_err2name(error)), field("text", text)});
  switch (verdict.kind) {
    case Kind::kNothing:
      return;
    case Kind::kNetwork:
      return note_cause(text, now);
    case Kind::kAllDown:
      if (!shared_.health.has(Subject::kConnection)) say_unreachable();
      return;
    case Kind::kConnection:
      silence_said_ = false;
      shared_.health.set(Subject::kConnection, verdict.problem);
      probe_at_ = now + shared_.timing.probe;
      return;
    case Kind::kUnknownTopic:
      for (const std::string& topic : shared_.settings.topics)
        if (text.find(" " + topic + ":") != std::string_view::npos) starts_.note_unknown(topic, now);
      return;
    case Kind::kUnauthorized:
      shared_.health.set(Subject::kAuthorization, verdict.problem);
      return;
    case Kind::kPollExceeded:
      shared_.health.set(Subject::kGroup, verdict.problem);
      return;
    case Kind::kGroupProtocol:
      shared_.health.set(Subject::kGroup, verdict.problem);
      wish_ = Wish::kReopen;
      return;
    case Kind::kFatal:
      shared_.log.error("the client failed", {field("text", text)});
      shared_.health.set(Subject::kClient, verdict.problem);
      assignment_.lose_everything();
      wish_ = error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID ? Wish::kReopenAsStranger : Wish::kReopen;
      return;
  }
}

void Session::say_unreachable() {
  shared_.health.set(Subject::kConnection, unreachable(shared_.settings.bootstrap_joined, first_cause_));
}

void Session::note_cause(std::string_view text, std::int64_t now) {
  suspect_ = true;
  if (!says_more(text, first_cause_) && now - first_cause_at_ <= kCauseIsOld) return;
  first_cause_ = std::string(text);
  first_cause_at_ = now;
}

void Session::on_log(rd_kafka_event_t* event, std::int64_t now) {
  const char *facility = nullptr, *text = nullptr;
  int level = 0;
  if (rd_kafka_event_log(event, &facility, &text, &level) != 0) return;
  // What a line means for an operator is said as health, in our words; below critical the line itself is for debugging.
  shared_.log.write(level <= 2 ? MR_WARN : MR_DEBUG, text, {field("librdkafka", facility)});
  if (std::string_view(facility) != "FAIL") return;
  // A broker that hangs up is only logged. The line begins with the thread's name.
  const std::string_view line(text);
  const std::size_t end = line.find("]: ");
  note_cause(end == std::string_view::npos ? line : line.substr(end + 3), now);
}

void Session::subscribe_when_ready(std::int64_t now) {
  if (wish_ != Wish::kNone) return;
  if (!group_known_ && !group_asked_ && now >= group_ask_at_) {
    group_asked_ = true;
    admin_.describe_group([this](const Answer& answer) {
      group_asked_ = false;
      if (unanswered(answer.error)) {
        group_ask_at_ = now_ns() + shared_.timing.retry;
        return;
      }
      group_known_ = true;  // a cluster that cannot or will not say leaves us the default
      if (speaks(answer.protocol)) better_tuning_.assignor = answer.protocol;
    });
  }
  if (!group_known_ || !starts_.looked_at_all()) return;
  const std::vector<std::string> ready = starts_.ready_topics();
  if (ready == subscribed_) return;
  if (subscribed_.empty()) {
    better_tuning_.partitions = starts_.partitions_in_all();
    if (!(better_tuning_ == tuning_)) {
      wish_ = Wish::kReopen;
      return;
    }
  }
  const PartitionList list = make_list(static_cast<int>(ready.size()));
  for (const std::string& topic : ready)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto refused = rd_kafka_subscribe(client_->handle(), list.get()); refused != RD_KAFKA_RESP_ERR_NO_ERROR)
    return on_error(refused, rd_kafka_err2str(refused), false, now);
  shared_.log.info("subscribed", {field("group", shared_.settings.group), field("assignor", tuning_.assignor)});
  subscribed_ = ready;
}

void Session::watch_connection(std::int64_t now) {
  if (starts_.answers() > 0) {
    if (std::exchange(silence_said_, false)) shared_.health.clear(Subject::kConnection);
  } else if (now - opened_at_ >= kSilence && (silence_said_ || !shared_.health.has(Subject::kConnection))) {
    // Said again when the cause becomes known, which for a name or a firewall takes longer.
    silence_said_ = true;
    say_unreachable();
  }
  if ((!suspect_ && !shared_.health.has(Subject::kConnection)) || probing_ || now < probe_at_) return;
  // One connection less may be nothing, and librdkafka does not tell when the first comes back: the group's coordinator
  // answers, or it does not.
  probing_ = true;
  admin_.committed({{shared_.settings.topics.front(), 0}}, [this](const Answer& answer) {
    probing_ = false;
    probe_at_ = now_ns() + shared_.timing.probe;
    if (unanswered(answer.error)) {
      if (!shared_.health.has(Subject::kConnection)) say_unreachable();
      return;
    }
    suspect_ = false;
    first_cause_.clear();
    shared_.health.clear(Subject::kConnection);
  });
}

void Session::report(std::int64_t now) {
  report_at_ = now + shared_.timing.report;
  if (streams_.empty()) return;
  const PartitionList positions = make_list(static_cast<int>(streams_.all().size()));
  for (const auto& stream : streams_.all())
    rd_kafka_topic_partition_list_add(positions.get(), stream->topic.c_str(), stream->partition);
  rd_kafka_position(client_->handle(), positions.get());
  std::vector<mr_stream_state> states;
  states.reserve(streams_.all().size());
  for (std::size_t i = 0; i < streams_.all().size(); ++i) {
    Stream& stream = *streams_.all()[i];
    std::int64_t begin = -1, end = -1;
    rd_kafka_get_watermark_offsets(client_->handle(), stream.topic.c_str(), stream.partition, &begin, &end);
    // librdkafka's position also passes control records and holes; it is not set before the first record. It passes as
    // well what was read ahead, which the host does not have yet.
    const std::int64_t passed = stream.ahead.is_idle() ? known(positions->elems[i].offset) : -1;
    const std::int64_t next = std::max(stream.next, passed);
    states.push_back({stream.id, known(begin), known(end), next, stream.committed});
  }
  shared_.host.report(states);
}

std::int64_t Session::next_wake() const {
  std::int64_t at = std::min({starts_.next_wake(), assignment_.next_wake(), committer_.next_wake()});
  if (!streams_.empty()) at = std::min(at, report_at_);
  if (!group_known_ && !group_asked_) at = std::min(at, group_ask_at_);
  if ((suspect_ || shared_.health.has(Subject::kConnection)) && !probing_) at = std::min(at, probe_at_);
  if (starts_.answers() == 0 && !shared_.health.has(Subject::kConnection)) at = std::min(at, opened_at_ + kSilence);
  return at;
}

void Session::commit(std::span<const mr_position> positions, std::uint64_t deadline_ns) {
  for (const mr_position& position : positions)
    if (Stream* stream = streams_.by_id(position.stream_id)) committer_.want(*stream, position.next);
  std::int64_t now = now_ns();
  committer_.send_now(now);
  if (deadline_ns == 0) return;
  const auto deadline = static_cast<std::int64_t>(deadline_ns);
  const auto durable = [&] {
    return std::all_of(positions.begin(), positions.end(), [&](const mr_position& p) {
      const Stream* stream = streams_.by_id(p.stream_id);
      return stream == nullptr || stream->committed >= p.next;
    });
  };
  while (!durable()) {
    if (!committer_.waiting() && generation_is_over(committer_.last_error()))
      throw Error(MR_ABORTED,
                  "The group has given this host's partitions to others; their positions are not committed.")
          .id("MR3021")
          .detail(rd_kafka_err2str(committer_.last_error()));
    if (now >= deadline)
      throw Error(MR_DEADLINE_EXCEEDED, "The positions could not be committed in time.")
          .id("MR3029")
          .detail(committer_.last_error() == RD_KAFKA_RESP_ERR_NO_ERROR ? "The group's coordinator did not answer."
                                                                        : rd_kafka_err2str(committer_.last_error()))
          .hint("What was delivered since the last commit comes again after a restart.");
    wakeup_.wait_until(std::min(deadline, committer_.next_wake()));
    now = now_ns();
    if (wakeup_.drain()) streams_.wake_all();
    serve_replies(now);
    committer_.step(now);
  }
}

void Session::set_paused(std::span<const std::uint64_t> ids, bool paused) {
  for (const std::uint64_t id : ids)
    if (Stream* stream = streams_.by_id(id)) stream->paused = paused;
}

void Session::take_credentials(const ConnectionProperties& connection) {
  const std::string name = connection.get("sasl.username"), password = connection.get("sasl.password");
  const KafkaError refused(rd_kafka_sasl_set_credentials(client_->handle(), name.c_str(), password.c_str()));
  if (refused) shared_.log.warn("the new credentials were refused by the client");
}

}  // namespace millrace::kafka
