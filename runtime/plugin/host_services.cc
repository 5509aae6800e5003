#include "runtime/plugin/host_services.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>

#include "runtime/plugin/sized.h"

namespace millrace::plugin {
namespace {

constexpr std::size_t kMaximumMessage = 8'192, kMaximumFieldText = 2'048, kMaximumFields = 32,
                      kMaximumReference = 4'096;

bool is_metric_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

std::uint32_t needs_of(std::span<const Component* const> components) {
  std::uint32_t needs = 0;
  for (const Component* component : components) needs |= component->needs;
  return needs;
}

// ---- one instance's services ---------------------------------------------------------------------------------------

// The functions that a plugin calls. `ctx` is the InstanceHost. None lets an exception out.
struct InstanceHost::Services {
  static InstanceHost& of(void* ctx) { return *static_cast<InstanceHost*>(ctx); }

  template <class F>
  static auto guarded(InstanceHost& host, decltype(std::declval<F>()()) otherwise, F&& body) noexcept {
    try {
      return body();
    } catch (const std::exception& e) {
      try {
        host.log_.error("a host service failed", {{"why", e.what()}});
      } catch (...) {  // not even that: there is no memory for a log line
      }
    }
    return otherwise;
  }
  template <class F>
  static void guarded(InstanceHost& host, F&& body) noexcept {
    guarded(host, false, [&] { return body(), true; });
  }

  static const void* get_service(void* ctx, const char* id) noexcept {
    if (id == nullptr) return nullptr;
    return of(ctx).service(std::string_view(id, ::strnlen(id, 64)));
  }

  // log
  static std::uint32_t log_enabled(void* ctx, std::uint32_t level) noexcept {
    return of(ctx).log_.enabled(log_level(level)) ? 1 : 0;
  }
  static void log_write(void* ctx, std::uint32_t level, mr_str message, const mr_field* fields,
                        std::uint32_t count) noexcept {
    guarded(of(ctx), [&] {
      if (!of(ctx).log_.enabled(log_level(level))) return;
      std::vector<observe::Field> list;
      for (std::uint32_t i = 0; fields != nullptr && i < count && i < kMaximumFields; ++i)
        list.emplace_back(bounded(fields[i].key, kMaximumFieldText), bounded(fields[i].value, kMaximumFieldText));
      of(ctx).log_.log(log_level(level), bounded(message, kMaximumMessage), list);
    });
  }
  static observe::Level log_level(std::uint32_t level) {
    return level > MR_ERROR ? observe::Level::kError : static_cast<observe::Level>(level);
  }

  // metrics
  static std::uint64_t metrics_define(void* ctx, std::uint32_t type, mr_str name, mr_str help, mr_str unit) noexcept {
    InstanceHost& host = of(ctx);
    return guarded(host, std::uint64_t{0}, [&]() -> std::uint64_t {
      const std::string_view called = bounded(name, kMaximumFieldText);
      const std::uint32_t count = host.metric_count_.load(std::memory_order_relaxed);
      const auto refuse = [&](const std::string& why) {
        host.misbehaved("the metric '" + std::string(called) + "' is not counted: " + why);
        return std::uint64_t{0};
      };
      if (host.frozen_.load(std::memory_order_acquire)) return refuse("it is defined after create()");
      if (type > MR_HISTOGRAM || !is_metric_name(called)) return refuse("its type or name is not valid");
      if (count >= kMaximumMetrics) return refuse("a component may have 64");
      observe::Metric* metric = host.pipeline_.parts().metrics.define(
          static_cast<observe::MetricType>(type), host.pipeline_.parts().pipeline_id, host.options_.component, called,
          bounded(help, kMaximumFieldText), bounded(unit, 64));
      if (metric == nullptr) return refuse("the same name has another type");
      host.metrics_[count] = metric;
      host.metric_count_.store(count + 1, std::memory_order_release);
      return count + 1;
    });
  }
  static void metrics_record(void* ctx, std::uint64_t metric, double value) noexcept {
    InstanceHost& host = of(ctx);
    if (metric == 0 || metric > host.metric_count_.load(std::memory_order_acquire)) return;
    host.metrics_[metric - 1]->record(value);
  }

  // health
  static void health_report(void* ctx, std::uint32_t state, const mr_error* problem) noexcept {
    InstanceHost& host = of(ctx);
    guarded(host, [&] {
      observe::Problem copy;
      if (problem != nullptr) {
        const auto error = copy_sized<mr_error>(problem);
        copy = to_problem(error, error.code);
      }
      host.pipeline_.parts().health.report(
          host.health_name_, state >= MR_BROKEN ? observe::Health::kBroken : static_cast<observe::Health>(state),
          std::move(copy));
    });
  }

