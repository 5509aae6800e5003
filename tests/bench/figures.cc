// Medians; see figures.h.
#include "tests/bench/figures.h"

#include <algorithm>

namespace millrace::bench {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Figures median(const std::vector<Figures>& runs) {
  const auto of = [&runs](double Figures::*member) {
    std::vector<double> values;
    for (const Figures& run : runs) values.push_back(run.*member);
    return median(values);
  };
  return {of(&Figures::records_per_s), of(&Figures::mb_per_s), of(&Figures::cpu_us), of(&Figures::peak_mb)};
}

}  // namespace millrace::bench
