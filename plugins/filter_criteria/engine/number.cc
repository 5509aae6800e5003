#include "number.h"

#include <charconv>
#include <system_error>

#include "decimal.h"

namespace millrace::filter {

Number Number::parse(std::string_view text) noexcept {
  const Decimal written(text);
  if (written.is_zero()) return {0.0, true};
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) return {};
  char shortest[32];
  const auto shown = std::to_chars(shortest, shortest + sizeof shortest, value, std::chars_format::scientific);
  const Decimal held({shortest, static_cast<std::size_t>(shown.ptr - shortest)});
  return {value, written.is_exact() && held.compare(written) == 0};
}

}  // namespace millrace::filter
