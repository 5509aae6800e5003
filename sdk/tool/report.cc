#include "sdk/tool/report.h"

#include <nlohmann/json.hpp>

namespace millrace::sdk_tool {
namespace {

using Json = nlohmann::ordered_json;

// `text` in lines of at most 100 characters, all but the first behind `indent`.
std::string wrapped(const std::string& text, const std::string& indent) {
  std::string out, word;
  std::size_t column = indent.size();
  const auto put = [&] {
    if (word.empty()) return;
    if (column + word.size() > 100 && column > indent.size()) {
      out.back() = '\n';
      out += indent;
      column = indent.size();
    }
    out += word + " ";
    column += word.size() + 1;
    word.clear();
  };
  for (const char c : text) {
    if (c == ' ' || c == '\n')
      put();
    else
      word += c;
  }
  put();
  if (!out.empty()) out.pop_back();
  return out;
}

std::string explanation(const CheckReport& report, const CheckResult& r) {
  const std::string indent(15, ' ');
  std::string out = "        seen:  " + wrapped(r.seen, indent) + "\n";
  out += "        rule:  " + wrapped(std::string(r.check.check.says) + " (" + r.check.check.rule + ")", indent) + "\n";
  out += "        to do: " + wrapped(r.check.check.remedy, indent) + "\n";
  out += "        again: millrace plugin check " + report.options.file.filename().string() + " --only " + r.check.name +
         " --seed " + std::to_string(report.options.seed) + "\n";
  if (!r.output.empty()) {
    out += "        it wrote:\n";
    std::size_t from = 0;
    while (from < r.output.size()) {
      const std::size_t to = std::min(r.output.find('\n', from), r.output.size());
      out += "          | " + r.output.substr(from, to - from) + "\n";
      from = to + 1;
    }
  }
  return out;
}

constexpr Outcome kOutcomes[] = {Outcome::kPass, Outcome::kWarn, Outcome::kSkip, Outcome::kFail, Outcome::kCrash};

}  // namespace

std::string report_text(const CheckReport& report) {
  std::string out = report.options.file.string() + (report.plugin.empty() ? "" : ": " + report.plugin) + "\n";
  std::string head, reason;
  for (const CheckResult& r : report.results) {
    const std::string now =
        std::string(group_name(r.check.check.group)) + (r.component.empty() ? "" : ": " + r.component);
    if (now != head) out += "\n" + (head = now) + "\n";
    const bool bad = r.outcome == Outcome::kFail || r.outcome == Outcome::kCrash;
    std::string word(outcome_name(r.outcome));
    if (bad)
      for (char& c : word) c = static_cast<char>(c - 'a' + 'A');
    out += "  " + word + std::string(6 - word.size(), ' ') + r.check.name + "\n";
    if (bad || r.outcome == Outcome::kWarn)
      out += explanation(report, r);
    else if (r.outcome == Outcome::kSkip)
      out += "        " + (r.seen == reason ? "For the same reason." : wrapped(r.seen, "        ")) + "\n";
    reason = r.outcome == Outcome::kSkip ? r.seen : "";
  }
  out += "\n";
  if (!report.isolated && !report.options.network)
    out += "No network namespace could be made here: the plugin could reach whatever this machine reaches.\n";
  for (const Outcome o : kOutcomes)
    if (o == Outcome::kPass || report.count(o) > 0)
      out += (o == Outcome::kPass ? "" : ", ") + std::to_string(report.count(o)) + " " + std::string(outcome_name(o));
  return out + "; seed " + std::to_string(report.options.seed) + "\n";
}

std::string report_json(const CheckReport& report) {
  Json results = Json::array();
  for (const CheckResult& r : report.results)
    results.push_back({{"check", r.check.name},
                       {"group", group_name(r.check.check.group)},
                       {"component", r.component},
                       {"outcome", outcome_name(r.outcome)},
                       {"seen", r.seen},
                       {"says", r.check.check.says},
                       {"rule", r.check.check.rule},
                       {"remedy", r.check.check.remedy},
                       {"output", r.output},
                       {"milliseconds", r.milliseconds}});
  Json counts = Json::object();
  for (const Outcome o : kOutcomes) counts[std::string(outcome_name(o))] = report.count(o);
  const Json out = {{"file", report.options.file.string()},
                    {"plugin", report.plugin},
                    {"seed", report.options.seed},
                    {"good", report.good()},
                    {"isolated", report.isolated},
                    {"counts", counts},
                    {"results", results}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string checks_text() {
  std::size_t width = 0;
  for (const NamedCheck& c : all_checks()) width = std::max(width, c.name.size());
  std::string out, head;
  for (const NamedCheck& c : all_checks()) {
    if (const std::string now(group_name(c.check.group)); now != head)
      out += (head.empty() ? "" : "\n") + (head = now) + "\n";
    out += "  " + c.name + std::string(width + 2 - c.name.size(), ' ') +
           wrapped(c.check.says, std::string(width + 4, ' ')) + "\n";
  }
  return out;
}

std::string checks_json() {
  Json out = Json::array();
  for (const NamedCheck& c : all_checks())
    out.push_back({{"check", c.name},
                   {"group", group_name(c.check.group)},
                   {"says", c.check.says},
                   {"rule", c.check.rule},
                   {"remedy", c.check.remedy}});
  return out.dump(2) + "\n";
}

}  // namespace millrace::sdk_tool
