// The filter engine: AWS's event pattern language, compiled once and asked of every record.
//
//   auto compiled = millrace::filter::compile(R"({"value": {"status": ["shipped"]}})");
//   if (!compiled) return complain(compiled.error());      // message, id, pointer, line and column
//   const millrace::filter::Filter& filter = *compiled;
//   if (filter.matches(value)) ...                         // one value
//   filter.match_batch(values, keep, scratch);             // many: clears the bits of those to drop
//
// A Filter is one or more patterns (ORed), immutable: any number of threads may ask it at once, each with a Scratch of
// its own. Asking allocates nothing once the Scratch has grown to what the values need, so a batch keeps one; the
// exception are values whose fields have to be joined across the entries of arrays. Cost is linear in the value, except
// for that joining, which has a budget (Reason::kTooComplex).
//
// Nothing here knows of Millrace's plugins: the folder is a library of its own (CMake target filter_engine).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::filter {

// What a pattern's top level is.
enum class Root : std::uint8_t {
  kRecord,  // a record, as in FilterCriteria: {"value": {"status": [...]}} or {"value": ["text"]}
  kEvent,   // the JSON value itself, as in EventBridge rules: {"status": [...]}
};

// How much of a value is checked.
enum class Validate : std::uint8_t {
  kFull,     // malformed JSON or UTF-8 is found wherever it is
  kTouched,  // brackets and the order of tokens everywhere; numbers, escapes and UTF-8 only where patterns look
};

// What happens to a value that no pattern speaks of: JSON where all are for text, the reverse, no value, not UTF-8.
// With Root::kEvent such a value never stays, whatever this says.
enum class OnMismatch : std::uint8_t { kPass, kDrop };

struct Options {
  Root root = Root::kRecord;
  Validate validate = Validate::kFull;
  OnMismatch on_mismatch = OnMismatch::kPass;
  bool record_fields = false;             // patterns may name key, headers, topic, partition, offset and timestamp
  bool strict_lambda = false;             // operators outside the Lambda guide's table are refused
  std::size_t maximum_characters = 4096;  // of a pattern's text
  std::size_t maximum_paths = 256;        // of one combination of fields; no more than 256
  std::size_t maximum_rules = 1000;       // combinations that the $or of one pattern multiply to
};

// Why a pattern was refused, and where.
struct Error {
  std::string id;           // "MR6002"
  std::string message;      // in the service's own words where it has some, then what to do
  std::string pointer;      // JSON pointer into the pattern: "/value/total/0"; "" is the whole of it
  std::size_t offset = 0;   // byte in the pattern's text, from 0
  std::size_t line = 1;     // from 1
  std::size_t column = 1;   // in characters, from 1
  std::size_t pattern = 0;  // which of several patterns, from 0
};

// A value or an Error. Like std::expected, which this compiler lacks.
template <class T>
class Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  T& operator*() noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

struct Header {
  std::string_view name;
  std::string_view value;  // data() == nullptr: none
};

// A record as patterns see it. A string_view whose data() is nullptr is absent: value.data() == nullptr is a tombstone.
struct Record {
  std::string_view value;
  std::string_view key = {};  // this and the rest are looked at with Options::record_fields only
  std::span<const Header> headers = {};
  std::string_view topic = {};
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = -1;  // negative: unknown
};

enum class Reason : std::uint8_t {
  kMatched,    // a pattern matched
  kRejected,   // the patterns that speak of this value's form were asked, and none matched
  kOtherForm,  // no pattern speaks of this form: JSON where all are for text, or the reverse (malformed JSON is text)
  kNotUtf8,    // the value is not UTF-8
  kNoValue,    // a tombstone
  kTooComplex  // joining the entries of its arrays took too many steps; such a record is kept
};

const char* name(
    Reason reason) noexcept;  // "matched", "rejected", "other form", "not UTF-8", "no value", "too complex"

struct Verdict {
  bool keep;
  Reason reason;
};

// Working memory of one thread, which grows to what its values need and stays. Cheap to make.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(Scratch&&) noexcept;
  Scratch& operator=(Scratch&&) noexcept;

  struct State;
  State& state() noexcept { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

class Filter {
 public:
  struct Plan;  // of the engine's own

  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  std::size_t pattern_count() const noexcept;

  // Whether a record with this value stays. The first form is for occasional use: it makes a Scratch each time.
  bool matches(std::string_view value) const;
  bool matches(std::string_view value, Scratch& scratch) const { return judge({.value = value}, scratch).keep; }

  Verdict judge(const Record& record, Scratch& scratch) const;

  // Clears bit i of `keep` for every set bit whose value does not stay; fetches values ahead.
  void match_batch(std::span<const std::string_view> values, std::uint64_t* keep, Scratch& scratch) const;

  // Sets bit i of `matched` (zeroed by the call; a word for each 64 patterns, at least one) for every pattern i that
  // matches: all are asked, where judge() stops at the first. False when the value is not of a form they speak of.
  bool matching(std::string_view value, std::span<std::uint64_t> matched, Scratch& scratch) const;

  // Before `value` is matched: starts bringing the one into the cache that is kAhead behind it, of a long one the
  // beginning, for what follows comes by itself. Where values lie one behind another matching sees to that as it goes
  // (fetch_ahead.h), and this does nothing.
  static constexpr std::size_t kAhead = 2;
  static void prefetch(std::string_view value, std::string_view ahead) noexcept {
    constexpr std::uintptr_t kNear = 8192;
    if (reinterpret_cast<std::uintptr_t>(ahead.data()) - reinterpret_cast<std::uintptr_t>(value.data()) < kNear) return;
    for (std::size_t at = 0; at < ahead.size() && at < 1024; at += 64) __builtin_prefetch(ahead.data() + at);
  }

 private:
  explicit Filter(std::unique_ptr<const Plan> plan) noexcept;
  friend Result<Filter> compile(std::span<const std::string_view> patterns, const Options& options);

  std::unique_ptr<const Plan> plan_;
};

// Compiles one pattern, or several that are ORed.
Result<Filter> compile(std::span<const std::string_view> patterns, const Options& options = {});
inline Result<Filter> compile(std::string_view pattern, const Options& options = {}) {
  return compile(std::span<const std::string_view>(&pattern, 1), options);
}

}  // namespace millrace::filter
