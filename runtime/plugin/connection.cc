#include "runtime/plugin/connection.h"

#include <algorithm>
#include <exception>
#include <optional>

#include "runtime/plugin/instance.h"
#include "runtime/plugin/sized.h"
#include "runtime/secrets/secret.h"

namespace millrace::plugin {
namespace {

constexpr std::size_t kMaximumName = 256;

struct Property {
  std::string name;
  secrets::Secret value;
  bool is_secret;
  const std::string* from;  // the component that emitted it
  std::string label;
};

struct Merging {
  std::vector<Property> properties;
  const std::string* component = nullptr;
  std::string label;
  std::optional<Status> failure;

  void emit(std::string_view name, std::string_view value, bool is_secret) {
    const auto same =
        std::find_if(properties.begin(), properties.end(), [&](const Property& p) { return p.name == name; });
    if (same == properties.end()) {
      properties.push_back({std::string(name), secrets::Secret::copy_of(value), is_secret, component, label});
    } else if (same->value.bytes() != value) {
      if (!failure)
        failure = Status(Code::kInvalidArgument, "MR2025",
                         *same->from + " (" + same->label + ") and " + *component + " (" + label + ") give " +
                             std::string(name) + " different values.",
                         "Remove one of the two, or make them agree.");
    } else {
      same->is_secret = same->is_secret || is_secret;
    }
  }
};

}  // namespace

void Connection::add(AuthInstance& auth, std::string component) {
  parts_.push_back({&auth, std::move(component)});
}

Status Connection::properties(std::string_view endpoint, mr_emit_property emit, void* arg,
                              std::int64_t& expires_unix_ms, observe::Problem* why) {
  const std::lock_guard one_at_a_time(mutex_);
  Merging merging;
  expires_unix_ms = 0;
  for (const Part& part : parts_) {
    merging.component = &part.component;
    merging.label = part.auth->component().type;
    std::int64_t expires = 0;
    const auto collect = [](void* to, mr_str name, mr_bytes value, std::uint32_t is_secret) noexcept {
      auto& into = *static_cast<Merging*>(to);
      try {
        into.emit(bounded(name, kMaximumName),
                  value.data == nullptr ? std::string_view()
                                        : std::string_view(reinterpret_cast<const char*>(value.data), value.size),
                  is_secret != 0);
      } catch (const std::exception& e) {
        into.failure = Status(Code::kResourceExhausted, "MR2023",
                              std::string("a connection property cannot be kept: ") + e.what() + ".", "");
      }
    };
    Status status = part.auth->provide(endpoint, collect, &merging, expires, why);
    if (!status.ok()) return status;
    if (merging.failure) {
      if (why != nullptr) {
        *why = {};
        why->code = merging.failure->code();
        why->id = merging.failure->id();
        why->message = merging.failure->message();
        why->hint = merging.failure->hint();
      }
      return *merging.failure;
    }
    if (expires != 0 && (expires_unix_ms == 0 || expires < expires_unix_ms)) expires_unix_ms = expires;
  }
  for (const Property& p : merging.properties)
    emit(arg, {p.name.data(), p.name.size()},
         {reinterpret_cast<const std::uint8_t*>(p.value.empty() ? "" : p.value.bytes().data()), p.value.bytes().size()},
         p.is_secret ? 1u : 0u);
  return {};
}

}  // namespace millrace::plugin
