#include "json.h"

namespace millrace::filter::reference {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Json> parse() {
    if (!is_utf8(text_) || !document()) return std::nullopt;
    return std::move(json_);
  }

 private:
  bool document() {
    skip_space();
    if (!value("")) return false;
    while (!open_.empty()) {
      skip_space();
      Json::Node& parent = json_.nodes[open_.back()];
      const bool is_object = parent.kind == Json::Kind::kObject;
      if (eat(is_object ? '}' : ']')) {
        open_.pop_back();
        continue;
      }
      if (!parent.children.empty()) {
        if (!eat(',')) return false;
        skip_space();
      }
      std::string name;
      if (is_object) {
        if (!eat('"') || !string(name)) return false;
        skip_space();
        if (!eat(':')) return false;
        skip_space();
      }
      if (!value(std::move(name))) return false;
    }
    skip_space();
    return at_ == text_.size();
  }

  bool value(std::string name) {
    const std::size_t index = json_.nodes.size();
    if (!open_.empty()) json_.nodes[open_.back()].children.push_back(index);
    Json::Node node{Json::Kind::kNull, std::move(name), "", {}};
    bool good = true;
    if (eat('{')) {
      node.kind = Json::Kind::kObject;
      open_.push_back(index);
    } else if (eat('[')) {
      node.kind = Json::Kind::kArray;
      open_.push_back(index);
    } else if (eat('"')) {
      node.kind = Json::Kind::kString;
      good = string(node.text);
    } else if (eat_word("true")) {
      node.kind = Json::Kind::kTrue;
      node.text = "true";
    } else if (eat_word("false")) {
      node.kind = Json::Kind::kFalse;
      node.text = "false";
    } else if (eat_word("null")) {
      node.text = "null";
    } else {
      node.kind = Json::Kind::kNumber;
      good = number(node.text);
    }
    json_.nodes.push_back(std::move(node));
    return good;
  }

  bool number(std::string& out) {
    const std::size_t start = at_;
    eat('-');
    if (!eat('0') && !digits()) return false;
    if (eat('.') && !digits()) return false;
    if (eat('e') || eat('E')) {
      if (!eat('+')) eat('-');
      if (!digits()) return false;
    }
    out = text_.substr(start, at_ - start);
    return true;
  }

  bool digits() {
    const std::size_t start = at_;
    while (is_digit(peek())) ++at_;
    return at_ > start;
  }

  bool string(std::string& out) {
    for (;;) {
      if (at_ >= text_.size()) return false;
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\')
        out += c;
      else if (!escape(out))
        return false;
    }
  }

  bool escape(std::string& out) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t i = kEscapes.find(peek()); at_ < text_.size() && i != std::string_view::npos) {
      ++at_;
      out += kMeanings[i];
      return true;
    }
    unsigned code = 0;
    if (!eat('u') || !hex4(code)) return false;
    if (code >= 0xD800 && code <= 0xDBFF && text_.substr(at_, 2) == "\\u") {
      const std::size_t before = at_;
      at_ += 2;
      unsigned low = 0;
      if (!hex4(low)) return false;
      if (low >= 0xDC00 && low <= 0xDFFF)
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      else
        at_ = before;  // half a pair stays what it is and equals only itself
    }
    append_utf8(out, code);
    return true;
  }

  bool hex4(unsigned& out) {
    for (int i = 0; i < 4; ++i) {
      const char c = peek();
      const int digit = is_digit(c)              ? c - '0'
                        : (c >= 'a' && c <= 'f') ? c - 'a' + 10
                        : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                                 : -1;
      if (digit < 0) return false;
      out = out * 16 + static_cast<unsigned>(digit);
      ++at_;
    }
    return true;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool eat(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool eat_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Json json_;
  std::vector<std::size_t> open_;  // objects and arrays that have not ended
};

}  // namespace

// Table 3-7 of the Unicode standard, row by row.
bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  const auto tail = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned c = byte(i);
    if (c <= 0x7F)
      i += 1;
    else if (c >= 0xC2 && c <= 0xDF && tail(i + 1))
      i += 2;
    else if (((c == 0xE0 && in(i + 1, 0xA0, 0xBF)) || (c >= 0xE1 && c <= 0xEC && tail(i + 1)) ||
              (c == 0xED && in(i + 1, 0x80, 0x9F)) || (c >= 0xEE && c <= 0xEF && tail(i + 1))) &&
             tail(i + 2))
      i += 3;
    else if (((c == 0xF0 && in(i + 1, 0x90, 0xBF)) || (c >= 0xF1 && c <= 0xF3 && tail(i + 1)) ||
              (c == 0xF4 && in(i + 1, 0x80, 0x8F))) &&
             tail(i + 2) && tail(i + 3))
      i += 4;
    else
      return false;
  }
  return true;
}

std::optional<Json> Json::parse(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace millrace::filter::reference
