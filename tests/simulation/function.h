// The model function with the sink in front of it: takes a request, does its work or not, and answers: well, late,
// twice, never, or with nonsense, as the weather has it.
//
// What it did is told to the ledger when it does it; what it says reaches the host through the inbox.
#pragma once

#include <vector>

#include "runtime/pipeline/event.h"
#include "tests/simulation/cluster.h"

namespace millrace::simulation {

class World;

struct Invocation {
  std::uint64_t host = 0;
  pipeline::RequestId request = 0;
  pipeline::Ticket ticket = 0;
  struct Item {
    StreamId stream;
    Record* record;
  };
  std::vector<Item> items;
};

struct Answer {
  pipeline::RequestId request = 0;
  pipeline::Ticket ticket = 0;
  pipeline::Outcome outcome = pipeline::Outcome::kDone;
  pipeline::Duration retry_after = 0;
  std::vector<std::uint32_t> failed;
};

void invoke(World& world, Invocation invocation);

}  // namespace millrace::simulation
