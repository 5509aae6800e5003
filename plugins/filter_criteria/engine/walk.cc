#include "walk.h"

#include <bit>
#include <cstring>

#include "json_scalar.h"

namespace millrace::filter {
namespace {

constexpr std::size_t kStep = 8;  // words that are copied at once

std::uint64_t behind(std::size_t bit) noexcept {  // the bits above `bit` of 0 to 63
  return ~std::uint64_t{1} << bit;
}

// Whether what begins as the name does is the name; as many bytes may be read.
bool has_rest(const char* text, const FieldNode::Name& name, std::string_view wanted) noexcept {
  if (wanted.size() <= 8) return true;
  std::uint64_t tail = 0;
  std::memcpy(&tail, text + wanted.size() - 8, 8);
  return tail == name.tail &&
         (wanted.size() <= 16 || std::memcmp(text + 8, wanted.data() + 8, wanted.size() - 16) == 0);
}

}  // namespace

void Walk::Parts::finish() {
  const auto whole_steps = [](std::size_t words) { return (words + kStep - 1) / kStep * kStep; };
  fresh_ = counts;
  slots_at_ = whole_steps(counts.size());
  fresh_.resize(slots_at_ + whole_steps((part_of.size() + 3) / 4));
}

bool Walk::run(std::string_view text, Scan scan, const Blocks& blocks, const FieldNode& root, const Parts& parts,
               bool may_end_search, bool checks) {
  text_ = text;
  marks_of_ = blocks.marks.data();
  brackets_ = blocks.brackets.data();
  opens_ = blocks.opens.data();
  ends_ = blocks.ends.data();
  filled_ = blocks.filled.data();
  objects_ = blocks.objects.data();
  parts_ = &parts;
  escapes_ = scan.escapes;
  may_end_search_ = may_end_search;
  checks_ = checks;
  is_malformed_ = false;
  // Slots and parts are few, so what sets them is small and in line.
  const std::size_t words = parts.fresh_.size();
  if (__builtin_expect(memory_.size() < words, 0)) memory_.resize(words);
  left_ = memory_.data();
  slots_ = reinterpret_cast<std::uint8_t*>(left_ + parts.slots_at_);
  const std::uint32_t* const fresh = parts.fresh_.data();
  for (std::size_t i = 0; i < words; i += kStep) std::memcpy(left_ + i, fresh + i, kStep * sizeof *fresh);
  satisfied_ = 0;
  has_entries_ = false;
  parts_left_ = parts.ends_search.size();
  depth_ = arrays_ = 0;
  last_name_ = blocks.last_name;
  if (parts_left_ == 0) return true;
  push(&root, false, false);
  go_behind(0);
  while (depth_ != 0)
    if (!(top().is_array ? walk_array() : walk_objects())) return !is_malformed_;
  return true;
}

void Walk::grow() {
  frames_.resize(depth_ * 2 + 16);
}

inline void Walk::push(const FieldNode* node, bool is_array, bool in_entry) {
  if (__builtin_expect(depth_ == frames_.size(), 0)) grow();
  Frame& frame = frames_.data()[depth_++];
  frame.node = node;
  frame.is_array = is_array;
  frame.in_entry = in_entry;
  arrays_ += is_array ? 1 : 0;
}

inline void Walk::pop() noexcept {
  arrays_ -= top().is_array ? 1 : 0;
  --depth_;
}

inline void Walk::go_behind(std::size_t at) noexcept {
  block_ = at / 64;
  marks_ = marks_of_[block_] & behind(at % 64);
}

// The next block that has marks; there is one until the text ends.
inline std::size_t Walk::next_marked(std::size_t block) const noexcept {
  ++block;
  std::size_t word = block / 64;
  std::uint64_t later = filled_[word] >> (block % 64) << (block % 64);
  while (later == 0) later = filled_[++word];
  return word * 64 + static_cast<std::size_t>(std::countr_zero(later));
}

[[gnu::always_inline]] inline bool Walk::value(const FieldNode& node, std::size_t at, bool in_entry, std::size_t& end) {
  if (text_[at] == '"') {
    const std::size_t close = string_end(at);
    end = close + 1;
    return string_value(node, text_.substr(at + 1, close - at - 1), in_entry);
  }
  if (text_[at] <= '9') return number_value(node, at, in_entry, end);
  end = scalar_end(at);
  return word_value(node, text_.substr(at, end - at), in_entry);
}

// Until an array is on top, or nothing. False: the search is over.
bool Walk::walk_objects() {
  const char* const text = text_.data();
  const std::size_t size = text_.size();
  // A look at eight bytes of a name turns down nearly all that nobody asks for.
  const bool may_look = !escapes_ && size >= 16;
  const std::size_t last_look = size - 9;
  const FieldNode* here = top().node;
  bool in_entry = top().in_entry;
  std::size_t block = block_;
  std::uint64_t marks = marks_;
  for (;;) {
    if (block >= last_name_ && (marks & ~brackets_[block]) == 0 && arrays_ == 0) {  // no names are left in the text
      depth_ = 0;
      return true;
    }
    if (marks == 0) {
      block = next_marked(block);
      marks = marks_of_[block];
    }
    const std::uint64_t bit = marks & (0 - marks);
    const std::size_t at = block * 64 + static_cast<std::size_t>(std::countr_zero(marks));
    marks ^= bit;
    if ((brackets_[block] & bit) != 0) {
      if ((opens_[block] & bit) != 0) {  // the value of a member that nobody asks for
        skip_container(at);
        block = block_;
        marks = marks_;
        continue;
      }
      pop();
      if (depth_ == 0) return true;
      if (top().is_array) {
        at_ = at + 1;
        return true;
      }
      here = top().node;
      in_entry = top().in_entry;
      continue;
    }
    const FieldNode* node = nullptr;
    std::size_t name_end = 0;
    if (may_look && at <= last_look && here->order.empty()) {
      const char* const name = text + at + 1;
      std::uint64_t head = 0;
      std::memcpy(&head, name, 8);
      const FieldNode::Name* candidate = nullptr;
      for (const FieldNode::Name& wanted : here->names)
        if (((head ^ wanted.head) & wanted.mask) == 0) candidate = &wanted;
      if (candidate == nullptr) continue;
      const std::string_view wanted = candidate->text;
      name_end = at + 1 + wanted.size();
      if (name_end < size && text[name_end] == '"' && has_rest(name, *candidate, wanted)) node = candidate->node.get();
    }
    if (node == nullptr) {
      name_end = string_end(at);
      node = find(*here, at + 1, name_end);
      if (is_malformed_) return false;
      if (node == nullptr) continue;
    }
    std::size_t value_at = name_end + 2;
    if (text[name_end + 1] != ':' || is_white(text[value_at])) {
      value_at = skip_white(skip_white(name_end + 1) + 1);
    }
    const char first = text[value_at];
    if (first == '[') {
      push(node, true, in_entry);
      at_ = value_at + 1;
      return true;
    }
    if (first == '{') {
      if (node->names.empty()) continue;
      push(node, false, in_entry);
      here = node;
      block = value_at / 64;
      marks = marks_of_[block] & behind(value_at % 64);
      continue;
    }
    std::size_t end = 0;
    if (node->is_leaf && !value(*node, value_at, in_entry, end)) return false;
  }
}

bool Walk::walk_array() {
  const FieldNode& here = *top().node;
  const bool in_entry = top().in_entry;
  for (;;) {
    at_ = skip_white(at_);
    switch (const char c = text_[at_]) {
      case ',':
        ++at_;
        break;
      case ']':
        pop();
        if (depth_ != 0 && !top().is_array) go_behind(at_);
        ++at_;
        return true;
      case '{':
      case '[':
        if (c == '{' && here.names.empty()) {
          skip_container(at_);
          break;
        }
        push(&here, c == '[', true);
        if (c == '{') go_behind(at_);
        ++at_;
        return true;
      default: {
        std::size_t end = 0;
        if (!value(here, at_, in_entry, end)) return false;
        at_ = end;
      }
    }
  }
}

// Goes behind the bracket that closes the one at `open`. Brackets of the other kind come in pairs before that, so only
// those of its own are counted.
void Walk::skip_container(std::size_t open) {
  const std::uint64_t others = text_[open] == '{' ? 0 : ~std::uint64_t{0};
  const auto same_kind = [&](std::size_t block) { return brackets_[block] & (objects_[block] ^ others); };
  std::size_t block = open / 64;
  std::uint64_t left = same_kind(block) & behind(open % 64);
  for (int depth = 1;;) {
    for (; left != 0; left &= left - 1) {
      const std::uint64_t bit = left & (0 - left);
      depth += (opens_[block] & bit) != 0 ? 1 : -1;
      if (depth == 0) {
        at_ = block * 64 + static_cast<std::size_t>(std::countr_zero(left)) + 1;
        block_ = block;
        marks_ = marks_of_[block] & ~(bit | (bit - 1));
        return;
      }
    }
    left = same_kind(++block);
  }
}

std::size_t Walk::string_end(std::size_t open) const noexcept {
  std::size_t block = open / 64;
  std::uint64_t ends = ends_[block] & behind(open % 64);
  while (ends == 0) ends = ends_[++block];
  return block * 64 + static_cast<std::size_t>(std::countr_zero(ends));
}

std::size_t Walk::scalar_end(std::size_t at) const noexcept {
  while (text_[at] != ',' && text_[at] != '}' && text_[at] != ']' && !is_white(text_[at])) ++at;
  return at;
}

std::size_t Walk::skip_white(std::size_t at) const noexcept {
  while (is_white(text_[at])) ++at;
  return at;
}

const FieldNode* Walk::find(const FieldNode& node, std::size_t begin, std::size_t end) {
  const std::string_view name = text_.substr(begin, end - begin);
  if (escapes_ && name.find('\\') != std::string_view::npos) {
    if (checks_ && !is_string_body(name)) {
      is_malformed_ = true;
      return nullptr;
    }
    decode_string(name, decoded_);
    return node.find(decoded_, decoded_.size());
  }
  return node.find(name, text_.size() - begin);
}

// False: nothing more is wanted.
inline bool Walk::take(std::uint32_t slot, bool in_entry) {
  std::uint8_t& state = slots_[slot];
  const bool is_alone = parts_->is_alone.data()[slot] != 0;
  const bool was_settled = (state & kTakenOutside) != 0 || (is_alone && (state & kTakenInEntry) != 0);
  state |= in_entry ? kTakenInEntry : kTakenOutside;
  if (in_entry && !is_alone) {
    has_entries_ = true;
    return true;
  }
  if (was_settled) return true;
  const std::uint32_t part = parts_->part_of.data()[slot];
  if (--left_[part] != 0) return true;
  satisfied_ |= std::uint64_t{1} << (part % 64);
  if (--parts_left_ == 0) return false;
  return !(may_end_search_ && parts_->ends_search[part]);
}

bool Walk::string_value(const FieldNode& node, std::string_view raw, bool in_entry) {
  if (checks_ && !is_string_body(raw)) {
    is_malformed_ = true;
    return false;
  }
  see(node, in_entry);
  auto readable = static_cast<std::size_t>(text_.data() + text_.size() - raw.data());
  if (escapes_ && raw.find('\\') != std::string_view::npos) {
    decode_string(raw, decoded_);
    raw = decoded_;
    readable = raw.size();
  }
  const std::uint8_t done = in_entry ? kTakenInEntry : kTakenOutside;
  const TextEnds ends(raw, readable);
  for (const StringTest& test : node.strings)
    if (const auto look = test.look(ends); look != StringTest::Look::kNotTaken && (slots_[test.slot] & done) == 0)
      if ((look == StringTest::Look::kTaken || test.takes(raw)) && !take(test.slot, in_entry)) return false;
  return true;
}

// true, false or null.
bool Walk::word_value(const FieldNode& node, std::string_view raw, bool in_entry) {
  if (checks_ && !is_scalar(raw)) {
    is_malformed_ = true;
    return false;
  }
  see(node, in_entry);
  const std::uint8_t done = in_entry ? kTakenInEntry : kTakenOutside;
  for (const FieldNode::LiteralTest& test : node.literals)
    if ((test.first == 0 || test.first == raw.front()) && (slots_[test.slot] & done) == 0 && !take(test.slot, in_entry))
      return false;
  return true;
}

bool Walk::number_value(const FieldNode& node, std::size_t at, bool in_entry, std::size_t& end) {
  Decimal number;
  end = static_cast<std::size_t>(number.read(text_.data() + at, text_.data() + text_.size()) - text_.data());
  if (checks_ && (!is_scalar(text_.substr(at, end - at)) || scalar_end(end) != end)) {
    is_malformed_ = true;
    return false;
  }
  see(node, in_entry);
  const std::uint8_t done = in_entry ? kTakenInEntry : kTakenOutside;
  NumberTest::Holds holds = NumberTest::Holds::kUnknown;
  for (const NumberTest& test : node.numbers)
    if (test.may_take(number) && (slots_[test.slot] & done) == 0 &&
        test.takes(number, text_.substr(at, end - at), holds) && !take(test.slot, in_entry))
      return false;
  return true;
}

void Walk::see(const FieldNode& node, bool in_entry) noexcept {
  for (const std::uint32_t slot : node.absent) slots_[slot] |= in_entry ? kSeenInEntry : kSeenOutside;
}

}  // namespace millrace::filter
