// Text views, named fields, and millrace::Error: how a plugin says that something failed.
//
// An exception never leaves a plugin: every entry of a table runs under detail::guarded(), which turns whatever was
// thrown into an mr_status and an mr_error. Throw millrace::Error when there is something to tell the operator; any
// other exception becomes MR_INTERNAL with its what().
//
// Thread-compatible plain values.
#pragma once

#include <millrace/plugin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

// Views of the ABI's text and bytes. A view lives as long as what it looks at; nothing is copied.
inline std::string_view view(mr_str s) noexcept {
  return {s.data, static_cast<std::size_t>(s.size)};
}
// An absent value (data NULL) gives an empty view; where the difference matters, look at `data`.
inline std::string_view view(mr_bytes b) noexcept {
  return {reinterpret_cast<const char*>(b.data), static_cast<std::size_t>(b.size)};
}
inline mr_str str(std::string_view s) noexcept {
  return {s.data(), s.size()};
}
inline mr_bytes bytes(std::string_view s) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

// One name and its text, for a log line or an answer: field("topic", topic).
inline mr_field field(std::string_view key, std::string_view value) noexcept {
  return {str(key), str(value)};
}

// A borrowed list of fields, for the duration of one call: `{field("a", x), field("b", y)}`, an array or a vector.
class Fields {
 public:
  Fields() = default;
  Fields(std::initializer_list<mr_field> list) noexcept : fields_(std::data(list), list.size()) {}
  Fields(std::span<const mr_field> fields) noexcept : fields_(fields) {}
  Fields(const std::vector<mr_field>& fields) noexcept : fields_(fields) {}
  const mr_field* data() const noexcept { return fields_.data(); }
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(fields_.size()); }

 private:
  std::span<const mr_field> fields_;
};

// A failure with everything an operator needs. Thrown inside the plugin, reported through the host:
//
//   throw millrace::Error(MR_UNAUTHENTICATED, "The broker refused the credentials.", "/auth/0/credentials")
//       .id("MR3012").reason("EVENT_SOURCE_AUTHN_ERROR").detail("b1:9093 answered SASL error 58.").hint("Check the
//       user.");
//
// Text longer than its place in mr_error is cut at a character's boundary. No secret belongs in any of it.
class Error : public std::runtime_error {
 public:
  // `field` is a JSON pointer into this component's configuration, "" when the configuration is not at fault.
  Error(mr_status code, const std::string& message, std::string field = {})
      : std::runtime_error(message), code_(code == MR_OK ? mr_status{MR_INTERNAL} : code), field_(std::move(field)) {}
  // From what a host function reported.
  explicit Error(const mr_error& e)
      : std::runtime_error(text(e.message)),
        code_(e.code == MR_OK ? mr_status{MR_INTERNAL} : e.code),
        field_(text(e.field)),
        id_(text(e.id)),
        reason_(text(e.reason)),
        detail_(text(e.detail)),
        hint_(text(e.hint)) {}

  Error& id(std::string value) & { return id_ = std::move(value), *this; }
  Error& reason(std::string value) & { return reason_ = std::move(value), *this; }
  Error& detail(std::string value) & { return detail_ = std::move(value), *this; }
  Error& hint(std::string value) & { return hint_ = std::move(value), *this; }
  Error&& id(std::string value) && { return id_ = std::move(value), std::move(*this); }
  Error&& reason(std::string value) && { return reason_ = std::move(value), std::move(*this); }
  Error&& detail(std::string value) && { return detail_ = std::move(value), std::move(*this); }
  Error&& hint(std::string value) && { return hint_ = std::move(value), std::move(*this); }

  mr_status code() const noexcept { return code_; }
  const std::string& field() const noexcept { return field_; }
  const std::string& id() const noexcept { return id_; }
  const std::string& reason() const noexcept { return reason_; }
  const std::string& detail() const noexcept { return detail_; }
  const std::string& hint() const noexcept { return hint_; }

  mr_error to_abi() const noexcept;

 private:
  template <std::size_t N>
  static std::string text(const char (&from)[N]) {
    return std::string(from, strnlen(from, N));
  }
  mr_status code_;
  std::string field_, id_, reason_, detail_, hint_;
};

}  // namespace millrace

namespace millrace::detail {

// Copies as much as fits, never half of a UTF-8 sequence, and terminates it.
inline void copy_text(char* to, std::size_t room, std::string_view from) noexcept {
  std::size_t n = std::min(room - 1, from.size());
  if (n < from.size())
    while (n > 0 && (static_cast<unsigned char>(from[n]) & 0xC0u) == 0x80u) --n;
  if (n > 0) std::memcpy(to, from.data(), n);
  to[n] = '\0';
}

inline mr_error make_error(mr_status code, std::string_view message) noexcept {
  mr_error e{};
  e.struct_size = sizeof e;
  e.code = code;
  copy_text(e.message, sizeof e.message, message);
  return e;
}

// Writes into the caller's struct no further than the caller's struct reaches.
inline mr_status put_error(mr_error* out, const mr_error& e) noexcept {
  if (out) {
    const std::uint32_t size = out->struct_size;
    std::memcpy(out, &e, std::min<std::size_t>(size, sizeof e));
    if (size >= sizeof size) out->struct_size = size;
  }
  return e.code;
}

inline mr_status fail(mr_error* out, mr_status code, std::string_view message) noexcept {
  return put_error(out, make_error(code, message));
}

// The exception firewall.
template <class Body>
mr_status guarded(mr_error* out, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& e) {
    return put_error(out, e.to_abi());
  } catch (const std::bad_alloc&) {
    return fail(out, MR_RESOURCE_EXHAUSTED, "out of memory");
  } catch (const std::exception& e) {
    return fail(out, MR_INTERNAL, e.what());
  } catch (...) {
    return fail(out, MR_INTERNAL, "the plugin threw something that is not a std::exception");
  }
}

// For a C++ callback that the host calls through a C function pointer: holds what it threw until the host has returned.
class Caught {
 public:
  template <class Body>
  void run(Body&& body) noexcept {
    if (thrown_) return;  // one is enough; the rest of the calls is skipped
    try {
      std::forward<Body>(body)();
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }
  // First what the callback threw, else what the host said.
  void check(mr_status status, const mr_error& error) {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    if (status == MR_OK) return;
    mr_error e = error;
    e.code = status;
    throw Error(e);
  }

 private:
  std::exception_ptr thrown_;
};

inline mr_error empty_error() noexcept {
  mr_error e{};
  e.struct_size = sizeof e;
  return e;
}

}  // namespace millrace::detail

inline mr_error millrace::Error::to_abi() const noexcept {
  mr_error e = detail::make_error(code_, what());
  detail::copy_text(e.id, sizeof e.id, id_);
  detail::copy_text(e.reason, sizeof e.reason, reason_);
  detail::copy_text(e.field, sizeof e.field, field_);
  detail::copy_text(e.detail, sizeof e.detail, detail_);
  detail::copy_text(e.hint, sizeof e.hint, hint_);
  return e;
}
