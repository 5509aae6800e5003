#include "alternative.h"

#include <algorithm>

namespace filter_criteria {
namespace {

class Taker {
 public:
  explicit Taker(const Value& value) : value_(value) {}

  bool operator()(const ExactString& a) const { return is(Value::Kind::kString) && value_.text == a.text; }
  bool operator()(const ExactLiteral& a) const { return is(Value::Kind::kLiteral) && value_.text == a.spelling; }
  bool operator()(const ExactNumber& a) const {
    if (!is(Value::Kind::kNumber)) return false;
    if (value_.text == a.spelling) return true;
    const Number number = Number::parse(value_.text);
    return a.number.comparable && number.comparable && a.number.value == number.value;
  }
  bool operator()(const Prefix& a) const { return is(Value::Kind::kString) && value_.text.starts_with(a.text); }
  bool operator()(const Suffix& a) const { return is(Value::Kind::kString) && value_.text.ends_with(a.text); }
  bool operator()(const Numeric& a) const {
    if (!is(Value::Kind::kNumber)) return false;
    const Number number = Number::parse(value_.text);
    if (!number.comparable) return false;
    const double x = number.value;
    return (!a.low || (a.low->inclusive ? x >= a.low->value : x > a.low->value)) &&
           (!a.high || (a.high->inclusive ? x <= a.high->value : x < a.high->value));
  }
  bool operator()(const Exists&) const { return true; }
  bool operator()(const Absent&) const { return false; }

  // A value of another type than the excluded ones is something else, and taken.
  bool operator()(const AnythingBut& a) const {
    if (is(Value::Kind::kLiteral)) return true;
    if (is(Value::Kind::kNumber)) {
      if (a.numbers.empty()) return true;
      const Number number = Number::parse(value_.text);
      return !number.comparable || std::none_of(a.numbers.begin(), a.numbers.end(),
                                                [&](const Number& excluded) { return excluded.value == number.value; });
    }
    const auto none = [](const std::vector<std::string>& texts, auto&& is_excluded) {
      return std::none_of(texts.begin(), texts.end(), is_excluded);
    };
    return none(a.strings, [&](const std::string& text) { return value_.text == text; }) &&
           none(a.prefixes, [&](const std::string& text) { return value_.text.starts_with(text); }) &&
           none(a.suffixes, [&](const std::string& text) { return value_.text.ends_with(text); });
  }

 private:
  bool is(Value::Kind kind) const { return value_.kind == kind; }

  const Value& value_;
};

}  // namespace

bool takes(const Alternative& alternative, const Value& value) {
  return std::visit(Taker(value), alternative);
}

}  // namespace filter_criteria
