#include "poller.h"

#include <algorithm>
#include <utility>

namespace millrace::kafka {
namespace {

// Whatever the credit says, so that one call stays short and its arrays small.
constexpr std::uint32_t kMostRecords = 10'000;
// Up to this mean size of a stream's records they are copied.
constexpr double kMostCopied = 512;
// Reading ahead is for streams that have many records waiting, and holds this much of each at most.
constexpr std::size_t kLeastAhead = 64;
constexpr double kMostBytesAhead = 256 * 1024;

}  // namespace

std::unique_ptr<Records> Poller::take(const Credit& credit) {
  const std::size_t count = streams_.all().size();
  for (std::size_t i = 0; i < count; ++i) {
    if (turn_ >= streams_.all().size()) turn_ = 0;
    Stream& stream = *streams_.all()[turn_++];
    if (!stream.flows() || (stream.ahead.is_idle() ? !stream.may_have_more : !stream.ahead.is_ready())) continue;
    if (auto records = take_from(stream, credit)) return records;
    if (streams_.all().size() != count) return nullptr;  // an error changed the assignment
  }
  return nullptr;
}

std::unique_ptr<Records> Poller::take_from(Stream& stream, const Credit& credit) {
  const double by_bytes = static_cast<double>(credit.bytes) / std::max(stream.average_bytes, 1.0);
  const auto most =
      static_cast<std::size_t>(std::clamp(by_bytes, 1.0, static_cast<double>(std::min(credit.records, kMostRecords))));
  const bool copies = stream.average_bytes <= kMostCopied;
  Taken taken;
  if (!stream.ahead.is_idle()) {
    taken = stream.ahead.take();
  } else {
    stream.may_have_more = false;  // a signal while it is looked at says otherwise
    taken = taker_.take(stream.queue.get(), stream.next, most,
                        copies ? FetchedRecords::Keeping::kCopies : FetchedRecords::Keeping::kMessages);
  }
  if (!taken.is_all) stream.may_have_more = true;
  stream.epochs.note(std::exchange(taken.epochs, {}));
  std::unique_ptr<FetchedRecords> out = std::move(taken.records);
  if (out && out->records.size() > most) {
    taken.records = out->split_after(most);
    stream.ahead.put_back(std::move(taken));
    taken = {};
  }
  if (out) {
    const double average = static_cast<double>(out->bytes()) / static_cast<double>(out->records.size());
    stream.average_bytes = stream.average_bytes * 0.75 + average * 0.25;
    stream.next = out->records.back().position + 1;
    out->streams.push_back({stream.id, str(stream.name), stream.partition, 0});
    out->attributes = attributes_;
    out->seal();
    if (copies) read_ahead(stream, most);
  }
  if (taken.error != RD_KAFKA_RESP_ERR_NO_ERROR) on_error_(stream, taken.error, taken.error_text.c_str());
  return out;
}

void Poller::read_ahead(Stream& stream, std::size_t most) {
  if (!stream.may_have_more || !stream.ahead.is_idle()) return;
  most = std::min(most, static_cast<std::size_t>(kMostBytesAhead / std::max(stream.average_bytes, 1.0)));
  if (most < kLeastAhead) return;
  if (read_ahead_.ask(stream.ahead, stream.queue.get(), stream.next, most)) stream.may_have_more = false;
}

}  // namespace millrace::kafka
