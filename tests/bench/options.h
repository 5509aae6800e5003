// Options: the command line of tests/bench/run, which explains it (--help), adds --rival and --commit, and passes it
// on.
//
// Values only.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/cells.h"

namespace millrace::bench {

struct Options {
  std::string set = "headline";  // or full
  std::string cells, clients;    // patterns; empty: all
  int rounds = 0;                // 0: five of the headline, three of the whole grid
  double scale = 1;
  std::string version = "4.1.0";
  bool json = false, list = false, strict = false;
  std::string rival;           // program
  std::string commit;          // for the report
  std::vector<Client> beside;  // further programs
};

// Throws std::runtime_error with a message for the user.
Options read_options(int argc, char** argv);

}  // namespace millrace::bench
