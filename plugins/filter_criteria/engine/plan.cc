#include "plan.h"

#include <algorithm>
#include <charconv>

#include "alternative.h"
#include "utf8.h"

namespace millrace::filter {
namespace {

bool takes_number(const std::vector<Alternative>& alternatives, std::int64_t number) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return takes_any(alternatives, {Leaf::Kind::kNumber, Event::kRoot, {text, static_cast<std::size_t>(end - text)}});
}

bool takes_text(const std::vector<Alternative>& alternatives, std::string_view text) {
  if (text.data() == nullptr) return takes_absence(alternatives);
  return is_utf8(text) && takes_any(alternatives, {Leaf::Kind::kString, Event::kRoot, text});
}

using Source = Filter::Plan::Source;

bool takes_flat(const Filter::Plan::FlatField& field, const Record& record) {
  switch (field.source) {
    case Source::kValueText:
      return takes_text(field.alternatives, record.value);
    case Source::kKeyText:
      return takes_text(field.alternatives, record.key);
    case Source::kTopic:
      return takes_text(field.alternatives, record.topic);
    case Source::kPartition:
      return takes_number(field.alternatives, record.partition);
    case Source::kOffset:
      return takes_number(field.alternatives, record.offset);
    case Source::kTimestamp:
      return record.timestamp_ms < 0 ? takes_absence(field.alternatives)
                                     : takes_number(field.alternatives, record.timestamp_ms);
    case Source::kHeader:
      break;
  }
  bool any = false;
  for (const Header& header : record.headers) {
    if (header.name != field.header || header.value.data() == nullptr) continue;
    any = true;
    if (takes_text(field.alternatives, header.value)) return true;
  }
  return !any && takes_absence(field.alternatives);
}

Source flat_source(std::string_view path) {
  if (path == "value") return Source::kValueText;
  if (path == "key") return Source::kKeyText;
  if (path == "topic") return Source::kTopic;
  if (path == "partition") return Source::kPartition;
  if (path == "offset") return Source::kOffset;
  if (path == "timestamp") return Source::kTimestamp;
  return Source::kHeader;
}

Verdict verdict(bool matches, bool too_complex) {
  if (matches) return {true, Reason::kMatched};
  return too_complex ? Verdict{true, Reason::kTooComplex} : Verdict{false, Reason::kRejected};
}

}  // namespace

void Filter::Plan::add(Rule rule, std::size_t pattern) {
  PlanRule planned;
  planned.pattern = pattern;
  std::vector<Field> in_value, in_key;
  for (Field& field : rule.fields) {
    const std::string_view path = field.path;
    if (options.root == Root::kEvent) {
      in_value.push_back(std::move(field));
    } else if (path.starts_with("value.")) {
      in_value.push_back({field.path.substr(6), std::move(field.alternatives)});
    } else if (path.starts_with("key.")) {
      in_key.push_back({field.path.substr(4), std::move(field.alternatives)});
    } else {
      const Source source = flat_source(path);
      FlatField flat{source, source == Source::kHeader ? field.path.substr(8) : "", std::move(field.alternatives)};
      if (source == Source::kValueText) {
        planned.value_text = std::move(flat);
      } else {
        planned.flat.push_back(std::move(flat));
      }
    }
  }
  if (!in_value.empty()) {
    planned.value_form = Form::kJson;
    planned.value_part = values.add(std::move(in_value), planned.flat.empty() && in_key.empty());
  } else if (planned.value_text) {
    planned.value_form = Form::kText;
  }
  if (!in_key.empty()) {
    planned.key_may_be_absent =
        std::all_of(in_key.begin(), in_key.end(), [](const Field& field) { return takes_absence(field.alternatives); });
    planned.key_part = keys.add(std::move(in_key), false);
  }
  planned.only_value_part = planned.value_part && planned.flat.empty() && !planned.key_part;
  speaks_of_json = speaks_of_json || planned.value_form == Form::kJson;
  speaks_of_text = speaks_of_text || planned.value_form == Form::kText;
  speaks_of_any = speaks_of_any || planned.value_form == Form::kNone;
  are_value_parts = are_value_parts && planned.only_value_part && pattern == rules.size() && pattern < 64;
  rules.push_back(std::move(planned));
}

