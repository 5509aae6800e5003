// Reads the command line; see options.h.
#include "tests/bench/options.h"

#include <algorithm>
#include <stdexcept>

namespace millrace::bench {

namespace {

double number_of(const std::string& name, const std::string& text) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != text.size() || !(value > 0))
    throw std::runtime_error(name + " needs a number above 0, not '" + text + "'");
  return value;
}

Client beside(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw std::runtime_error("--beside needs NAME=COMMAND, not '" + text + "'");
  return {.kind = Client::Kind::kCommand, .name = text.substr(0, equals), .command = text.substr(equals + 1)};
}

}  // namespace

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) throw std::runtime_error(name + " needs a value; see tests/bench/run --help");
      return argv[i];
    };
    if (name == "--list") {
      options.list = true;
    } else if (name == "--set") {
      options.set = value();
      if (options.set != "headline" && options.set != "full")
        throw std::runtime_error("--set is headline or full, not '" + options.set + "'");
    } else if (name == "--cells") {
      options.cells = value();
    } else if (name == "--clients") {
      options.clients = value();
    } else if (name == "--rounds") {
      options.rounds = std::max(1, static_cast<int>(number_of(name, value())));
    } else if (name == "--scale") {
      options.scale = std::min(1.0, number_of(name, value()));
    } else if (name == "--kafka") {
      options.version = value();
    } else if (name == "--rival") {
      options.rival = value();
    } else if (name == "--commit") {
      options.commit = value();
    } else if (name == "--strict") {
      options.strict = true;
    } else if (name == "--beside") {
      options.beside.push_back(beside(value()));
    } else if (name == "-o") {
      const std::string form = value();
      if (form != "json" && form != "table") throw std::runtime_error("-o is json or table, not '" + form + "'");
      options.json = form == "json";
    } else {
      throw std::runtime_error("unknown option '" + name + "'; see tests/bench/run --help");
    }
  }
  if (options.rounds == 0) options.rounds = options.set == "headline" ? 5 : 3;
  return options;
}

}  // namespace millrace::bench
