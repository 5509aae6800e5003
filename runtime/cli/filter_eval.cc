// filter eval: the verdict of a pattern on a value, and why.
//
// The verdict is the engine's, the same that a pipeline uses; the reason comes from the naive implementation beside it,
// which keeps what it saw. A value of a form that the pattern does not speak of goes on in a pipeline, so it is a match
// here, with the reason "format".
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "plugins/filter_criteria/engine/filter.h"
#include "plugins/filter_criteria/reference/reference.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"

namespace millrace::cli {
namespace {

constexpr int kExitNoMatch = 1;

struct Evaluation {
  std::string verdict, reason, path, seen, message, id;
  bool is_of_filter = false;  // the pattern itself decided
};

// A pattern with what is made of it once, for as many values as come.
class Evaluator {
 public:
  Evaluation evaluate(const std::string& pattern, std::optional<std::string_view> value) {
    if (!compiled_ || pattern != pattern_) {
      pattern_ = pattern;
      compiled_.emplace(filter::compile(pattern_));
      explained_ = filter::reference::Pattern::parse(pattern_);
    }
    if (!*compiled_) return refused(compiled_->error());
    // An absent value is told from an empty one by having no address.
    const std::string_view bytes = !value                     ? std::string_view()
                                   : value->data() == nullptr ? std::string_view("")
                                                              : *value;
    const filter::Verdict verdict = (*compiled_)->judge({.value = bytes}, scratch_);
    return judged(verdict, filter::reference::explain(explained_, value));
  }

 private:
  static Evaluation refused(const filter::Error& error) {
    const std::string place = "line " + std::to_string(error.line) + ", column " + std::to_string(error.column);
    return {.verdict = "invalid",
            .reason = "bad_pattern",
            .path = error.pointer,
            .seen = "",
            .message = error.message + " (at " + (error.pointer.empty() ? "" : error.pointer + ", ") + place + ")",
            .id = error.id};
  }

  static Evaluation judged(filter::Verdict verdict, const filter::reference::Reason& why) {
    Evaluation out;
    out.verdict = verdict.keep ? "match" : "nomatch";
    out.is_of_filter = verdict.reason == filter::Reason::kMatched || verdict.reason == filter::Reason::kRejected;
    out.reason = verdict.reason == filter::Reason::kMatched ? "matched" : out.is_of_filter ? "path" : "format";
    out.message = why.message;
    if (!verdict.keep) {
      out.path = why.path;
      out.seen = why.seen;
    } else if (!out.is_of_filter) {
      out.message += "; such a record goes on";
    }
    return out;
  }

  std::string pattern_;
  std::optional<filter::Result<filter::Filter>> compiled_;
  filter::reference::Pattern explained_;
  filter::Scratch scratch_;
};

std::string as_json(const Evaluation& e) {
  using nlohmann::ordered_json;
  const auto text = [](const std::string& s) { return s.empty() ? ordered_json(nullptr) : ordered_json(s); };
  ordered_json json = {{"verdict", e.verdict},
                       {"reason", e.reason},
                       {"filter", e.is_of_filter ? ordered_json(0) : ordered_json(nullptr)},
                       {"path", text(e.path)},
                       {"seen", text(e.seen)},
                       {"message", e.message}};
  if (!e.id.empty()) json["id"] = e.id;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string as_text(const Evaluation& e) {
  const std::string head = e.verdict == "match" ? "match: " : e.verdict == "nomatch" ? "no match: " : "bad pattern: ";
  return head + e.message + (e.id.empty() ? "" : " [" + e.id + "]") + "\n";
}

int exit_code(const Evaluation& e) {
  return e.verdict == "match" ? kExitOk : e.verdict == "nomatch" ? kExitNoMatch : kExitConfiguration;
}

std::string read_all(std::FILE* file) {
  std::string out;
  std::array<char, 65536> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file)) out.append(buffer.data(), size);
  return out;
}

// The word itself, a file behind an @, or standard input. The line feed that ends a file or what echo writes is not
// part of the text. Nothing, after saying so, when the file cannot be read.
std::optional<std::string> text_of(const std::string& word) {
  std::string text;
  if (word == "-") {
    text = read_all(stdin);
  } else if (word.starts_with('@')) {
    std::FILE* file = std::fopen(word.c_str() + 1, "rb");
    if (file == nullptr) {
      say("millrace: cannot read " + word.substr(1) + "; @FILE names a file that holds the text");
      return std::nullopt;
    }
    text = read_all(file);
    std::fclose(file);
  } else {
    return word;
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// {"pattern": "…", "event": "…"}; null as event stands for a record without a value.
Evaluation evaluate_line(Evaluator& evaluator, const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  const bool good = json.is_object() && json.contains("pattern") && json["pattern"].is_string() &&
                    json.contains("event") && (json["event"].is_string() || json["event"].is_null());
  if (!good)
    return {.verdict = "invalid",
            .reason = "bad_line",
            .path = "",
            .seen = "",
            .message = "a line is {\"pattern\": \"…\", \"event\": \"…\"}, both as text, event null for no value",
            .id = ""};
  if (json["event"].is_null()) return evaluator.evaluate(json["pattern"], std::nullopt);
  const std::string event = json["event"];
  return evaluator.evaluate(json["pattern"], event);
}

int evaluate_batch() {
  Evaluator evaluator;
  std::string line;
  bool all_read = true;
  const auto next_line = [&] {  // a line at a time, so that a program may ask and wait for the answer
    line.clear();
    int c = std::getc(stdin);
    for (; c != EOF && c != '\n'; c = std::getc(stdin)) line += static_cast<char>(c);
    return c != EOF || !line.empty();
  };
  while (next_line()) {
    const Evaluation evaluation = evaluate_line(evaluator, line);
    if (evaluation.reason == "bad_line") all_read = false;
    if (!answer(as_json(evaluation))) return kExitFailed;
  }
  return all_read ? kExitOk : kExitFailed;
}

}  // namespace

int filter_eval_command(const FilterEvalOptions& options) {
  if (options.batch) return evaluate_batch();
  const auto pattern = text_of(options.pattern);
  const auto event = pattern ? text_of(options.event) : std::nullopt;
  if (!event) return kExitUsage;  // not 1, which says that the event does not match
  const Evaluation evaluation = Evaluator().evaluate(*pattern, *event);
  if (!answer(options.output == Output::kJson ? as_json(evaluation) : as_text(evaluation))) return kExitFailed;
  return exit_code(evaluation);
}

}  // namespace millrace::cli
