// What the kernels of the scan share: which names to mark, room for what they find, and the choice between them.
#include "scan.h"

namespace millrace::filter {

namespace kernels {
namespace {

using Bits = std::uint64_t;
#include "scan_codes.h"

// Two of the kernels find classes in a table and mark a byte by a bit of its code: in some it is always set, others it
// would turn into what they are not.
bool is_marked(unsigned char byte) {
  return (kCodes.of[byte] & kCurly) != 0;
}
bool can_be_marked(unsigned char byte) {
  return is_marked(byte) || kCodes.of[byte] == 0;
}

}  // namespace
}  // namespace kernels

NameStarts::NameStarts() noexcept {
  for (unsigned char byte = 0; byte < 128; ++byte)
    if (kernels::is_marked(byte)) marks_[byte] = kMark;
}

void NameStarts::add(std::string_view name) noexcept {
  if (name.empty()) {  // in the text it begins with a quote, or with the dot of ".a", which is a inside it
    are_all_ = true;
    return;
  }
  const auto first = static_cast<unsigned char>(name.front());
  // looked for in any case, the first and the last two as escapes
  if (first < 0x20 || first >= 0x80 || first == '\\' || first == '"') return;
  if (kernels::can_be_marked(first)) {
    marks_[first] = kMark;
    for (int i = 0; i < 8; ++i)
      nibbles_[(first & 0x20) != 0 ? 1 : 0][i][first % 16] = static_cast<unsigned char>(1 << i);
  } else {
    are_all_ = true;
  }
}

void Blocks::grow(std::size_t text_size) {
  constexpr std::size_t kAtOnce = 512;  // a kernel may fill in so many bytes' entries at a time
  const std::size_t some = (text_size + text_size / 2 + kAtOnce - 1) / kAtOnce;
  for (auto* masks : {&marks, &brackets, &opens, &objects, &ends}) masks->resize(some * (kAtOnce / 64));
  filled.resize(marks.size() / 64 + 1);
  room = some * kAtOnce;
}

ScanFunction best_scan() noexcept {
  if (kernels::has_avx512()) return kernels::scan_avx512;
  if (kernels::has_avx2()) return kernels::scan_avx2;
  return kernels::scan_portable;
}

}  // namespace millrace::filter
