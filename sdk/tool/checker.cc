#include "sdk/tool/checker.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <functional>

#include "runtime/plugin/sized.h"
#include "sdk/tool/child_process.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {
namespace {

std::string last_lines(const std::string& text) {
  std::size_t from = text.size();
  for (int lines = 0; from > 0 && lines < 13 && text.size() - from < 1'500; --from)
    if (text[from - 1] == '\n' && ++lines == 13) break;
  return text.substr(from);
}

// In the child: what the check found.
ChildAnswer perform(const NamedCheck& named, Trial& trial) {
  try {
    named.check.run(trial);
    return {outcome_name(Outcome::kPass).front(), ""};
  } catch (const Finding& finding) {
    return {outcome_name(finding.outcome).front(), finding.seen};
  } catch (const std::exception& e) {
    return {'f', std::string("A C++ exception came out of a call: ") + e.what()};
  } catch (...) {
    return {'f', "A C++ exception came out of a call."};
  }
}

Outcome outcome_from(char letter) {
  for (const Outcome o : {Outcome::kPass, Outcome::kWarn, Outcome::kSkip, Outcome::kFail})
    if (outcome_name(o).front() == letter) return o;
  return Outcome::kCrash;
}

class Run {
 public:
  explicit Run(CheckReport& report) : report_(report), options_(report.options) {}

  void all() {
    survey();
    for (const NamedCheck& named : all_checks()) {
      if (!options_.only.empty() &&
          std::find(options_.only.begin(), options_.only.end(), named.name) == options_.only.end())
        continue;
      const Group group = named.check.group;
      if (group < Group::kLifecycle)
        one(named, -1, "");
      else
        for (const auto& [index, kind, label] : components_)
          if (group == Group::kFuzz && options_.only.empty() && has_failed(label))
            report_.results.push_back({named, label, Outcome::kSkip, "Other checks fail; mend those first.", "", 0});
          else if (named.check.needs != nullptr && has_failed(label, named.check.needs))
            report_.results.push_back(
                {named, label, Outcome::kSkip, std::string(named.check.needs) + " fails; mend that first.", "", 0});
          else if (group == Group::kLifecycle || group == Group::kFuzz || kind == group_name(group))
            one(named, index, label);
    }
  }

 private:
  struct Surveyed {
    int index;
    std::string kind, label;
  };

  // What there is to check. A child asks, for the library may be what crashes.
  void survey() {
    const ChildEnd end = run_child({.timeout = options_.timeout, .network = options_.network}, [&](const Notes& note) {
      Trial trial(options_, -1, note);
      const mr_plugin& descriptor = trial.plugin();
      std::string lines;
      if (plugin::struct_size_of(&descriptor) >= 80 && descriptor.name && descriptor.version)
        lines = std::string(descriptor.name) + " " + descriptor.version;
      int index = 0;
      for (const Component& c : trial.components()) {
        if (c.complete) {
          const std::string label = c.label();
          lines += "\n" + std::to_string(index) + " " + label;
        }
        ++index;
      }
      return ChildAnswer{'p', lines};
    });
    report_.isolated = end.isolated;
    if (!end.answered) return;
    std::size_t from = 0;
    bool first = true;
    while (from <= end.answer.text.size()) {
      const std::size_t to = std::min(end.answer.text.find('\n', from), end.answer.text.size());
      const std::string line = end.answer.text.substr(from, to - from);
      if (std::exchange(first, false)) {
        report_.plugin = line;
      } else {
        const std::size_t blank = line.find(' ');
        const std::string label = line.substr(blank + 1);
        components_.push_back({std::stoi(line), label.substr(0, label.find(' ')), label});
      }
      from = to + 1;
    }
  }

  // What chance finds says something only when nothing simpler is wrong.
  bool has_failed(const std::string& label, std::string_view check = {}) const {
    return std::any_of(report_.results.begin(), report_.results.end(), [&](const CheckResult& r) {
      return (r.outcome == Outcome::kFail || r.outcome == Outcome::kCrash) &&
             (r.component.empty() || r.component == label) && (check.empty() || r.check.name == check);
    });
  }

  void one(const NamedCheck& named, int component, const std::string& label) {
    CheckResult result;
    result.check = named;
    result.component = label;
    const auto began = std::chrono::steady_clock::now();
    if (options_.in_process) {
      Trial trial(options_, component, [](std::string_view) {});
      const ChildAnswer answer = perform(named, trial);
      result.outcome = outcome_from(answer.outcome);
      result.seen = answer.text;
    } else {
      const ChildEnd end =
          run_child({.timeout = options_.timeout, .network = options_.network}, [&](const Notes& note) {
            Trial trial(options_, component, note);
            return perform(named, trial);
          });
      judge(end, result);
    }
    result.milliseconds = static_cast<long>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count());
    report_.results.push_back(std::move(result));
  }

  void judge(const ChildEnd& end, CheckResult& result) const {
    const std::string during = end.last_note.empty() ? "" : " It was at: " + end.last_note + ".";
    if (end.answered) {
      result.outcome = outcome_from(end.answer.outcome);
      result.seen = end.answer.text;
    } else if (end.timed_out) {
      result.outcome = Outcome::kFail;
      result.seen = "It did not return within " + std::to_string(options_.timeout.count()) + " ms." + during;
    } else if (end.signal != 0) {
      result.outcome = Outcome::kCrash;
      result.seen = "Signal " + std::to_string(end.signal) + " (" + ::strsignal(end.signal) + ")." + during;
    } else {
      result.outcome = Outcome::kCrash;
      result.seen = "It ended the process with exit code " + std::to_string(end.exit_code) + "." + during;
    }
    if (result.outcome == Outcome::kFail || result.outcome == Outcome::kCrash) result.output = last_lines(end.output);
  }

  CheckReport& report_;
  const CheckOptions& options_;
  std::vector<Surveyed> components_;
};

}  // namespace

std::size_t CheckReport::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [&](const CheckResult& r) { return r.outcome == outcome; }));
}

CheckReport run_checks(CheckOptions options) {
  options.file = std::filesystem::absolute(options.file);  // the child works elsewhere
  if (!options.config.empty()) options.config = std::filesystem::absolute(options.config);
  CheckReport report;
  report.options = std::move(options);
  Run(report).all();
  return report;
}

}  // namespace millrace::sdk_tool