  // secrets
  static mr_status secrets_resolve(void* ctx, mr_str ref, void (*use)(void* arg, mr_bytes secret), void* arg,
                                   mr_error* err) noexcept {
    InstanceHost& host = of(ctx);
    return guarded(host, mr_status{MR_INTERNAL}, [&]() -> mr_status {
      if (use == nullptr) return MR_INVALID_ARGUMENT;
      const Result<secrets::Secret> secret = host.pipeline_.parts().secrets.resolve(bounded(ref, kMaximumReference));
      if (!secret.ok()) return to_mr_error(secret.status(), err);
      const std::string_view bytes = (*secret).bytes();
      use(arg, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
      return MR_OK;
    });
  }

  // executor
  static mr_status executor_run(void* ctx, void (*fn)(void* arg), void* arg) noexcept {
    InstanceHost& host = of(ctx);
    return guarded(host, mr_status{MR_RESOURCE_EXHAUSTED}, [&]() -> mr_status {
      if (fn == nullptr) return MR_INVALID_ARGUMENT;
      return host.tasks_.run([fn, arg] { fn(arg); }) ? MR_OK : MR_RESOURCE_EXHAUSTED;
    });
  }
  static std::uint64_t executor_after(void* ctx, std::uint64_t delay_ns, void (*fn)(void* arg), void* arg) noexcept {
    InstanceHost& host = of(ctx);
    return guarded(host, std::uint64_t{0}, [&]() -> std::uint64_t {
      if (fn == nullptr) return 0;
      constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
      return host.tasks_.after(std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(delay_ns, kMost))),
                               [fn, arg] { fn(arg); });
    });
  }
  static void executor_cancel(void* ctx, std::uint64_t timer) noexcept {
    guarded(of(ctx), [&] { of(ctx).tasks_.cancel(timer); });
  }

  // streams
  static void streams_assigned(void* ctx, const mr_stream* streams, std::uint32_t count, std::uint32_t stride,
                               std::uint32_t in_all) noexcept {
    InstanceHost& host = of(ctx);
    guarded(host, [&] {
      if (!host.in_poll("streams.assigned")) return;
      host.options_.streams->assigned(unstride<mr_stream>(streams, count, stride), in_all);
    });
  }
  static void streams_revoke(void* ctx, const std::uint64_t* ids, std::uint32_t count,
                             std::uint64_t deadline_ns) noexcept {
    InstanceHost& host = of(ctx);
    guarded(host, [&] {
      if (host.in_poll("streams.revoke")) host.options_.streams->revoke(ids_of(ids, count), deadline_ns);
    });
  }
  static void streams_lost(void* ctx, const std::uint64_t* ids, std::uint32_t count) noexcept {
    InstanceHost& host = of(ctx);
    guarded(host, [&] {
      if (host.in_poll("streams.lost")) host.options_.streams->lost(ids_of(ids, count));
    });
  }
  static void streams_report(void* ctx, const mr_stream_state* states, std::uint32_t count,
                             std::uint32_t stride) noexcept {
    InstanceHost& host = of(ctx);
    guarded(host, [&] {
      if (host.in_poll("streams.report"))
        host.options_.streams->report(unstride<mr_stream_state>(states, count, stride));
    });
  }
  static std::span<const std::uint64_t> ids_of(const std::uint64_t* ids, std::uint32_t count) {
    return {ids, ids == nullptr ? 0 : count};
  }
  // The plugin's elements may be longer or shorter than ours.
  template <class T>
  static std::vector<T> unstride(const T* from, std::uint32_t count, std::uint32_t stride) {
    std::vector<T> out(from == nullptr || stride == 0 ? 0 : count);
    for (std::size_t i = 0; i < out.size(); ++i)
      std::memcpy(&out[i], reinterpret_cast<const char*>(from) + i * stride, std::min<std::size_t>(stride, sizeof(T)));
    return out;
  }

  // state: keys are a component type's own, so a new source does not read what another kind of source left
  static std::string state_key(InstanceHost& host, mr_str key) {
    return host.component_.type + "." + std::string(bounded(key, FileStateStore::kMaximumKey));
  }
  static mr_status state_get(void* ctx, mr_str key, void (*use)(void* arg, mr_bytes value), void* arg,
                             mr_error* err) noexcept {
    InstanceHost& host = of(ctx);
    return guarded(host, mr_status{MR_INTERNAL}, [&]() -> mr_status {
      if (use == nullptr) return MR_INVALID_ARGUMENT;
      const auto value = host.pipeline_.parts().state->get(host.pipeline_.parts().pipeline_id, state_key(host, key));
      if (!value.ok()) return to_mr_error(value.status(), err);
      if (!*value)
        return to_mr_error(
            Status(Code::kNotFound, "", "nothing is kept under '" + std::string(bounded(key, 128)) + "'."), err);
      use(arg, {reinterpret_cast<const std::uint8_t*>((*value)->data()), (*value)->size()});
      return MR_OK;
    });
  }
  static mr_status state_put(void* ctx, mr_str key, mr_bytes value, mr_error* err) noexcept {
    InstanceHost& host = of(ctx);
    return guarded(host, mr_status{MR_INTERNAL}, [&]() -> mr_status {
      const std::string_view bytes(reinterpret_cast<const char*>(value.data), value.data == nullptr ? 0 : value.size);
      return to_mr_error(
          host.pipeline_.parts().state->put(host.pipeline_.parts().pipeline_id, state_key(host, key), bytes), err);
    });
  }

