// The tables of plugin.h for a component class: every entry a noexcept function behind the exception firewall.
//
// A table is constant data made from the class alone; nothing is built when a plugin is loaded. Used by plugin.hpp
// only.
//
// Threads: as plugin.h says of each entry.
#pragma once

#include <millrace/completion.hpp>
#include <millrace/host.hpp>
#include <millrace/records.hpp>

#include <concepts>

namespace millrace {

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
    },
    .content_type = {T::info.content_type, std::string_view(T::info.content_type).size()}};

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

}  // namespace millrace::detail
