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

#include <millrace/completion.hpp>
#include <millrace/host.hpp>
#include <millrace/records.hpp>

#include <array>
#include <concepts>
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

// Where check() puts its findings: `millrace check-connection` prints them. One call a step, in order.
class CheckReport {
 public:
  using Emit = void (*)(void*, mr_str, std::uint32_t, const mr_field*, std::uint32_t, const mr_error*);
  CheckReport(Emit emit, void* arg) noexcept : emit_(emit), arg_(arg) {}
  void pass(std::string_view step, Fields facts = {}) noexcept { give(step, MR_PASS, facts, nullptr); }
  void skip(std::string_view step, Fields facts = {}) noexcept { give(step, MR_SKIP, facts, nullptr); }
  void caution(std::string_view step, const Error& finding, Fields facts = {}) noexcept {
    give(step, MR_CAUTION, facts, &finding);
  }
  void fail(std::string_view step, const Error& finding, Fields facts = {}) noexcept {
    give(step, MR_FAIL, facts, &finding);
  }

 private:
  void give(std::string_view step, std::uint32_t verdict, Fields facts, const Error* finding) noexcept {
    const mr_error e = finding ? finding->to_abi() : detail::empty_error();
    emit_(arg_, str(step), verdict, facts.data(), facts.size(), finding ? &e : nullptr);
  }
  Emit emit_;
  void* arg_;
};

}  // namespace millrace

