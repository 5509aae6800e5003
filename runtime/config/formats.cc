#include "runtime/config/formats.h"

#include <algorithm>

namespace millrace::config {
namespace {

// RFC 8259's grammar and nothing else; a library would also insist that numbers fit a double.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  bool reads_one_value() {
    skip_blanks();
    if (!value(0)) return false;
    skip_blanks();
    return at_ == text_.size();
  }
  std::size_t position() const { return at_ + 1; }
  bool is_too_deep() const { return is_too_deep_; }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) { return peek() == c && at_ < text_.size() ? (++at_, true) : false; }
  bool take_word(std::string_view word) {
    return text_.substr(at_).starts_with(word) ? (at_ += word.size(), true) : false;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  bool digits() {
    const std::size_t start = at_;
    while (is_digit(peek())) ++at_;
    return at_ > start;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      ++at_;
      if (c == '"') return true;
      if (c != '\\') continue;
      if (take('u')) {
        for (int i = 0; i < 4; ++i, ++at_)
          if (std::string_view("0123456789abcdefABCDEF").find(peek()) == std::string_view::npos) return false;
      } else if (peek() != '\0' && std::string_view("\"\\/bfnrt").find(peek()) != std::string_view::npos) {
        ++at_;
      } else {
        return false;
      }
    }
    return false;
  }

  bool members(char close, bool has_keys, int depth) {
    if (depth >= 64) {
      is_too_deep_ = true;
      return false;
    }
    skip_blanks();
    if (take(close)) return true;
    while (true) {
      skip_blanks();
      if (has_keys) {
        if (!string()) return false;
        skip_blanks();
        if (!take(':')) return false;
        skip_blanks();
      }
      if (!value(depth + 1)) return false;
      skip_blanks();
      if (take(close)) return true;
      if (!take(',')) return false;
    }
  }

  bool value(int depth) {
    if (take('{')) return members('}', true, depth);
    if (take('[')) return members(']', false, depth);
    if (peek() == '"') return string();
    if (take_word("true") || take_word("false") || take_word("null")) return true;
    return number();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool is_too_deep_ = false;
};

}  // namespace

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

bool is_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view port = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);
  if (port.empty() || port.size() > 5) return false;
  int number = 0;
  for (const char c : port) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + (c - '0');
  }
  if (number < 1 || number > 65535) return false;
  const auto is_letter_or_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 4) return false;
    host = host.substr(1, host.size() - 2);
    return host.find(':') != std::string_view::npos && std::all_of(host.begin(), host.end(), [&](char c) {
             return is_letter_or_digit(c) || c == ':' || c == '.' || c == '%';
           });
  }
  return std::all_of(host.begin(), host.end(),
                     [&](char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_uri(std::string_view text) {
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos || mark == 0 || mark + 3 == text.size()) return false;
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
}

bool is_json(const std::string& text, std::string* why) {
  JsonReader reader(text);
  if (reader.reads_one_value()) return true;
  *why =
      reader.is_too_deep() ? "it is nested more than 64 deep" : "at its character " + std::to_string(reader.position());
  return false;
}

}  // namespace millrace::config
