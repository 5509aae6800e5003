// The judgement over a History; what is judged stands in checker.h.
//
// Each stream gets its produced offsets in ascending order and, for each, the time at which it was finished. The
// highest such time over all records before index i, `finished_before[i]`, answers both questions: may record i be
// sent, and may its offset be committed? Never finished is the largest time.
#include "tests/e2e/ledger/checker.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace millrace::e2e {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

struct Fate {
  std::int64_t offset = 0;
  std::uint64_t hash = 0;
  std::uint64_t finished_ns = kNever;
  std::uint64_t begun_ns = 0;     // when the request of the latest success was received
  std::uint64_t answered_ns = 0;  // and when it was answered
  std::size_t successes = 0;
  bool excused = false;
};

struct Stream {
  std::vector<Fate> fates;                     // by offset
  std::vector<std::uint64_t> finished_before;  // one longer than fates

  std::size_t index_of(std::int64_t offset) const {  // of the first record at or after `offset`
    return static_cast<std::size_t>(
        std::lower_bound(fates.begin(), fates.end(), offset,
                         [](const Fate& fate, std::int64_t at) { return fate.offset < at; }) -
        fates.begin());
  }
  Fate* find(std::int64_t offset) {
    const std::size_t index = index_of(offset);
    return index < fates.size() && fates[index].offset == offset ? &fates[index] : nullptr;
  }
};

class Judge {
 public:
  Judge(const History& history, const Expectations& expectations)
      : history_(history), expectations_(expectations), streams_(history.streams.size()) {}

  Report judge() {
    place_records();
    place_fates();
    bound_repetitions();
    judge_loss();
    if (expectations_.ordered) judge_order();
    judge_commits();
    return std::move(report_);
  }

 private:
  void blame(const std::string& kind, StreamId stream, std::int64_t offset, const std::string& text) {
    if (++report_.kinds[kind] <= 5)
      report_.violations.push_back(kind + ": " + history_.streams[stream] + " offset " + std::to_string(offset) + ": " +
                                   text);
  }

  // The first disturbance in a span of time, or kNever.
  std::uint64_t disturbance(std::uint64_t from, std::uint64_t until) const {
    const auto next = std::lower_bound(history_.disturbances.begin(), history_.disturbances.end(), from);
    return next != history_.disturbances.end() && *next <= until ? *next : kNever;
  }

  void judge_repetition(const Fate& fate, StreamId stream, std::uint64_t again_ns) {
    const std::uint64_t disturbed = disturbance(fate.begun_ns, again_ns);
    if (expectations_.no_duplicates || disturbed == kNever)
      return blame("duplicate", stream, fate.offset, "was delivered again although nothing was killed meanwhile");
    Repetition& repetition = report_.repetitions[disturbed];
    ++repetition.again;
    if (fate.answered_ns >= disturbed) return;
    const std::uint64_t age = disturbed - fate.answered_ns;
    repetition.oldest_ns = std::max(repetition.oldest_ns, age);
    if (expectations_.committed_within_ns != 0 && age > expectations_.committed_within_ns)
      blame("late commit", stream, fate.offset,
            "was delivered again although it was finished " + std::to_string(age / 1'000'000) +
                " ms before something was killed");
  }

  // How much each disturbance could have repeated.
  void bound_repetitions() {
    for (auto& [disturbed, repetition] : report_.repetitions) {
      const auto next = std::upper_bound(history_.disturbances.begin(), history_.disturbances.end(), disturbed);
      const std::uint64_t over = next == history_.disturbances.end() ? disturbed : *next;
      for (const Invocation& invocation : history_.invocations) {
        if (invocation.outcome != Outcome::kDone || invocation.received_ns > over) continue;
        if (invocation.answered_ns >= disturbed)
          repetition.in_flight += invocation.items.size();
        else if (disturbed - invocation.answered_ns <= expectations_.committed_within_ns)
          repetition.finished += invocation.items.size();
      }
    }
  }

  void place_records() {
    for (const Item& item : history_.produced) streams_[item.stream].fates.push_back({item.offset, item.hash});
    for (Stream& stream : streams_)
      std::sort(stream.fates.begin(), stream.fates.end(),
                [](const Fate& a, const Fate& b) { return a.offset < b.offset; });
    report_.produced = history_.produced.size();
  }

