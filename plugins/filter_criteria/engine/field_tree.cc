#include "field_tree.h"

#include <algorithm>

namespace millrace::filter {
namespace {

constexpr std::size_t kFew = 8;

// The bit that tells upper from lower case, for each letter among eight bytes in lower case.
std::uint64_t case_bits(std::uint64_t bytes) noexcept {
  std::uint64_t bits = 0;
  for (int at = 0; at < 64; at += 8)
    if (const auto c = static_cast<char>(bytes >> at & 0xFF); c >= 'a' && c <= 'z') bits |= std::uint64_t{0x20} << at;
  return bits;
}

// Of the eight bytes of TextEnds, the bits that a text does not fill.
std::size_t unused_bits(std::string_view text) noexcept {
  return 8 * (8 - std::min<std::size_t>(text.size(), 8));
}

bool by_size(const std::string& a, std::string_view b) noexcept {
  return a.size() != b.size() ? a.size() < b.size() : std::string_view(a) < b;
}

}  // namespace

void TextSet::finish() {
  std::sort(texts_.begin(), texts_.end(), by_size);
}

bool TextSet::contains(std::string_view text) const noexcept {
  if (texts_.size() <= kFew)
    return std::any_of(texts_.begin(), texts_.end(), [&](const std::string& own) { return own == text; });
  const auto at = std::lower_bound(texts_.begin(), texts_.end(), text, by_size);
  return at != texts_.end() && *at == text;
}

void StringTest::finish() {
  const bool is_plain = kind == Kind::kExact || kind == Kind::kPrefix || kind == Kind::kSuffix;
  if (wildcard != nullptr && wildcard->has_star()) {
    look_for(wildcard->first(), wildcard->last());
    least = wildcard->least();
    if (wildcard->is_first_and_last() && wildcard->first().size() <= 8 && wildcard->last().size() <= 8)
      if_so = Look::kTaken;
  } else if (const std::string* const some = folded != nullptr ? folded->ascii() : is_plain ? &text : nullptr) {
    const bool is_prefix = kind == Kind::kPrefix || kind == Kind::kFoldedPrefix;
    const bool is_suffix = kind == Kind::kSuffix || kind == Kind::kFoldedSuffix;
    look_for(is_suffix ? "" : *some, is_prefix ? "" : *some);
    least = some->size();
    if (!is_prefix && !is_suffix) most = some->size();
    if (some->size() <= 8) if_so = Look::kTaken;
    if (folded != nullptr) {
      head_case = case_bits(head);
      tail_case = case_bits(tail);
    }
  }
  if (is_exception) {
    if_not = Look::kTaken;
    if (if_so == Look::kTaken) if_so = Look::kNotTaken;
  }
}

void StringTest::except(const AnythingBut& but) {
  const std::size_t exceptions =
      but.strings.size() + but.prefixes.size() + but.suffixes.size() + but.folded.size() + but.wildcards.size();
  if (exceptions != 1) {
    for (const std::string& own : but.strings) set.add(own);
    set.finish();
    return;
  }
  is_exception = true;
  if (!but.strings.empty()) {
    kind = Kind::kExact;
    text = but.strings.front();
  } else if (!but.prefixes.empty()) {
    kind = Kind::kPrefix;
    text = but.prefixes.front();
  } else if (!but.suffixes.empty()) {
    kind = Kind::kSuffix;
    text = but.suffixes.front();
  } else if (!but.folded.empty()) {
    kind = Kind::kFolded;
    folded = &but.folded.front();
  } else {
    kind = Kind::kWildcard;
    wildcard = &but.wildcards.front();
  }
}

void StringTest::look_for(std::string_view first, std::string_view last) {
  const std::uint64_t all = ~std::uint64_t{0};
  head = TextEnds(first).head;
  head_mask = first.empty() ? 0 : all >> unused_bits(first);
  tail = TextEnds(last).tail;
  tail_mask = last.empty() ? 0 : all << unused_bits(last);
}

bool StringTest::is_of_kind(std::string_view value) const noexcept {
  switch (kind) {
    case Kind::kExact:
      return value == text;
    case Kind::kOneOf:
      return set.contains(value);
    case Kind::kPrefix:
      return value.starts_with(text);
    case Kind::kSuffix:
      return value.ends_with(text);
    case Kind::kFolded:
      return folded->equals(value);
    case Kind::kFoldedPrefix:
      return folded->begins(value);
    case Kind::kFoldedSuffix:
      return folded->ends(value);
    case Kind::kWildcard:
      return wildcard->matches(value);
    case Kind::kAddress:
      return value == text || Address::parse(value) == std::get_if<ExactString>(alternative)->address;
    case Kind::kRange: {
      const auto address = Address::parse(value);
      return address && std::get_if<AddressRange>(alternative)->contains(*address);
    }
    case Kind::kAnythingBut: {
      const AnythingBut& but = *std::get_if<AnythingBut>(alternative);
      const auto none = [](const auto& texts, auto&& is_excluded) {
        return std::none_of(texts.begin(), texts.end(), is_excluded);
      };
      return !set.contains(value) && none(but.prefixes, [&](const auto& own) { return value.starts_with(own); }) &&
             none(but.suffixes, [&](const auto& own) { return value.ends_with(own); }) &&
             none(but.folded, [&](const FoldedText& own) { return own.equals(value); }) &&
             none(but.wildcards, [&](const Wildcard& own) { return own.matches(value); });
    }
    case Kind::kAny:
      return true;
  }
  return false;
}

bool NumberTest::takes(const Decimal& value, std::string_view written, Holds& holds) const noexcept {
  switch (kind) {
    case Kind::kExact:  // the pattern's number is comparable, so one that equals it is too
      return value.is_exact() && value.compare(*low) == 0;
    case Kind::kSpelling:
      return written == spelling;
    case Kind::kRange: {
      if (!value.is_exact()) return false;
      if (low) {
        const int order = value.compare(*low);
        if (low_inclusive ? order < 0 : order <= 0) return false;
      }
      if (high) {
        const int order = value.compare(*high);
        if (high_inclusive ? order > 0 : order >= 0) return false;
      }
      if (holds == Holds::kUnknown) holds = value.is_comparable(written) ? Holds::kYes : Holds::kNo;
      return holds == Holds::kYes;
    }
    case Kind::kAnythingBut:
      return !value.is_exact() || std::none_of(excluded.begin(), excluded.end(),
                                               [&](const Decimal& own) { return value.compare(own) == 0; });
    case Kind::kAny:
      return true;
  }
  return false;
}

FieldNode& FieldNode::at(std::string_view path) {
  FieldNode* node = this;
  for (;;) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    auto found = std::find_if(node->names.begin(), node->names.end(), [&](const Name& n) { return n.text == name; });
    if (found == node->names.end()) {
      const TextEnds ends(name);
      const std::uint64_t mask = name.empty() ? 0 : ~std::uint64_t{0} >> unused_bits(name);
      node->names.push_back({ends.head, mask, ends.tail, std::string(name), std::make_unique<FieldNode>()});
      found = node->names.end() - 1;
    }
    node = found->node.get();
    if (dot == std::string_view::npos) return *node;
    path.remove_prefix(dot + 1);
  }
}

