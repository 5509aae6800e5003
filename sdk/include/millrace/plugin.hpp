// The C++ SDK in one include: write a component as a class, register it with MR_PLUGIN, and the tables of plugin.h
// follow.
//
// A component is a class with `static constexpr millrace::Info info{...}`, a constructor (millrace::Host,
// const millrace::Config&), optionally `void start()` and `void stop(std::uint64_t deadline_ns)`, and by kind:
//
//   filter   void apply(millrace::Batch, millrace::Selection) const
//   encoder  bool encode(millrace::Batch, const std::uint64_t* keep, millrace::Limits, std::uint32_t& cursor,
//                        millrace::Writer&) const
//   sink     bool submit(const mr_request&, millrace::Completion&)   optionally mr_limits limits()
//   source   std::unique_ptr<millrace::Records> poll(millrace::Credit)
//            void commit(std::span<const mr_position>, std::uint64_t deadline_ns)
//            void set_paused(std::span<const std::uint64_t>, bool), void release_streams(std::span<const
//            std::uint64_t>) void interrupt() noexcept
//   auth     void provide(std::string_view endpoint, millrace::Properties&)
//
// Invariant: no exception leaves a table's function; it becomes an mr_status and an mr_error.
//
// Threads: as plugin.h says. `const` means "may be called concurrently", as in the standard library: a const apply,
// encode or submit sets MR_CAP_CONCURRENT.
#pragma once

#include <millrace/tables.hpp>

#include <array>
#include <nlohmann/json.hpp>

namespace millrace {

// The component's part of the YAML file as JSON: valid against the schema, defaults filled in.
using Config = nlohmann::json;

// What is known of a component without creating one.
struct Info {
  const char* type;                 // lower_snake_case, what YAML's `type:` names
  const char* summary;              // one line for the reference
  const char* schema;               // JSON Schema of the fields beside `type`; kSchema of the generated "schema.h"
  std::uint32_t needs = 0;          // OR of MR_NEED_*: what it reads of a record
  std::uint32_t max_in_flight = 1;  // sinks: requests outstanding on one instance
  std::uint32_t stability = MR_DEVELOPMENT;
  const char* content_type = "";  // encoders: media type of every body, "application/json"; "": it cannot be said
};
// A component may also have `static constexpr std::uint32_t caps`: MR_CAP_SCALABLE, MR_CAP_NETWORK, MR_CAP_CONCURRENT.

// What is known of a plugin. `errors` are its rows for `millrace explain`, with ids of its own prefix.
struct PluginInfo {
  const char* name;     // reverse domain: "org.example.sample"
  const char* version;  // of the plugin
  const char* vendor = "";
  const char* license = "";  // SPDX
  const char* url = "";
  std::uint32_t needs_host_minor = 0;  // the lowest that has what the plugin cannot do without
  std::span<const mr_error_info> errors = {};
};

}  // namespace millrace

