#include "runtime/secrets/json_member.h"

#include <cstdint>

namespace millrace::secrets {
namespace {

constexpr int kMaximumDepth = 64;

// Steps over JSON text; every skip_ function returns false where the text is not JSON.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool done() {
    space();
    return at_ == text_.size();
  }
  bool take(char c) {
    space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool peek(char c) {
    space();
    return at_ < text_.size() && text_[at_] == c;
  }

  // Leaves the string's raw text, without its quotes, in `raw`.
  bool skip_string(std::string_view& raw) {
    if (!take('"')) return false;
    const std::size_t from = at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        raw = text_.substr(from, at_ - from);
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !skip_escape()) return false;
    }
    return false;
  }

  bool skip_value(int depth = 0) {
    space();
    if (at_ >= text_.size() || depth > kMaximumDepth) return false;
    std::string_view ignored;
    switch (text_[at_]) {
      case '"':
        return skip_string(ignored);
      case '{':
        return skip_container('}', true, depth);
      case '[':
        return skip_container(']', false, depth);
      case 't':
        return skip_word("true");
      case 'f':
        return skip_word("false");
      case 'n':
        return skip_word("null");
      default:
        return skip_number();
    }
  }

 private:
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool skip_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  bool skip_escape() {
    ++at_;
    if (at_ >= text_.size()) return false;
    if (text_[at_] != 'u') return std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos;
    for (int i = 0; i < 4; ++i) {
      ++at_;
      if (at_ >= text_.size() || std::string_view("0123456789abcdefABCDEF").find(text_[at_]) == std::string_view::npos)
        return false;
    }
    return true;
  }
  bool digits() {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > from;
  }
  bool skip_number() {
    if (text_[at_] == '-') ++at_;
    if (at_ < text_.size() && text_[at_] == '0')
      ++at_;
    else if (!digits())
      return false;
    if (at_ < text_.size() && text_[at_] == '.' && (++at_, !digits())) return false;
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!digits()) return false;
    }
    return true;
  }
  bool skip_container(char close, bool named, int depth) {
    ++at_;
    if (take(close)) return true;
    std::string_view ignored;
    do {
      if (named && (!skip_string(ignored) || !take(':'))) return false;
      if (!skip_value(depth + 1)) return false;
    } while (take(','));
    return take(close);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::uint32_t hex4(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits.substr(0, 4))
    value = value * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  return value;
}

// Decodes a raw JSON string that the walker has accepted. Never longer than the raw text. An unpaired surrogate becomes
// U+FFFD.
Secret decode(std::string_view raw) {
  Secret out(raw.size());
  char* to = out.data();
  const auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      *to++ = raw[i];
      continue;
    }
    switch (raw[++i]) {
      case 'b':
        put('\b');
        continue;
      case 'f':
        put('\f');
        continue;
      case 'n':
        put('\n');
        continue;
      case 'r':
        put('\r');
        continue;
      case 't':
        put('\t');
        continue;
      case 'u':
        break;
      default:
        *to++ = raw[i];
        continue;
    }
    std::uint32_t c = hex4(raw.substr(i + 1));
    i += 4;
    if (c >= 0xD800 && c < 0xDC00 && raw.substr(i + 1, 2) == "\\u") {
      const std::uint32_t low = hex4(raw.substr(i + 3));
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        i += 6;
      }
    }
    if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | (c >> 6)), put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      put(0xE0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
    } else {
      put(0xF0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3F)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
    }
  }
  out.shrink(static_cast<std::size_t>(to - out.data()));
  return out;
}

}  // namespace

MemberError json_member(std::string_view json, std::string_view member, Secret& out) {
  Walker walker(json);
  bool found = false;
  Secret value;
  if (!walker.take('{')) return MemberError::kNotAnObject;
  if (!walker.take('}')) {
    do {
      std::string_view raw_name, raw_value;
      if (!walker.skip_string(raw_name) || !walker.take(':')) return MemberError::kNotAnObject;
      const bool wanted = decode(raw_name).bytes() == member;
      const bool is_string = walker.peek('"');
      const std::size_t from = walker.at();
      if (is_string ? !walker.skip_string(raw_value) : !walker.skip_value()) return MemberError::kNotAnObject;
      if (!is_string) raw_value = json.substr(from, walker.at() - from);
      if (!wanted) continue;
      found = is_string || raw_value != "null";
      value = !found ? Secret() : is_string ? decode(raw_value) : Secret::copy_of(raw_value);
    } while (walker.take(','));
    if (!walker.take('}')) return MemberError::kNotAnObject;
  }
  if (!walker.done()) return MemberError::kNotAnObject;
  if (!found) return MemberError::kMissing;
  out = std::move(value);
  return MemberError::kNone;
}

}  // namespace millrace::secrets
