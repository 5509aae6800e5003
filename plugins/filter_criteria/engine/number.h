// A JSON number as the pattern language compares it: by value where a double holds it without loss, else by spelling.
//
// 300, 300.0 and 3.0e2 are equal, and so are 0 and -0. A number such as 9007199254740993, which no double holds, equals
// only its own spelling and has no order. "Holds": the shortest decimal that reads back as the nearest double has the
// same value as what was written.
#pragma once

#include <string_view>

namespace millrace::filter {

struct Number {
  double value = 0;
  bool comparable = false;

  // text is a number by JSON's grammar.
  static Number parse(std::string_view text) noexcept;
};

}  // namespace millrace::filter
