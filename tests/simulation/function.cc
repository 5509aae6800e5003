// See function.h.
#include "tests/simulation/function.h"

#include "tests/simulation/host.h"
#include "tests/simulation/world.h"

namespace millrace::simulation {

using pipeline::kMillisecond;
using pipeline::kSecond;
using pipeline::Outcome;

namespace {

// What it will say. `works`: how many of the records it really handles is decided by work().
Answer decide(World& world, const Invocation& invocation) {
  Random& random = world.random();
  Answer answer{invocation.request, invocation.ticket, Outcome::kDone, 0, {}};
  const auto records = static_cast<std::uint32_t>(invocation.items.size());
  if (world.is(Fault::kBlocked)) {
    answer.outcome = Outcome::kBlocked;
  } else if (world.is(Fault::kTooLarge) && records > random.between(1, 4)) {
    answer.outcome = Outcome::kTooLarge;
  } else if (world.is(Fault::kTooLarge) && records == 1 && random.chance(0.1)) {
    answer.outcome = Outcome::kTooLarge;
  } else if (world.is(Fault::kThrottle) && random.chance(0.6)) {
    answer.outcome = Outcome::kBusy;
    answer.retry_after = random.between(100 * kMillisecond, 2 * kSecond);
  } else if (world.is(Fault::kBusy) && random.chance(0.6)) {
    answer.outcome = Outcome::kBusy;
  } else if (world.is(Fault::kFunctionErrors) && random.chance(0.5)) {
    answer.outcome = Outcome::kRetry;
  } else if (world.is(Fault::kUnknownOutcome) && random.chance(0.5)) {
    answer.outcome = static_cast<Outcome>(random.between(7, 4'000'000'000));
  } else if (world.is(Fault::kReject) && random.chance(0.2)) {
    answer.outcome = Outcome::kReject;
  } else if ((world.is(Fault::kPartial) || world.is(Fault::kBadPartial)) && random.chance(0.6)) {
    answer.outcome = Outcome::kPartial;
    for (std::uint32_t i = 0; i < records; ++i)
      if (random.chance(0.4)) answer.failed.push_back(i);
    if (world.is(Fault::kBadPartial) && random.chance(0.5)) {
      if (random.chance(0.5))
        answer.failed.push_back(records + static_cast<std::uint32_t>(random.below(5)));
      else
        answer.failed.insert(answer.failed.begin(), records - 1), answer.failed.push_back(0);
    }
  }
  return answer;
}

bool makes_sense(const Answer& answer, std::size_t records) {
  std::int64_t last = -1;
  for (std::uint32_t index : answer.failed) {
    if (index <= last || index >= records) return false;
    last = index;
  }
  return true;
}

void work(World& world, const Invocation& invocation, const Answer& answer, bool answer_is_lost) {
  if (answer.outcome != Outcome::kDone && answer.outcome != Outcome::kPartial && !answer_is_lost) return;
  const bool sense = makes_sense(answer, invocation.items.size());
  std::size_t at = 0;
  StreamId failed_stream = 0;
  for (std::uint32_t i = 0; i < invocation.items.size(); ++i) {
    const Invocation::Item& item = invocation.items[i];
    if (sense && at < answer.failed.size() && answer.failed[at] == i) {
      ++at;
      failed_stream = item.stream;
      continue;
    }
    // Delivered, but its watermark waits at a failed one before it, or the host will not believe it.
    const bool excused = answer_is_lost || !sense || failed_stream == item.stream;
    world.cluster().delivered(item.stream, *item.record, excused);
  }
}

}  // namespace

void invoke(World& world, Invocation invocation) {
  Random& random = world.random();
  Answer answer = decide(world, invocation);
  const bool lost = answer.outcome == Outcome::kDone && world.is(Fault::kLostAnswer) && random.chance(0.4);
  if (lost) answer.outcome = Outcome::kBusy;
  static const char* const kNames[] = {"done", "retry", "reject", "partial", "busy", "blocked", "too large", "unknown"};
  ++world.coverage().answers[kNames[std::min<std::size_t>(static_cast<std::size_t>(answer.outcome), 7)]];

  if (world.is(Fault::kDoneInsideSubmit) && random.chance(0.5)) {
    work(world, invocation, answer, lost);
    ++world.coverage().answers["done() inside submit()"];
    world.host(invocation.host)->answer(answer);
    return;
  }
  Time worked = random.between(kMillisecond, 20 * kMillisecond), answered = worked;
  if (world.is(Fault::kHang) && random.chance(0.3)) {
    ++world.coverage().answers["hang, then late"];
    answered += random.between(kSecond, 20 * kSecond);
    if (random.chance(0.5)) worked = answered;
  }
  const auto say = [&world](std::uint64_t to, const Answer& what) {
    if (Host* host = world.host(to)) host->answer(what);
  };
  const std::uint64_t to = invocation.host;
  world.after(worked, [&world, invocation, answer, lost] { work(world, invocation, answer, lost); });
  world.after(answered, [say, to, answer] { say(to, answer); });
  if (world.is(Fault::kDoneTwice) && random.chance(0.5)) {
    ++world.coverage().answers["done() twice"];
    Answer second = answer;
    second.outcome = random.chance(0.5) ? Outcome::kDone : Outcome::kRetry;
    second.failed.clear();
    world.after(answered + random.below(3 * kMillisecond), [say, to, second] { say(to, second); });
  }
  if (world.is(Fault::kDoneAfterTheEnd) && random.chance(0.5)) {
    ++world.coverage().answers["done() after the end"];
    world.after(answered + random.between(kSecond, 10 * kSecond), [say, to, answer] { say(to, answer); });
  }
}

}  // namespace millrace::simulation
