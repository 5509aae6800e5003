#include "alternative.h"

#include <algorithm>

namespace millrace::filter {
namespace {

class Taker {
 public:
  explicit Taker(const Leaf& value) : value_(value) {}

  bool operator()(const ExactString& a) const {
    if (!is(Leaf::Kind::kString)) return false;
    return value_.text == a.text || (a.address && Address::parse(value_.text) == a.address);
  }
  bool operator()(const ExactLiteral& a) const { return is(Leaf::Kind::kLiteral) && value_.text == a.spelling; }
  bool operator()(const ExactNumber& a) const {
    if (!is(Leaf::Kind::kNumber)) return false;
    if (value_.text == a.spelling) return true;
    const Number number = Number::parse(value_.text);
    return a.number.comparable && number.comparable && a.number.value == number.value;
  }
  bool operator()(const Prefix& a) const { return is(Leaf::Kind::kString) && value_.text.starts_with(a.text); }
  bool operator()(const Suffix& a) const { return is(Leaf::Kind::kString) && value_.text.ends_with(a.text); }
  bool operator()(const IgnoreCase& a) const {
    if (!is(Leaf::Kind::kString)) return false;
    switch (a.part) {
      case IgnoreCase::Part::kAll:
        return a.text.equals(value_.text);
      case IgnoreCase::Part::kPrefix:
        return a.text.begins(value_.text);
      case IgnoreCase::Part::kSuffix:
        return a.text.ends(value_.text);
    }
    return false;
  }
  bool operator()(const Wildcard& a) const { return is(Leaf::Kind::kString) && a.matches(value_.text); }
  bool operator()(const AddressRange& a) const {
    if (!is(Leaf::Kind::kString)) return false;
    const auto address = Address::parse(value_.text);
    return address && a.contains(*address);
  }
  bool operator()(const Numeric& a) const {
    if (!is(Leaf::Kind::kNumber)) return false;
    const Number number = Number::parse(value_.text);
    if (!number.comparable) return false;
    const double x = number.value;
    return (!a.low || (a.low->inclusive ? x >= a.low->number.value : x > a.low->number.value)) &&
           (!a.high || (a.high->inclusive ? x <= a.high->number.value : x < a.high->number.value));
  }
  bool operator()(const Exists&) const { return true; }
  bool operator()(const Absent&) const { return false; }

  // A value of another type than the excluded ones is something else, and taken.
  bool operator()(const AnythingBut& a) const {
    if (is(Leaf::Kind::kLiteral)) return true;
    if (is(Leaf::Kind::kNumber)) {
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
           none(a.suffixes, [&](const std::string& text) { return value_.text.ends_with(text); }) &&
           std::none_of(a.folded.begin(), a.folded.end(),
                        [&](const FoldedText& text) { return text.equals(value_.text); }) &&
           std::none_of(a.wildcards.begin(), a.wildcards.end(),
                        [&](const Wildcard& text) { return text.matches(value_.text); });
  }

 private:
  bool is(Leaf::Kind kind) const { return value_.kind == kind; }

  const Leaf& value_;
};

}  // namespace

bool takes(const Alternative& alternative, const Leaf& value) {
  return std::visit(Taker(value), alternative);
}

bool takes_any(const std::vector<Alternative>& alternatives, const Leaf& value) {
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [&](const Alternative& alternative) { return takes(alternative, value); });
}

bool takes_absence(const std::vector<Alternative>& alternatives) {
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [](const Alternative& alternative) { return std::holds_alternative<Absent>(alternative); });
}

}  // namespace millrace::filter