namespace millrace::detail {

template <class T>
constexpr mr_component component(std::uint32_t kind, std::uint32_t deduced_caps, const void* table) {
  static_assert(std::is_constructible_v<T, Host, const Config&>,
                "a component needs a constructor (millrace::Host, const millrace::Config&)");
  mr_component c{};
  c.struct_size = sizeof(mr_component);
  c.kind = kind;
  c.caps = deduced_caps;
  if constexpr (requires { T::caps; }) c.caps |= T::caps;
  c.needs = T::info.needs;
  c.stability = T::info.stability;
  c.type = T::info.type;
  c.summary = T::info.summary;
  c.config_schema = T::info.schema;
  c.vtable = table;
  c.create = [](const mr_host* host, mr_str config, void** self, mr_error* err) noexcept -> mr_status {
    return guarded(err, [&] {
      try {
        const Config parsed = Config::parse(view(config));
        *self = std::make_unique<T>(Host(host), parsed).release();
      } catch (const Config::exception& e) {  // the schema let through what the constructor did not expect
        throw Error(MR_INVALID_ARGUMENT, e.what());
      }
      return mr_status{MR_OK};
    });
  };
  c.start = [](void* self, mr_error* err) noexcept -> mr_status {
    return guarded(err, [&] {
      if constexpr (requires(T & t) { t.start(); }) static_cast<T*>(self)->start();
      static_cast<void>(self);
      return mr_status{MR_OK};
    });
  };
  c.stop = [](void* self, std::uint64_t deadline_ns) noexcept {
    static_cast<void>(guarded(nullptr, [&] {
      if constexpr (requires(T & t) { t.stop(deadline_ns); }) static_cast<T*>(self)->stop(deadline_ns);
      static_cast<void>(self), static_cast<void>(deadline_ns);
      return mr_status{MR_OK};
    }));
  };
  c.destroy = [](void* self) noexcept { delete static_cast<T*>(self); };
  if constexpr (Checkable<T> || Previewable<T> || Extended<T>) c.get_extension = &extension_of<T>;
  return c;
}

constexpr std::uint32_t concurrent_if(bool yes) {
  return yes ? std::uint32_t{MR_CAP_CONCURRENT} : 0u;
}

template <std::size_t N>
struct PluginParts {
  PluginInfo info;
  std::array<const mr_component*, N> components;
};
template <class... C>
constexpr PluginParts<sizeof...(C)> plugin_parts(const PluginInfo& info, const C*... components) {
  return {info, {components...}};
}
template <class... C>
constexpr PluginParts<sizeof...(C)> plugin_parts(const char* name, const char* version, const C*... components) {
  return {PluginInfo{.name = name, .version = version}, {components...}};
}
template <std::size_t N>
constexpr mr_plugin plugin_table(const PluginParts<N>& parts) {
  mr_plugin p{};
  p.struct_size = sizeof(mr_plugin);
  p.abi_major = MR_ABI_MAJOR;
  p.abi_minor = MR_ABI_MINOR;
  p.needs_host_minor = parts.info.needs_host_minor;
  p.name = parts.info.name;
  p.version = parts.info.version;
  p.vendor = parts.info.vendor;
  p.license = parts.info.license;
  p.url = parts.info.url;
  p.components = parts.components.data();
  p.component_count = static_cast<std::uint32_t>(N);
  p.error_count = static_cast<std::uint32_t>(parts.info.errors.size());
  p.errors = parts.info.errors.data();
  return p;
}

}  // namespace millrace::detail

namespace millrace {

// The descriptor of a component class, in read-only memory: nothing is built at load time. For MR_PLUGIN.
template <class T>
inline constexpr mr_component filter = detail::component<T>(MR_FILTER,
                                                            detail::concurrent_if(detail::ConcurrentFilter<T>),
                                                            &detail::filter_table<T>);
template <class T>
inline constexpr mr_component encoder = detail::component<T>(MR_ENCODER,
                                                             detail::concurrent_if(detail::ConcurrentEncoder<T>),
                                                             &detail::encoder_table<T>);
template <class T>
inline constexpr mr_component sink = detail::component<T>(MR_SINK, detail::concurrent_if(detail::ConcurrentSink<T>),
                                                          &detail::sink_table<T>);
template <class T>
inline constexpr mr_component source = detail::component<T>(MR_SOURCE, 0, &detail::source_table<T>);
template <class T>
inline constexpr mr_component auth = detail::component<T>(MR_AUTH, 0, &detail::auth_table<T>);

}  // namespace millrace

// Linked into a program instead of loaded, a plugin's entry has a name of its own: -DMR_STATIC_PLUGIN=sample.
#ifdef MR_STATIC_PLUGIN
#define MR_CAT2(a, b) a##b
#define MR_CAT(a, b) MR_CAT2(a, b)
#define MR_ENTRY MR_CAT(millrace_plugin_entry_v1_, MR_STATIC_PLUGIN)
#else
#define MR_ENTRY millrace_plugin_entry_v1
#endif

// Once a plugin, at namespace scope, in one of two forms:
//   MR_PLUGIN("org.example.sample", "1.0.0", &millrace::filter<Sample>)
//   MR_PLUGIN(kPlugin, &millrace::filter<Sample>, &millrace::sink<Spool>)    with constexpr millrace::PluginInfo
//   kPlugin{...}
#define MR_PLUGIN(...)                                                           \
  extern "C" MR_EXPORT const mr_plugin* MR_ENTRY(void);                          \
  extern "C" MR_EXPORT const mr_plugin* MR_ENTRY(void) {                         \
    static constexpr auto parts = ::millrace::detail::plugin_parts(__VA_ARGS__); \
    static constexpr mr_plugin plugin = ::millrace::detail::plugin_table(parts); \
    return &plugin;                                                              \
  }
