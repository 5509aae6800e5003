// The problems that exist right now, one place for each subject, and the worst of them reported to the host.
//
// Invariant: the host is told of every change of the worst problem and of nothing else, so a flapping connection does
// not flood it; healthy is reported once all places are empty.
//
// Used by session.cc and its parts. Confined to the source's thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "health_classifier.h"

namespace millrace::kafka {

// In the order in which they are shown when two are equally bad: a broken connection explains the rest.
enum class Subject : std::size_t { kConnection, kClient, kAuthorization, kTopics, kGroup, kOffsets, kCommits, kCount };

class HealthBoard {
 public:
  explicit HealthBoard(Health health) noexcept : health_(health) {}

  void set(Subject subject, Problem problem) {
    auto& place = places_[index(subject)];
    if (place && place->same_as(problem)) return;
    place = std::move(problem);
    publish();
  }
  void clear(Subject subject) {
    auto& place = places_[index(subject)];
    if (!place) return;
    place.reset();
    publish();
  }
  bool has(Subject subject) const { return places_[index(subject)].has_value(); }
  // Says the present state even when it did not change: once, after start().
  void publish() {
    const Problem* worst = nullptr;
    for (const auto& place : places_)
      if (place && (worst == nullptr || place->state > worst->state)) worst = &*place;
    if (worst == nullptr) return health_.healthy();
    const Error error = worst->to_error();
    worst->state == MR_BROKEN ? health_.broken(error) : health_.degraded(error);
  }

 private:
  static std::size_t index(Subject subject) { return static_cast<std::size_t>(subject); }
  Health health_;
  std::array<std::optional<Problem>, static_cast<std::size_t>(Subject::kCount)> places_;
};

}  // namespace millrace::kafka
