// Runs each check over its corpus: replay FOLDER. For measuring what the corpora reach.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "checks.h"

int main(int count, char** words) {
  using namespace millrace::filter::fuzz;
  if (count < 2) return 2;
  const std::filesystem::path folder = words[1];
  const std::pair<const char*, std::string (*)(Bytes)> checks[] = {
      {"pattern", check_pattern}, {"event", check_event}, {"pair", check_pair}};
  for (const auto& [name, check] : checks)
    for (const auto& entry : std::filesystem::directory_iterator(folder / name)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
      const std::vector<std::uint8_t> bytes(text.begin(), text.end());
      if (const std::string wrong = check(bytes); !wrong.empty()) std::cerr << entry.path() << ": " << wrong << "\n";
    }
}