void FieldNode::add(std::uint32_t slot, const std::vector<Alternative>& alternatives) {
  StringTest exact{.kind = StringTest::Kind::kOneOf, .slot = slot};
  std::size_t exact_count = 0;
  const auto string = [&](StringTest::Kind kind, const Alternative& alternative, std::string text = {}) -> StringTest& {
    return strings.emplace_back(
        StringTest{.kind = kind, .slot = slot, .text = std::move(text), .alternative = &alternative});
  };
  const auto number = [&](NumberTest::Kind kind) -> NumberTest& {
    return numbers.emplace_back(NumberTest{.kind = kind, .slot = slot, .low = {}, .high = {}});
  };
  for (const Alternative& alternative : alternatives) {
    if (const auto* a = std::get_if<ExactString>(&alternative)) {
      if (a->address) {
        string(StringTest::Kind::kAddress, alternative, a->text);
      } else {
        exact.set.add(a->text);
        exact.text = a->text;
        ++exact_count;
      }
    } else if (const auto* n = std::get_if<ExactNumber>(&alternative)) {
      if (n->number.comparable) {
        NumberTest& test = number(NumberTest::Kind::kExact);
        test.low = Decimal(n->spelling);
        test.least = test.most = test.low->order();
      } else {
        number(NumberTest::Kind::kSpelling).spelling = n->spelling;
      }
    } else if (const auto* l = std::get_if<ExactLiteral>(&alternative)) {
      literals.push_back({slot, l->spelling.front()});
    } else if (const auto* p = std::get_if<Prefix>(&alternative)) {
      string(StringTest::Kind::kPrefix, alternative, p->text);
    } else if (const auto* s = std::get_if<Suffix>(&alternative)) {
      string(StringTest::Kind::kSuffix, alternative, s->text);
    } else if (const auto* i = std::get_if<IgnoreCase>(&alternative)) {
      string(i->part == IgnoreCase::Part::kAll      ? StringTest::Kind::kFolded
             : i->part == IgnoreCase::Part::kPrefix ? StringTest::Kind::kFoldedPrefix
                                                    : StringTest::Kind::kFoldedSuffix,
             alternative)
          .folded = &i->text;
    } else if (const auto* w = std::get_if<Wildcard>(&alternative)) {
      string(StringTest::Kind::kWildcard, alternative).wildcard = w;
    } else if (std::holds_alternative<AddressRange>(alternative)) {
      string(StringTest::Kind::kRange, alternative);
    } else if (const auto* but = std::get_if<AnythingBut>(&alternative)) {
      string(StringTest::Kind::kAnythingBut, alternative).except(*but);
      NumberTest& other = number(NumberTest::Kind::kAnythingBut);
      for (const std::string& spelling : but->number_spellings) other.excluded.emplace_back(spelling);
      literals.push_back({slot, 0});
    } else if (const auto* range = std::get_if<Numeric>(&alternative)) {
      NumberTest& test = number(NumberTest::Kind::kRange);
      if (range->low) {
        test.low = Decimal(range->low->spelling);
        test.least = test.low->order();
        test.low_inclusive = range->low->inclusive;
      }
      if (range->high) {
        test.high = Decimal(range->high->spelling);
        test.most = test.high->order();
        test.high_inclusive = range->high->inclusive;
      }
    } else if (std::holds_alternative<Exists>(alternative)) {
      string(StringTest::Kind::kAny, alternative);
      number(NumberTest::Kind::kAny);
      literals.push_back({slot, 0});
    } else {
      absent.push_back(slot);
    }
  }
  if (exact_count == 0) return;
  exact.set.finish();
  if (exact_count == 1) exact.kind = StringTest::Kind::kExact;
  strings.push_back(std::move(exact));
}

