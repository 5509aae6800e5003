// Cells: what is measured, by name. A drain cell is one topic read by several clients; a scenario has its own story.
//
// Names are paths that a pattern can pick: 100B/none/plaintext/batch-1000, 1KiB/lz4/tls/batch-100, 50ms/...,
// memory/..., latency, scale/....
//
// Used by main.cc. Values only.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace millrace::bench {

constexpr int kPartitions = 12;

struct Load {
  std::size_t bytes = 100;  // of each value
  std::size_t records = 0;
  bool lz4 = false;
  std::string size_name() const;
  std::string topic() const;
};

// A program that reads the topic. The ceiling and the rival are what Millrace is held against.
struct Client {
  enum class Kind { kCeiling, kRival, kCommand, kMillrace } kind = Kind::kMillrace;
  std::string name = {};  // its row
  std::string sink = {};  // of Millrace: lambda, grpc or grpc-stream
  bool sign = false, filter = false;
  std::string command = {};  // of kCommand; see options.cc
};

struct Drain {
  Load load;
  bool tls = false;
  int batch = 1000;
  std::chrono::milliseconds delay{0};  // of the function
  int in_flight = kPartitions;         // one request a partition: the most that order allows. The rival posts as many
  std::vector<Client> clients = {};
  bool headline = false;  // held to the bars of the headline
  std::string name() const;
};

// The drains of a set: "headline" (four cells) or "full" (the grid, the function that takes 50 ms). Sizes are
// multiplied by `scale`, for a trial run.
std::vector<Drain> drains(const std::string& set, double scale);

// The same for scenarios.
std::vector<std::string> scenarios(const std::string& set);

// Whether one of the comma-separated shell patterns fits the name; none at all fits everything.
bool fits(const std::string& patterns, const std::string& name);

}  // namespace millrace::bench
