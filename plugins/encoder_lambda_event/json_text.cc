// One walk serves both sizes and text: a sink that counts and a sink that writes.
#include "json_text.h"

#include <cstdint>
#include <cstring>

namespace millrace::lambda_event {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
constexpr std::uint64_t kHighs = 0x8080808080808080ULL;

// True when all eight bytes are ASCII that JSON takes as it is: 0x20-0x7f without the quote and the backslash.
bool is_plain(std::uint64_t eight) {
  const std::uint64_t below_space = eight - kOnes * 0x20;
  const std::uint64_t quote = eight ^ kOnes * '"';
  const std::uint64_t backslash = eight ^ kOnes * '\\';
  return ((eight | below_space | (quote - kOnes) | (backslash - kOnes)) & kHighs) == 0;
}

// Length of the well-formed sequence at the start of `text` (its first byte is not ASCII), or, negated, of the part
// that one U+FFFD stands for: as much as still could have begun a sequence.
int utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  int wanted = 0;
  unsigned char low = 0x80, high = 0xbf;  // what the second byte may be
  if (first >= 0xc2 && first <= 0xdf) {
    wanted = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    wanted = 3;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;  // no surrogates
  } else if (first >= 0xf0 && first <= 0xf4) {
    wanted = 4;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;  // not beyond U+10FFFF
  } else {
    return -1;
  }
  for (int i = 1; i < wanted; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (at >= text.size() || byte(at) < low || byte(at) > high) return -i;
    low = 0x80;
    high = 0xbf;
  }
  return wanted;
}

template <class Sink>
void walk(std::string_view text, Sink& sink) {
  while (!text.empty()) {
    if (text.size() >= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, text.data(), 8);
      if (is_plain(eight)) {
        sink.put(text.data(), 8);
        text.remove_prefix(8);
        continue;
      }
    }
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      const int sequence = utf8_sequence(text);
      if (sequence > 0) {
        sink.put(text.data(), static_cast<std::size_t>(sequence));
      } else {
        sink.put("\xef\xbf\xbd", 3);
      }
      text.remove_prefix(static_cast<std::size_t>(sequence > 0 ? sequence : -sequence));
      continue;
    }
    if (byte >= 0x20 && c != '"' && c != '\\') {
      sink.put(&c, 1);
    } else if (c == '"' || c == '\\') {
      const char escape[2] = {'\\', c};
      sink.put(escape, 2);
    } else if (const char* letter = std::strchr("\bb\tt\nn\ff\rr", c); letter != nullptr && c != '\0') {
      const char escape[2] = {'\\', letter[1]};
      sink.put(escape, 2);
    } else {
      const char escape[6] = {'\\', 'u', '0', '0', "01"[byte >> 4], "0123456789abcdef"[byte & 15]};
      sink.put(escape, 6);
    }
    text.remove_prefix(1);
  }
}

struct Counter {
  std::size_t size = 0;
  void put(const char*, std::size_t n) { size += n; }
};

struct Pen {
  char* out;
  void put(const char* text, std::size_t n) {
    std::memcpy(out, text, n);
    out += n;
  }
};

}  // namespace

std::size_t json_text_size(std::string_view text) {
  Counter counter;
  walk(text, counter);
  return counter.size;
}

char* write_json_text(char* out, std::string_view text) {
  Pen pen{out};
  walk(text, pen);
  return pen.out;
}

std::string json_text(std::string_view text) {
  std::string result(json_text_size(text), '\0');
  write_json_text(result.data(), text);
  return result;
}

}  // namespace millrace::lambda_event
