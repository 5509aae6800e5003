// Problems: turns many causes of one kind of ill health into one Health that begins and one that ends it.
//
// Confined to its core.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/pipeline/action.h"

namespace millrace::pipeline {

class Problems {
 public:
  void raise(Problem problem, Actions& actions) {
    if (causes(problem)++ == 0) actions.push_back(Health{problem, true});
  }
  void settle(Problem problem, Actions& actions) {
    if (causes(problem) > 0 && --causes(problem) == 0) actions.push_back(Health{problem, false});
  }
  bool raised(Problem problem) { return causes(problem) > 0; }

 private:
  std::uint32_t& causes(Problem problem) { return causes_[static_cast<std::size_t>(problem)]; }
  std::array<std::uint32_t, 6> causes_{};
};

}  // namespace millrace::pipeline
