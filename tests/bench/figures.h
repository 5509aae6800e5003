// Figures of a run, and the median of several.
//
// Values only.
#pragma once

#include <string>
#include <vector>

namespace millrace::bench {

struct Figures {
  double records_per_s = 0, mb_per_s = 0;  // MB of record values
  double cpu_us = 0;                       // of the client, per record
  double peak_mb = 0;                      // resident
};

double median(std::vector<double> values);
Figures median(const std::vector<Figures>& runs);  // of each figure for itself

// A bar and whether it was reached.
struct Bar {
  std::string text;
  bool reached = false;
};

// What was measured of one client in a drain cell, or one line of a scenario.
struct Row {
  std::string name = {};
  Figures figures = {};
  double to_ceiling = 0, to_rival = 0;  // 0: there is none in this run
  std::string note = {};                // why there are no figures
};

struct Measured {
  std::string cell = {};
  std::vector<Row> rows = {};                               // of a drain
  std::vector<std::pair<std::string, double>> values = {};  // of a scenario: name with unit, value
  std::vector<Bar> bars = {};
};

}  // namespace millrace::bench