namespace millrace::detail {

template <class T>
concept ConcurrentFilter = requires(const T& t, Batch b, Selection s) {
  t.apply(b, s);
};
template <class T>
concept ConcurrentEncoder = requires(const T& t, Batch b, const std::uint64_t* keep, Limits l, std::uint32_t& cursor,
                                     Writer& w) {
  { t.encode(b, keep, l, cursor, w) } -> std::same_as<bool>;
};
template <class T>
concept ConcurrentSink = requires(const T& t, const mr_request& r, Completion& c) {
  { t.submit(r, c) } -> std::same_as<bool>;
};
template <class T>
concept Checkable = requires(T& t, CheckReport& out) {
  t.check(std::uint64_t{}, out);
};
template <class T>
concept Previewable = requires(T& t) {
  { t.preview(std::uint32_t{}, std::uint64_t{}, std::uint64_t{}) } -> std::same_as<std::unique_ptr<Records>>;
};
template <class T>
concept Extended = requires(T& t) {
  { t.extension(std::string_view()) } -> std::same_as<const void*>;
};

// With a const member function the instance is only ever touched as const.
template <class T, bool kConcurrent>
auto& as(void* self) noexcept {
  return *static_cast<std::conditional_t<kConcurrent, const T, T>*>(self);
}

// The host's struct may be the shorter one. A null pointer leaves it as the host made it: no records.
inline void lend(std::unique_ptr<Records> r, mr_batch* out) noexcept {
  if (!r) return;
  mr_batch b{};
  b.struct_size = std::min<std::uint32_t>(out->struct_size, sizeof b);
  b.record_stride = sizeof(mr_record);
  b.stream_stride = sizeof(mr_stream);
  b.count = static_cast<std::uint32_t>(r->records.size());
  b.stream_count = static_cast<std::uint32_t>(r->streams.size());
  b.header_count = static_cast<std::uint32_t>(r->headers.size());
  b.attribute_count = static_cast<std::uint32_t>(r->attributes.size());
  b.records = r->records.data();
  b.streams = r->streams.data();
  b.headers = r->headers.data();
  b.attributes = r->attributes.data();
  b.retained_bytes = r->retained_bytes;
  b.release = [](void* owner) noexcept { delete static_cast<Records*>(owner); };
  b.owner = r.release();
  std::memcpy(out, &b, b.struct_size);
}

template <class T>
inline constexpr mr_filter_v1 filter_table{
    .struct_size = sizeof(mr_filter_v1),
    .reserved = 0,
    .apply = [](void* self, const mr_batch* in, std::uint64_t* keep, mr_error* err) noexcept -> mr_status {
      return guarded(err, [&] {
        as<T, ConcurrentFilter<T>>(self).apply(Batch(in), Selection(keep, in->count));
        return mr_status{MR_OK};
      });
    }};

template <class T>
inline constexpr mr_encoder_v1 encoder_table{
    .struct_size = sizeof(mr_encoder_v1),
    .reserved = 0,
    .encode = [](void* self, const mr_batch* in, const std::uint64_t* keep, const mr_limits* limits,
                 std::uint32_t* cursor, mr_writer* out, mr_error* err) noexcept -> mr_status {
      std::uint32_t at = *cursor;
      const mr_status status = guarded(err, [&] {
        Writer writer(out);
        if (as<T, ConcurrentEncoder<T>>(self).encode(Batch(in), keep, *limits, at, writer)) return mr_status{MR_OK};
        throw Error(MR_OUT_OF_RANGE, "The record does not fit into a request.").reason("MaximumPayloadSizeExceeded");
      });
      // After any other failure the host must find the cursor where it left it.
      if (status == MR_OK || status == MR_OUT_OF_RANGE) *cursor = at;
      return status;
    }};

template <class T>
inline constexpr mr_sink_v1 sink_table{
    .struct_size = sizeof(mr_sink_v1),
    .max_in_flight = T::info.max_in_flight,
    .submit = [](void* self, const mr_request* request, mr_completion c, mr_error* err) noexcept -> mr_status {
      Completion completion(c);
      const mr_status status = guarded(err, [&] {
        if (as<T, ConcurrentSink<T>>(self).submit(*request, completion)) return mr_status{MR_OK};
        throw Error(MR_RESOURCE_EXHAUSTED, "The sink takes no request at the moment.");
      });
      // Handed on before the refusal or the throw: it has been or will be answered, so the request counts as taken.
      if (status == MR_OK || !completion.armed()) return MR_OK;
      completion.disarm();
      return status;
    },
    .limits =
        [](void* self, mr_limits* most) noexcept {
          if constexpr (requires(T & t) {
                          { t.limits() } -> std::same_as<mr_limits>;
                        }) {
            static_cast<void>(guarded(nullptr, [&] {
              *most = static_cast<T*>(self)->limits();
              return mr_status{MR_OK};
            }));
          } else {
            static_cast<void>(self);
            *most = mr_limits{};
          }
        }};

template <class T>
inline constexpr mr_auth_v1 auth_table{
    .struct_size = sizeof(mr_auth_v1),
    .reserved = 0,
    .provide = [](void* self, mr_str endpoint, mr_emit_property emit, void* arg, std::int64_t* expires_unix_ms,
                  mr_error* err) noexcept -> mr_status {
      return guarded(err, [&] {
        Properties properties(emit, arg);
        static_cast<T*>(self)->provide(view(endpoint), properties);
        if (expires_unix_ms) *expires_unix_ms = properties.expires_unix_ms();
        return mr_status{MR_OK};
      });
    }};

template <class T>
inline constexpr mr_source_v1 source_table{
    .struct_size = sizeof(mr_source_v1),
    .reserved = 0,
    .poll = [](void* self, std::uint32_t records, std::uint64_t max_bytes, std::uint32_t timeout_ms, mr_batch* out,
               mr_error* err) noexcept -> mr_status {
      return guarded(err, [&] {
        lend(static_cast<T*>(self)->poll(Credit{records, max_bytes, timeout_ms}), out);
        return mr_status{MR_OK};
      });
    },
    .commit = [](void* self, const mr_position* positions, std::uint32_t count, std::uint64_t deadline_ns,
                 mr_error* err) noexcept -> mr_status {
      return guarded(err, [&] {
        static_cast<T*>(self)->commit(std::span<const mr_position>(positions, count), deadline_ns);
        return mr_status{MR_OK};
      });
    },
    .set_paused = [](void* self, const std::uint64_t* ids, std::uint32_t count, std::uint32_t paused,
                     mr_error* err) noexcept -> mr_status {
      return guarded(err, [&] {
        static_cast<T*>(self)->set_paused(std::span<const std::uint64_t>(ids, count), paused != 0);
        return mr_status{MR_OK};
      });
    },
    .release_streams = [](void* self, const std::uint64_t* ids, std::uint32_t count,
                          mr_error* err) noexcept -> mr_status {
      return guarded(err, [&] {
        static_cast<T*>(self)->release_streams(std::span<const std::uint64_t>(ids, count));
        return mr_status{MR_OK};
      });
    },
    .interrupt = [](void* self) noexcept { static_cast<T*>(self)->interrupt(); }};

template <class T>
inline constexpr mr_check check_table{.struct_size = sizeof(mr_check),
                                      .reserved = 0,
                                      .run = [](void* self, std::uint64_t deadline_ns, CheckReport::Emit emit,
                                                void* arg, mr_error* err) noexcept -> mr_status {
                                        return guarded(err, [&] {
                                          CheckReport report(emit, arg);
                                          static_cast<T*>(self)->check(deadline_ns, report);
                                          return mr_status{MR_OK};
                                        });
                                      }};

template <class T>
inline constexpr mr_preview preview_table{
    .struct_size = sizeof(mr_preview),
    .reserved = 0,
    .read = [](void* self, std::uint32_t last_n, std::uint64_t max_bytes, std::uint64_t deadline_ns, mr_batch* out,
               mr_error* err) noexcept -> mr_status {
      return guarded(err, [&] {
        lend(static_cast<T*>(self)->preview(last_n, max_bytes, deadline_ns), out);
        return mr_status{MR_OK};
      });
    }};

template <class T>
const void* extension_of(void* self, const char* id) noexcept {
  const std::string_view name(id);
  if constexpr (Checkable<T>)
    if (name == MR_CHECK) return &check_table<T>;
  if constexpr (Previewable<T>)
    if (name == MR_PREVIEW) return &preview_table<T>;
  const void* found = nullptr;
  if constexpr (Extended<T>) {
    static_cast<void>(guarded(nullptr, [&] {
      found = static_cast<T*>(self)->extension(name);
      return mr_status{MR_OK};
    }));
  }
  static_cast<void>(self);
  return found;
}

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