Answer Filter::Plan::ask_rest(const PlanRule& rule, const Record& record, Scratch::State& scratch) const {
  for (const FlatField& field : rule.flat)
    if (!takes_flat(field, record)) return Answer::kNo;
  if (!rule.key_part) return Answer::kYes;
  if (!scratch.key_form)
    scratch.key_form = record.key.data() == nullptr ? Form::kNone : keys.run(record.key, scratch.key, false);
  if (scratch.key_form != Form::kJson) return rule.key_may_be_absent ? Answer::kYes : Answer::kNo;
  return keys.answer(scratch.key, *rule.key_part);
}

Answer Filter::Plan::ask(const PlanRule& rule, const Record& record, Form form, Scratch::State& scratch) const {
  if (rule.value_form != Form::kNone && rule.value_form != form) return Answer::kNo;
  Answer answer = Answer::kYes;
  if (rule.value_part) {
    answer = values.answer(scratch.value, *rule.value_part);
  } else if (rule.value_text && !takes_flat(*rule.value_text, record)) {
    answer = Answer::kNo;
  }
  if (answer == Answer::kNo) return answer;
  const Answer rest = ask_rest(rule, record, scratch);
  return rest == Answer::kYes ? answer : rest;
}

Verdict Filter::Plan::judge(const Record& record, Scratch::State& scratch) const {
  const Form form = read(record.value, scratch, true);
  if (is_told_by_walk(form, scratch)) return verdict(scratch.value.walk.satisfied() != 0, false);
  return judge_form(form, record, scratch, nullptr);
}

bool Filter::Plan::match(std::string_view value, Scratch::State& scratch, std::span<std::uint64_t> matched) const {
  const Form form = read(value, scratch, false);
  if (is_told_by_walk(form, scratch)) {
    matched.front() = scratch.value.walk.satisfied();
    std::fill(matched.begin() + 1, matched.end(), 0);
    return true;
  }
  std::fill(matched.begin(), matched.end(), 0);
  const Reason reason = judge_form(form, {.value = value}, scratch, matched.data()).reason;
  return reason == Reason::kMatched || reason == Reason::kRejected || reason == Reason::kTooComplex;
}

Verdict Filter::Plan::judge_form(Form form, const Record& record, Scratch::State& scratch,
                                 std::uint64_t* matched) const {
  scratch.key_form.reset();
  const bool is_spoken_of =
      speaks_of_any || (form == Form::kJson && speaks_of_json) || (form == Form::kText && speaks_of_text);
  const bool passes_unasked = !is_spoken_of && options.on_mismatch == OnMismatch::kPass && options.root != Root::kEvent;
  const Reason unasked = form == Form::kNone      ? Reason::kNoValue
                         : form == Form::kNotUtf8 ? Reason::kNotUtf8
                                                  : Reason::kOtherForm;
  if (!is_spoken_of && !passes_unasked) return {false, unasked};
  bool too_complex = false;
  bool matches = false;
  for (const PlanRule& rule : rules) {
    const Answer answer = rule.only_value_part && form == Form::kJson ? values.answer(scratch.value, *rule.value_part)
                          : passes_unasked                            ? ask_rest(rule, record, scratch)
                                                                      : ask(rule, record, form, scratch);
    too_complex = too_complex || answer == Answer::kTooComplex;
    if (answer != Answer::kYes) continue;
    matches = true;
    if (matched == nullptr) break;
    if (!passes_unasked) matched[rule.pattern / 64] |= std::uint64_t{1} << (rule.pattern % 64);
  }
  return passes_unasked && matches ? Verdict{true, unasked} : verdict(matches, too_complex);
}

}  // namespace millrace::filter