  void place_fates() {
    for (const Excuse& excuse : history_.excuses)
      if (Fate* fate = streams_[excuse.stream].find(excuse.offset)) {
        fate->excused = true;
        fate->finished_ns = std::min(fate->finished_ns, excuse.at_ns);
      }
    for (const Invocation& invocation : history_.invocations) {
      ++report_.invocations;
      if (invocation.outcome != Outcome::kDone) ++report_.refused;
      for (const Item& item : invocation.items) {
        Fate* fate = streams_[item.stream].find(item.offset);
        if (fate == nullptr) {
          blame("invention", item.stream, item.offset, "was delivered, but nobody produced it");
          continue;
        }
        if (fate->hash != item.hash)
          blame("bytes", item.stream, item.offset, "key, value, headers or timestamp differ from what was produced");
        if (invocation.outcome != Outcome::kDone) continue;
        if (fate->successes++ > 0) {
          ++report_.duplicates;
          ++report_.duplicates_by_stream[history_.streams[item.stream]];
          judge_repetition(*fate, item.stream, invocation.received_ns);
        }
        fate->begun_ns = invocation.received_ns;
        fate->answered_ns = invocation.answered_ns;
        fate->finished_ns = std::min(fate->finished_ns, invocation.answered_ns);
      }
    }
    for (Stream& stream : streams_) {
      stream.finished_before.assign(1, 0);
      for (const Fate& fate : stream.fates)
        stream.finished_before.push_back(std::max(stream.finished_before.back(), fate.finished_ns));
    }
  }

  void judge_loss() {
    for (StreamId id = 0; id < streams_.size(); ++id)
      for (const Fate& fate : streams_[id].fates) {
        if (fate.successes > 0) ++report_.delivered;
        if (expectations_.complete && fate.successes == 0 && !fate.excused)
          blame("loss", id, fate.offset, "was produced and never delivered with success");
        if (expectations_.one_fate && fate.successes > 0 && fate.excused)
          blame("two fates", id, fate.offset, "was delivered with success and also dead-lettered or filtered");
      }
  }

  void judge_order() {
    std::vector<std::size_t> next(streams_.size());
    std::unordered_set<StreamId> seen;
    for (const Invocation& invocation : history_.invocations) {
      seen.clear();
      for (const Item& item : invocation.items) {
        const Stream& stream = streams_[item.stream];
        const std::size_t index = stream.index_of(item.offset);
        if (seen.insert(item.stream).second) {
          if (stream.finished_before[index] > invocation.received_ns)
            blame("overtaken", item.stream, item.offset,
                  "was sent while an earlier record of the stream was not finished");
        } else {
          // Only excused records may be left out between two records of a request.
          std::size_t expected = next[item.stream];
          while (expected < index && stream.fates[expected].excused) ++expected;
          if (expected != index)
            blame("gap", item.stream, item.offset, "does not follow the record before it in the request");
        }
        next[item.stream] = index + 1;
      }
    }
  }

  void judge_commits() {
    std::vector<std::int64_t> highest(streams_.size(), -1);
    for (const CommitSample& sample : history_.samples) {
      const Stream& stream = streams_[sample.stream];
      if (stream.finished_before[stream.index_of(sample.offset)] > sample.answered_ns)
        blame("commit", sample.stream, sample.offset, "was committed while an earlier record was not finished");
      if (sample.offset < highest[sample.stream])
        blame("commit back", sample.stream, sample.offset,
              "was committed after " + std::to_string(highest[sample.stream]));
      highest[sample.stream] = std::max(highest[sample.stream], sample.offset);
    }
  }

  const History& history_;
  const Expectations& expectations_;
  std::vector<Stream> streams_;
  Report report_;
};

}  // namespace

Report check(const History& history, const Expectations& expectations) {
  return Judge(history, expectations).judge();
}

std::string Report::to_string() const {
  std::string text = std::to_string(produced) + " produced, " + std::to_string(delivered) + " delivered in " +
                     std::to_string(invocations) + " invocations (" + std::to_string(refused) + " without success), " +
                     std::to_string(duplicates) + " duplicates";
  std::size_t number = 0;
  for (const auto& [disturbed, repetition] : repetitions) {
    text += "\n  disturbance " + std::to_string(++number) + ": " + std::to_string(repetition.again) +
            " delivered again; in flight " + std::to_string(repetition.in_flight) +
            ", finished and perhaps uncommitted " + std::to_string(repetition.finished) + "; the oldest was finished " +
            std::to_string(repetition.oldest_ns / 1'000'000) + " ms before it";
  }
  for (const auto& [kind, count] : kinds) text += "\n" + std::to_string(count) + " × " + kind;
  for (const std::string& violation : violations) text += "\n  " + violation;
  return text;
}

}  // namespace millrace::e2e
