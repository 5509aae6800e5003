// For tests: a component of any kind whose functions are the test's own, and a pipeline host around it.
//
// The tables are C functions that forward to the Hooks named by the current FakePlugin; one at a time.
#pragma once

#include <millrace/plugin.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/plugin/catalogue.h"
#include "runtime/plugin/host_services.h"
#include "runtime/plugin/instance.h"

namespace millrace::plugin {

inline std::string text_of(mr_str s) {
  return {s.data, s.size};
}
inline std::string text_of(mr_bytes b) {
  return {reinterpret_cast<const char*>(b.data), b.size};
}
inline mr_str abi(std::string_view s) {
  return {s.data(), s.size()};
}
inline mr_bytes abi_bytes(std::string_view s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

inline mr_status fail(mr_error* err, mr_status code, const char* message, const char* id = "",
                      const char* reason = "") {
  err->code = code;
  // As a careless plugin would: a text that fills its field has no end.
  const auto put = [](auto& field, const char* text) {
    std::memcpy(field, text, std::min(sizeof field, std::strlen(text) + 1));
  };
  put(err->id, id);
  put(err->reason, reason);
  put(err->message, message);
  return code;
}

class FakePlugin {
 public:
  FakePlugin() { current() = this; }
  ~FakePlugin() { current() = nullptr; }
  FakePlugin(const FakePlugin&) = delete;
  FakePlugin& operator=(const FakePlugin&) = delete;

  // What happened, in order: "create {config}", "start", "stop 5", "destroy".
  std::vector<std::string> calls;
  const mr_host* host = nullptr;
  std::function<mr_status(const mr_host*, mr_error*)> on_create;
  std::function<mr_status(mr_error*)> on_start;
  std::function<void()> on_stop;
  std::function<mr_status(mr_batch*, mr_error*)> on_poll;
  std::function<mr_status(mr_str, mr_emit_property, void*, std::int64_t*, mr_error*)> on_provide;
  std::function<mr_status(std::uint64_t*, mr_error*)> on_apply;
  std::function<mr_status(std::uint32_t*, mr_writer*, mr_error*)> on_encode;
  std::function<mr_status(const mr_request*, mr_completion, mr_error*)> on_submit;
  std::function<const void*(const char*)> on_extension;

  Component component(Kind kind, std::string type = "fake") {
    Component c;
    c.kind = kind;
    c.type = std::move(type);
    c.schema = "{}";
    c.plugin = &plugin_;
    c.table.struct_size = sizeof c.table;
    c.table.kind = static_cast<std::uint32_t>(kind);
    c.table.create = [](const mr_host* h, mr_str config, void** self, mr_error* err) {
      FakePlugin& f = *current();
      f.calls.push_back("create " + text_of(config));
      f.host = h;
      *self = &f;
      return f.on_create ? f.on_create(h, err) : mr_status{MR_OK};
    };
    c.table.start = [](void*, mr_error* err) {
      current()->calls.push_back("start");
      return current()->on_start ? current()->on_start(err) : mr_status{MR_OK};
    };
    c.table.stop = [](void*, std::uint64_t deadline_ns) {
      current()->calls.push_back("stop " + std::to_string(deadline_ns));
      if (current()->on_stop) current()->on_stop();
    };
    c.table.destroy = [](void*) { current()->calls.push_back("destroy"); };
    c.table.get_extension = [](void*, const char* id) -> const void* {
      return current()->on_extension ? current()->on_extension(id) : nullptr;
    };
    c.table.vtable = table(kind);
    return c;
  }

  template <class Service>
  const Service* service(const char* id) const {
    return static_cast<const Service*>(host->get_service(host->ctx, id));
  }

 private:
  static FakePlugin*& current() {
    static FakePlugin* fake = nullptr;
    return fake;
  }
  static const void* table(Kind kind) {
    static const mr_source_v1 kSource{
        sizeof(mr_source_v1),
        0,
        [](void*, std::uint32_t, std::uint64_t, std::uint32_t, mr_batch* out, mr_error* err) {
          return current()->on_poll ? current()->on_poll(out, err) : mr_status{MR_OK};
        },
        [](void*, const mr_position* p, std::uint32_t n, std::uint64_t deadline, mr_error* err) {
          if (deadline == 1) return fail(err, MR_DEADLINE_EXCEEDED, "the broker did not answer.", "MR3044");
          current()->calls.push_back("commit " + std::to_string(n == 0 ? -1 : p[0].next));
          return mr_status{MR_OK};
        },
        [](void*, const std::uint64_t* ids, std::uint32_t n, std::uint32_t paused, mr_error*) {
          current()->calls.push_back((paused ? "pause " : "resume ") + std::to_string(n == 0 ? 0 : ids[n - 1]));
          return mr_status{MR_OK};
        },
        [](void*, const std::uint64_t*, std::uint32_t n, mr_error*) {
          current()->calls.push_back("release " + std::to_string(n));
          return mr_status{MR_OK};
        },
        [](void*) { current()->calls.push_back("interrupt"); }};
    static const mr_auth_v1 kAuth{
        sizeof(mr_auth_v1), 0,
        [](void*, mr_str endpoint, mr_emit_property emit, void* arg, std::int64_t* expires, mr_error* err) {
          return current()->on_provide ? current()->on_provide(endpoint, emit, arg, expires, err) : mr_status{MR_OK};
        }};
    static const mr_filter_v1 kFilter{sizeof(mr_filter_v1), 0,
                                      [](void*, const mr_batch*, std::uint64_t* keep, mr_error* err) {
                                        return current()->on_apply ? current()->on_apply(keep, err) : mr_status{MR_OK};
                                      }};
    static const mr_encoder_v1 kEncoder{
        sizeof(mr_encoder_v1),
        0,
        [](void*, const mr_batch*, const std::uint64_t*, const mr_limits*, std::uint32_t* cursor, mr_writer* out,
           mr_error* err) { return current()->on_encode ? current()->on_encode(cursor, out, err) : mr_status{MR_OK}; },
        {"text/fake", 9}};
    static const mr_sink_v1 kSink{sizeof(mr_sink_v1), 3,
                                  [](void*, const mr_request* request, mr_completion completion, mr_error* err) {
                                    return current()->on_submit ? current()->on_submit(request, completion, err)
                                                                : mr_status{MR_OK};
                                  },
                                  [](void*, mr_limits* most) {
                                    *most = {6'291'456, 10'000, 0};
                                  }};
    switch (kind) {
      case Kind::kSource:
        return &kSource;
      case Kind::kAuth:
        return &kAuth;
      case Kind::kFilter:
        return &kFilter;
      case Kind::kEncoder:
        return &kEncoder;
      case Kind::kSink:
        return &kSink;
    }
    return nullptr;
  }

  Plugin plugin_{.file = "/plugins/fake.so",
                 .name = "org.example.fake",
                 .version = "1",
                 .vendor = {},
                 .license = {},
                 .url = {},
                 .components = {},
                 .errors = {}};
};

class MemoryStateStore final : public StateStore {
 public:
  Result<std::optional<std::string>> get(std::string_view pipeline, std::string_view key) override {
    const auto found = values.find(std::string(pipeline) + "/" + std::string(key));
    return found == values.end() ? std::optional<std::string>() : std::optional<std::string>(found->second);
  }
  Status put(std::string_view pipeline, std::string_view key, std::string_view value) override {
    values[std::string(pipeline) + "/" + std::string(key)] = value;
    return {};
  }
  std::map<std::string, std::string> values;
};

// Everything a PipelineHost needs, with what was logged.
struct FakePipeline {
  ManualClock clock;
  std::vector<std::string> lines;  // without their time
  observe::Logger log =
      observe::make_logger({.level = observe::Level::kDebug,
                            .write = [this](std::string_view l) { lines.emplace_back(l.substr(l.find(' ') + 1)); },
                            .clock = &clock});
  observe::HealthRegistry health{log, clock};
  observe::MetricsRegistry metrics;
  std::map<std::string, std::string> environment;
  secrets::Resolver secrets{{.environment = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  }}};
  Executor executor;
  MemoryStateStore state;
  PipelineHost host{{.pipeline_id = "orders",
                     .host_id = "h1",
                     .log = log.with({"pipeline", "orders"}),
                     .clock = clock,
                     .health = health,
                     .metrics = metrics,
                     .secrets = secrets,
                     .executor = executor,
                     .state = &state,
                     .log_limit = {.per_second = 1, .burst = 5}}};
};

}  // namespace millrace::plugin