void FieldNode::finish() {
  for (StringTest& test : strings) test.finish();
  is_leaf = !strings.empty() || !numbers.empty() || !literals.empty() || !absent.empty();
  if (names.size() > kFew) {
    for (std::uint32_t i = 0; i < names.size(); ++i) order.push_back(i);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return names[a].text < names[b].text; });
  }
  // Paths are as deep as a pattern of 4,096 characters nests.
  for (Name& name : names) name.node->finish();
}

void FieldNode::add_starts(NameStarts& starts) const {
  for (const Name& name : names) {
    starts.add(name.text);
    name.node->add_starts(starts);
  }
}

// name begins with the candidate's first eight bytes; it may be the candidate, or a dotted name that begins with it.
const FieldNode* FieldNode::find_slowly(const Name& candidate, std::string_view name) noexcept {
  if (!name.starts_with(candidate.text)) return nullptr;
  name.remove_prefix(candidate.text.size());
  const FieldNode* node = candidate.node.get();
  while (!name.empty()) {
    if (name.front() != '.') return nullptr;
    name.remove_prefix(1);
    const std::string_view step = name.substr(0, name.find('.'));
    const auto next =
        std::find_if(node->names.begin(), node->names.end(), [&](const Name& n) { return n.text == step; });
    if (next == node->names.end()) return nullptr;
    node = next->node.get();
    name.remove_prefix(step.size());
  }
  return node;
}

const FieldNode* FieldNode::find_among_many(std::string_view name) const noexcept {
  const std::string_view step = name.substr(0, name.find('.'));
  const auto at = std::lower_bound(order.begin(), order.end(), step, [&](std::uint32_t i, std::string_view wanted) {
    return std::string_view(names[i].text) < wanted;
  });
  return at == order.end() || names[*at].text != step ? nullptr : find_slowly(names[*at], name);
}

}  // namespace millrace::filter
