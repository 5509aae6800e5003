// Pairs of a pattern and an event that have something to do with each other.
//
// An event is made first; the pattern then asks for fields that are in it, mostly with alternatives made from the
// values that stand there. So about half of the pairs match, and every operator is tried on values that it nearly
// takes. All choices come from bytes: a fuzzer that changes bytes changes choices, and equal bytes give equal pairs.
//
// The fuzz targets, the comparison with event-ruler and the tests use it. Confined to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>

namespace millrace::filter::fuzz {

// A stream of choices. When the bytes have run out every choice is 0, which ends what is being made.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::size_t below(std::size_t n);  // 0 .. n-1; n <= 256
  bool once_in(std::size_t n) { return below(n) == n - 1; }
  bool ended() const { return at_ >= bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

struct Pair {
  std::string pattern;  // what stands under "value": {…} for JSON, […] for plain text
  std::string event;    // the record's value
  std::set<std::string> operators;
};

Pair make_pair(Choices& choices);       // a JSON object as event
Pair make_text_pair(Choices& choices);  // plain text as event

// The pair of a number, for comparisons without a fuzzer.
Pair make_pair(std::uint64_t seed);

}  // namespace millrace::filter::fuzz
