// The table of what `make bench` and `make bench-full` measure; the contract stands in cells.h.
#include "tests/bench/cells.h"

#include <fnmatch.h>

#include <algorithm>

namespace millrace::bench {
namespace {

using Kind = Client::Kind;

const Client kCeiling{Kind::kCeiling, "ceiling"};
const Client kRival{Kind::kRival, "rival"};
const Client kLambda{Kind::kMillrace, "lambda", "lambda"};
const Client kSigned{Kind::kMillrace, "lambda-signed", "lambda", true};
const Client kFiltered{Kind::kMillrace, "lambda-filter", "lambda", false, true};
const Client kGrpc{Kind::kMillrace, "grpc", "grpc"};
const Client kGrpcStream{Kind::kMillrace, "grpc-stream", "grpc-stream"};

Load scaled(std::size_t bytes, bool lz4, double scale) {
  const double records = bytes == 100 ? 5e6 : bytes == 1024 ? 1e6 : 2e4;
  return {bytes, std::max<std::size_t>(240, static_cast<std::size_t>(records * scale)), lz4};
}

}  // namespace

std::string Load::size_name() const {
  if (bytes % 1024 == 0) return std::to_string(bytes / 1024) + "KiB";
  return bytes % 1'000'000 == 0 ? std::to_string(bytes / 1'000'000) + "MB" : std::to_string(bytes) + "B";
}

std::string Load::topic() const {
  return "bench-" + size_name() + (lz4 ? "-lz4" : "");
}

std::string Drain::name() const {
  std::string text = delay.count() > 0 ? std::to_string(delay.count()) + "ms/" : "";
  text += load.size_name() + (load.lz4 ? "/lz4" : "/none") + (tls ? "/tls" : "/plaintext");
  return text + "/batch-" + std::to_string(batch);
}

std::vector<Drain> drains(const std::string& set, double scale) {
  std::vector<Drain> all;
  const bool full = set == "full";
  for (const std::size_t bytes : {100, 1024, 65'536})
    for (const bool lz4 : {false, true})
      for (const bool tls : {false, true})
        for (const int batch : {1000, 100}) {
          const bool headline = bytes != 65'536 && !lz4 && !tls;
          if (!full && !headline) continue;
          Drain drain{.load = scaled(bytes, lz4, scale), .tls = tls, .batch = batch, .headline = headline};
          drain.clients = {kCeiling, kRival, kLambda, kSigned};
          if (full) drain.clients.insert(drain.clients.end(), {kFiltered, kGrpc, kGrpcStream});
          all.push_back(drain);
        }
  if (full)
    for (const int batch : {1000, 100})
      all.push_back({.load = scaled(100, false, scale),
                     .batch = batch,
                     .delay = std::chrono::milliseconds(50),
                     .clients = {kLambda, kGrpc}});
  // Cells of one topic follow each other, so that a topic is filled once and then dropped.
  std::stable_sort(all.begin(), all.end(),
                   [](const Drain& a, const Drain& b) { return a.load.topic() < b.load.topic(); });
  return all;
}

std::vector<std::string> scenarios(const std::string& set) {
  if (set != "full") return {};
  return {"memory/function-hangs", "memory/one-partition-fails", "memory/1MB-records", "latency",
          "scale/200-pipelines",   "scale/2000-partitions"};
}

bool fits(const std::string& patterns, const std::string& name) {
  if (patterns.empty()) return true;
  for (std::size_t at = 0; at <= patterns.size();) {
    const std::size_t comma = std::min(patterns.find(',', at), patterns.size());
    if (::fnmatch(patterns.substr(at, comma - at).c_str(), name.c_str(), 0) == 0) return true;
    at = comma + 1;
  }
  return false;
}

}  // namespace millrace::bench
