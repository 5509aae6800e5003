// Clients: runs each client of a drain cell once and says what it did.
//
// A client that cannot run here (the rival without a Go) is a reason and no figures; one that fails throws.
//
// Used by main.cc. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/bench/cells.h"
#include "tests/bench/figures.h"
#include "tests/bench/null_function.h"
#include "tests/bench/null_grpc_function.h"
#include "tests/e2e/kafka/cluster.h"

namespace millrace::bench {

class Clients {
 public:
  // `rival`: the program of rival_franz_go/, or empty where it could not be built.
  Clients(e2e::Cluster& kafka, std::string rival) : kafka_(kafka), rival_(std::move(rival)) {}

  std::string why_not(const Client& client) const;
  Figures run(const Client& client, const Drain& drain);

 private:
  Figures run_ceiling(const Drain& drain);
  Figures run_millrace(const Client& client, const Drain& drain);
  Figures run_program(const Client& client, const Drain& drain);
  Stub& stub_for(const Client& client);
  std::string brokers(const Drain& drain) const { return kafka_.bootstrap(drain.tls ? "TLS" : "INTERNAL"); }

  e2e::Cluster& kafka_;
  std::string rival_;
  NullFunction function_;
  NullGrpcFunction grpc_function_;
  int runs_ = 0;
};

// The part of a topic's records that is measured: what is left in the partitions then waits for its batch window, which
// is no question of speed.
std::size_t measured_records(const Drain& drain);

}  // namespace millrace::bench
