// Runs each check over its corpus: replay FOLDER. For measuring what the corpora reach.
#include <fstream>
#include <iostream>
#include <string>
#include <utility>

#include "checks.h"

int main(int count, char** words) {
  using namespace millrace::filter::fuzz;
  if (count < 2) return 2;
  const std::pair<const char*, std::string (*)(Bytes)> checks[] = {
      {"pattern", check_pattern}, {"event", check_event}, {"pair", check_pair}};
  for (const auto& [name, check] : checks) {
    std::ifstream file(std::string(words[1]) + "/" + name + ".txt");
    for (std::string line; std::getline(file, line);)
      if (const std::string wrong = check(from_hex(line)); !wrong.empty()) std::cerr << name << ": " << wrong << "\n";
  }
}
