// Prints results; see report.h.
#include "tests/bench/report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/kafka/process.h"

namespace millrace::bench {
namespace {

std::string grouped(double value) {
  std::string digits = std::to_string(static_cast<long long>(value + 0.5));
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string ratio(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value > 0 ? "%.2f" : "-", value);
  return text;
}

}  // namespace

std::string machine() {
  const std::string info = e2e::read_file("/proc/cpuinfo");
  std::string model = "unknown processor";
  if (const std::size_t at = info.find("model name"); at != std::string::npos) {
    const std::size_t colon = info.find(':', at);
    model = info.substr(colon + 2, info.find('\n', colon) - colon - 2);
  }
  utsname system{};
  ::uname(&system);
  const double gib = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE)) /
                     (1024.0 * 1024 * 1024);
  char text[256];
  std::snprintf(text, sizeof text, "%s, %ld cores, %.0f GiB, Linux %s", model.c_str(), ::sysconf(_SC_NPROCESSORS_ONLN),
                gib, system.release);
  return text;
}

std::string as_table(const Measured& measured) {
  std::ostringstream out;
  char line[256];
  if (!measured.rows.empty()) {
    std::snprintf(line, sizeof line, "%-32s %12s %8s %8s %8s %8s %8s\n", measured.cell.c_str(), "records/s", "MB/s",
                  "us/rec", "peak MB", "/ceiling", "/rival");
    out << line;
    for (const Row& row : measured.rows) {
      if (!row.note.empty()) {
        out << "  " << row.name << ": skipped, " << row.note << "\n";
        continue;
      }
      const Figures& f = row.figures;
      std::snprintf(line, sizeof line, "  %-30s %12s %8.0f %8.2f %8.0f %8s %8s\n", row.name.c_str(),
                    grouped(f.records_per_s).c_str(), f.mb_per_s, f.cpu_us, f.peak_mb, ratio(row.to_ceiling).c_str(),
                    ratio(row.to_rival).c_str());
      out << line;
    }
  } else {
    out << measured.cell << "\n";
    for (const auto& [name, value] : measured.values) {
      std::snprintf(line, sizeof line, "  %-44s %12.*f\n", name.c_str(), value < 100 ? 2 : 0, value);
      out << line;
    }
  }
  for (const Bar& bar : measured.bars) out << "  " << (bar.reached ? "reached: " : "MISSED:  ") << bar.text << "\n";
  return out.str();
}

std::string as_json(const std::vector<Measured>& all, const Options& options) {
  using Json = nlohmann::ordered_json;
  Json cells = Json::array();
  for (const Measured& measured : all) {
    Json cell{{"name", measured.cell}};
    for (const Row& row : measured.rows) {
      Json& to = cell["clients"][row.name];
      if (!row.note.empty()) {
        to["skipped"] = row.note;
        continue;
      }
      to = {{"records_per_s", row.figures.records_per_s},
            {"mb_per_s", row.figures.mb_per_s},
            {"cpu_us_per_record", row.figures.cpu_us},
            {"peak_rss_mb", row.figures.peak_mb}};
      if (row.to_ceiling > 0) to["ratio_to_ceiling"] = row.to_ceiling;
      if (row.to_rival > 0) to["ratio_to_rival"] = row.to_rival;
    }
    for (const auto& [name, value] : measured.values) cell["values"][name] = value;
    for (const Bar& bar : measured.bars) cell["bars"].push_back({{"bar", bar.text}, {"reached", bar.reached}});
    cells.push_back(cell);
  }
  const Json report{{"commit", options.commit}, {"machine", machine()},   {"kafka", options.version},
                    {"rounds", options.rounds}, {"scale", options.scale}, {"cells", cells}};
  return report.dump(2) + "\n";
}

}  // namespace millrace::bench
