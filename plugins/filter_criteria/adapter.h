// The engine as the plugin uses it: compiled from the plugin's configuration, asked of a batch.
//
// It is a wall as well: the engine's namespace millrace::filter and the SDK's millrace::filter<T> cannot be seen from
// one file. Used by plugin.cc alone; apply() is const and may run on several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <millrace/error.hpp>
#include <millrace/records.hpp>

namespace filter_criteria {

struct Settings {
  std::vector<std::string> patterns;
  bool strict_lambda = false;
  bool record_fields = false;
  bool drop_on_mismatch = false;
  bool validate_touched = false;
};

class Adapter {
 public:
  // Throws millrace::Error for a pattern that breaks the language's rules.
  explicit Adapter(const Settings& settings);
  ~Adapter();

  // Drops what does not match. Returns how many records were kept because judging them was too complex.
  std::uint64_t apply(const millrace::Batch& batch, const millrace::Selection& keep) const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

}  // namespace filter_criteria
