// One real cluster for all tests of this program, started on first use: starting one takes longer than any test.
//
// Listeners beside INTERNAL: SASL (SASL_SSL with SCRAM), TLS. Everyone but User:ANONYMOUS needs ACLs; alice has none on
// a topic until a test gives them.
//
// Confined to the main thread.
#pragma once

#include <string>

#include "member.h"
#include "tests/e2e/kafka/cluster.h"

namespace millrace::e2e {

Cluster& cluster();

// A configuration of the source for one topic of this cluster. The group's name is the topic's.
Config source_config(const std::string& topic, const Config& more = Config::object(),
                     const std::string& listener = "INTERNAL");

// A topic name that no other test uses.
std::string new_topic(int partitions = 1, const std::map<std::string, std::string>& settings = {});

}  // namespace millrace::e2e