  // connection
  static mr_status connection_properties(void* ctx, mr_str endpoint, mr_emit_property emit, void* arg,
                                         std::int64_t* expires_unix_ms, mr_error* err) noexcept {
    InstanceHost& host = of(ctx);
    return guarded(host, mr_status{MR_INTERNAL}, [&]() -> mr_status {
      if (emit == nullptr) return MR_INVALID_ARGUMENT;
      std::int64_t expires = 0;
      observe::Problem why;
      const Status status =
          host.pipeline_.connection().properties(bounded(endpoint, kMaximumFieldText), emit, arg, expires, &why);
      if (expires_unix_ms != nullptr) *expires_unix_ms = expires;
      if (status.ok()) return MR_OK;
      // In parts, so that the source can report them as its own health: reason and detail would be lost in a Status.
      return to_mr_error(why, err);
    });
  }
  static std::uint64_t connection_generation(void* ctx) noexcept { return of(ctx).pipeline_.connection().generation(); }

  static constexpr mr_log kLog{sizeof(mr_log), 0, log_enabled, log_write};
  static constexpr mr_metrics kMetrics{sizeof(mr_metrics), 0, metrics_define, metrics_record};
  static constexpr mr_health kHealth{sizeof(mr_health), 0, health_report};
  static constexpr mr_secrets kSecrets{sizeof(mr_secrets), 0, secrets_resolve};
  static constexpr mr_executor kExecutor{sizeof(mr_executor), 0, executor_run, executor_after, executor_cancel};
  static constexpr mr_state kState{sizeof(mr_state), 0, state_get, state_put};
  static constexpr mr_connection kConnection{sizeof(mr_connection), 0, connection_properties, connection_generation};
};

InstanceHost::InstanceHost(PipelineHost& pipeline, const Component& component, InstanceOptions options)
    : pipeline_(pipeline),
      component_(component),
      options_(std::move(options)),
      health_name_(options_.instance == 0 ? options_.component
                                          : options_.component + "#" + std::to_string(options_.instance)),
      log_(pipeline.parts()
               .log.named(std::string(kind_name(component.kind)) + "." + component.type)
               .with({"component", health_name_})
               .limited(pipeline.parts().log_limit)),
      tasks_(pipeline.parts().executor) {
  const PipelineHost::Parts& parts = pipeline.parts();
  host_.struct_size = sizeof host_;
  host_.abi_major = MR_ABI_MAJOR;
  host_.abi_minor = MR_ABI_MINOR;
  host_.instance = options_.instance;
  host_.ctx = this;
  host_.get_service = Services::get_service;
  host_.pipeline_id = {parts.pipeline_id.data(), parts.pipeline_id.size()};
  host_.host_id = {parts.host_id.data(), parts.host_id.size()};
  streams_ = {sizeof streams_,          pipeline.needs(),       Services::streams_assigned,
              Services::streams_revoke, Services::streams_lost, Services::streams_report};
}

InstanceHost::~InstanceHost() {
  tasks_.drain();
  log_.report_dropped();
  pipeline_.parts().health.forget(health_name_);
}

const void* InstanceHost::service(std::string_view id) const {
  if (id == MR_LOG) return &Services::kLog;
  if (id == MR_METRICS) return &Services::kMetrics;
  if (id == MR_HEALTH) return &Services::kHealth;
  if (id == MR_SECRETS) return &Services::kSecrets;
  if (id == MR_EXECUTOR) return &Services::kExecutor;
  if (id == MR_STATE) return pipeline_.parts().state != nullptr ? &Services::kState : nullptr;
  if (id == MR_STREAMS) return component_.kind == Kind::kSource && options_.streams != nullptr ? &streams_ : nullptr;
  // Also for a destination on the source's cluster. Not for auth, which it would ask in turn.
  if (id == MR_CONNECTION)
    return component_.kind == Kind::kSource || component_.kind == Kind::kSink ? &Services::kConnection : nullptr;
  return nullptr;
}

void InstanceHost::misbehaved(std::string_view what) const {
  log_.warn("the plugin broke a rule of the plugin ABI",
            {{"rule", what}, {"plugin", component_.plugin != nullptr ? component_.plugin->file : std::string()}});
}

bool InstanceHost::in_poll(std::string_view call) const {
  if (polling_.load(std::memory_order_relaxed) == std::this_thread::get_id()) return true;
  misbehaved(std::string(call) + " was called outside poll(); it is ignored");
  return false;
}

}  // namespace millrace::plugin
