// Coverage: how often each kind of event, action, answer and fault happened over all seeds of a run. A kind that hardly
// ever happens proves nothing, so the run fails when one stays below its floor.
//
// Confined to the main thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

#include "runtime/pipeline/action.h"
#include "runtime/pipeline/event.h"

namespace millrace::simulation {

inline constexpr const char* kEventNames[] = {"Tick",           "Polled",  "Answered",     "Encoded",  "Assigned",
                                              "Revoking",       "Lost",    "FilterFailed", "Reported", "Oversize",
                                              "EncodeFailed",   "Refused", "Copied",       "Spooled",  "SpoolFailed",
                                              "CommitAnswered", "Lease",   "Stop"};
inline constexpr const char* kActionNames[] = {"Poll",   "Encode",         "Submit",   "Discard", "Release",
                                               "Pause",  "Copy",           "FreeBody", "Spool",   "Refilter",
                                               "Commit", "ReleaseStreams", "Health",   "Stopped"};
static_assert(std::size(kEventNames) == std::variant_size_v<pipeline::Event>);
static_assert(std::size(kActionNames) == std::variant_size_v<pipeline::Action>);

struct Coverage {
  std::uint64_t events[std::size(kEventNames)] = {};
  std::uint64_t actions[std::size(kActionNames)] = {};
  std::map<std::string, std::uint64_t> faults, answers;
  std::uint64_t delivered = 0, duplicates = 0, dead_letters = 0, gaps = 0, seeds = 0;

  std::uint64_t all_events() const {
    std::uint64_t sum = 0;
    for (std::uint64_t n : events) sum += n;
    return sum;
  }
  // Prints the table; false when a kind stayed below `floor`.
  bool print(std::uint64_t floor) const {
    bool enough = true;
    const auto line = [&](const char* what, const std::string& name, std::uint64_t n) {
      std::printf("  %-7s %-28s %10llu%s\n", what, name.c_str(), static_cast<unsigned long long>(n),
                  n < floor ? "   <-- too few" : "");
      enough = enough && n >= floor;
    };
    for (std::size_t i = 0; i < std::size(kEventNames); ++i) line("event", kEventNames[i], events[i]);
    for (std::size_t i = 0; i < std::size(kActionNames); ++i) line("action", kActionNames[i], actions[i]);
    for (const auto& [name, n] : answers) line("answer", name, n);
    for (const auto& [name, n] : faults) line("fault", name, n);
    std::printf(
        "  records: %llu delivered, %llu of them again after a fault, %llu dead-lettered, %llu expired unread\n",
        static_cast<unsigned long long>(delivered), static_cast<unsigned long long>(duplicates),
        static_cast<unsigned long long>(dead_letters), static_cast<unsigned long long>(gaps));
    return enough;
  }
};

}  // namespace millrace::simulation
