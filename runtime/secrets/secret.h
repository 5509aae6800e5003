// Secret: bytes that are wiped when they are no longer needed.
//
// The only way in is fill or copy_of, the only way out is bytes() for as long as it lives: there is no copy, no stream
// operator and no conversion to std::string, so a secret does not end up in a log line by accident.
//
// Thread-compatible. Moved-from is empty.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace millrace::secrets {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size) : data_(std::make_unique<char[]>(size)), size_(size), capacity_(size) {}
  static Secret copy_of(std::string_view bytes);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  std::string_view bytes() const noexcept { return {data_.get(), size_}; }
  bool empty() const noexcept { return size_ == 0; }
  char* data() noexcept { return data_.get(); }
  // Forgets what is past `size`; never grows.
  void shrink(std::size_t size) noexcept;
  void wipe() noexcept;

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // all of it is wiped, not only what is left after shrink()
};

}  // namespace millrace::secrets
