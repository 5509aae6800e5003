// Test a component the way a host uses it, without a host: through its table, with FakeHost behind it.
//
//   millrace::testing::FakeHost host;
//   millrace::testing::Instance sample(millrace::filter<Sample>, host, {{"rate", 0.5}});
//   EXPECT_THAT(sample.apply(millrace::testing::BatchBuilder().value("a").build()), ElementsAre(0));
//
// A call that fails throws millrace::Error with all that the component reported. The configuration is completed from
// the component's schema as the host does it: defaults filled in, durations in milliseconds, sizes in bytes; it is not
// validated. With a plugin's own sources linked in, MR_DECLARE_PLUGIN(name) and component(...) find what MR_PLUGIN
// registered.
//
// Thread-compatible; an Instance stops and destroys its component when it goes out of scope.
#pragma once

#include <millrace/testing_host.hpp>
#include <millrace/testing_records.hpp>

// Declares the entry of a plugin compiled with -DMR_STATIC_PLUGIN=NAME; call it as millrace_plugin_entry_v1_NAME().
#define MR_DECLARE_PLUGIN(NAME) extern "C" const mr_plugin* millrace_plugin_entry_v1_##NAME(void)

namespace millrace::testing {

inline const mr_component& component(const mr_plugin* plugin, std::string_view type) {
  for (std::uint32_t i = 0; i < plugin->component_count; ++i)
    if (type == plugin->components[i]->type) return *plugin->components[i];
  throw Error(MR_NOT_FOUND, "the plugin has no component '" + std::string(type) + "'");
}

// The host's spelling of a value: "500ms" is 500 where the schema says duration, "6MiB" is 6291456 where it says bytes.
inline Config canonical(const Config& schema, Config value) {
  const std::string format = schema.is_object() ? schema.value("format", "") : "";
  if (value.is_string() && (format == "duration" || format == "bytes")) {
    static const std::map<std::string, double> durations{{"", 1},    {"ms", 1},    {"s", 1e3},
                                                         {"m", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}};
    static const std::map<std::string, double> sizes{
        {"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}};
    const std::string text = value.get<std::string>();
    std::size_t end = 0;
    const double number = std::stod(text, &end);
    return static_cast<std::int64_t>(number * (format == "duration" ? durations : sizes).at(text.substr(end)));
  }
  if (value.is_object() && schema.is_object() && schema.contains("properties")) {
    for (const auto& [name, property] : schema["properties"].items()) {
      if (!value.contains(name) && property.contains("default")) value[name] = property["default"];
      if (value.contains(name)) value[name] = canonical(property, value[name]);
    }
  }
  if (value.is_array() && schema.is_object() && schema.contains("items"))
    for (Config& item : value) item = canonical(schema["items"], item);
  return value;
}

struct Encoded {
  bool fits = true;  // false: the record at `cursor` is larger than the limits
  std::string body;
  std::uint32_t cursor = 0;
  std::string reason;  // when it does not fit
};

struct Provided {
  std::vector<Property> properties;  // in the order of emission
  std::int64_t expires_unix_ms = 0;
  // The last value of that name; "" when there is none.
  std::string value(std::string_view name) const {
    for (auto p = properties.rbegin(); p != properties.rend(); ++p)
      if (p->name == name) return p->value;
    return {};
  }
};

struct CheckStep {
  std::string step;
  std::uint32_t verdict;
  std::map<std::string, std::string> facts;
  std::optional<Error> finding;
};

// A polled batch; letting go of it releases the records.
class Polled {
 public:
  explicit Polled(const mr_batch& batch) : batch_(batch) {}
  Polled(Polled&& o) noexcept : batch_(std::exchange(o.batch_, mr_batch{})) {}
  Polled& operator=(Polled&&) = delete;
  ~Polled() {
    if (batch_.release) batch_.release(batch_.owner);
  }
  std::uint32_t size() const noexcept { return batch_.count; }
  Batch batch() const noexcept { return Batch(&batch_); }

 private:
  mr_batch batch_;
};

class Instance {
 public:
  Instance(const mr_component& component, FakeHost& host, Config config = Config::object())
      : component_(component), host_(host) {
    if (config.is_null()) config = Config::object();
    const std::string text = canonical(Config::parse(component.config_schema), std::move(config)).dump();
    host.set_stopped(false);
    host.set_creating(true);
    call([&](mr_error* e) { return component_.create(host.abi(), str(text), &self_, e); });
    host.set_creating(false);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() {
    stop();
    if (self_) component_.destroy(self_);
  }

  void start() {
    call([&](mr_error* e) { return component_.start(self_, e); });
  }
  // Drains the executor first, as the host does.
  void stop(std::uint64_t deadline_ns = 0) {
    if (std::exchange(stopped_, true) || !self_) return;
    host_.executor().drain();
    component_.stop(self_, deadline_ns);
    host_.set_stopped(true);
  }
  void* self() const noexcept { return self_; }
  FakeHost& host() const noexcept { return host_; }
  template <class Table>
  const Table& table() const noexcept {
    return *static_cast<const Table*>(component_.vtable);
  }
  template <class Table>
  const Table* extension(const char* id) const noexcept {
    return component_.get_extension ? static_cast<const Table*>(component_.get_extension(self_, id)) : nullptr;
  }

  // Filter: the indexes that stay. Throws when a bit was set that was not set before.
  std::vector<std::uint32_t> apply(const mr_batch* batch) { return apply(batch, keep_all(batch->count)); }
  std::vector<std::uint32_t> apply(const mr_batch* batch, std::vector<std::uint64_t> keep) {
    const std::vector<std::uint64_t> before = keep;
    call([&](mr_error* e) { return table<mr_filter_v1>().apply(self_, batch, keep.data(), e); });
    for (std::size_t w = 0; w < keep.size(); ++w)
      if ((keep[w] & ~before[w]) != 0) throw Error(MR_INTERNAL, "the filter set a bit");
    std::vector<std::uint32_t> kept;
    for (std::uint32_t i = next_kept(keep.data(), 0, batch->count); i < batch->count;
         i = next_kept(keep.data(), i + 1, batch->count))
      kept.push_back(i);
    return kept;
  }

  // Encoder: one body from `cursor` on.
  Encoded encode(const mr_batch* batch, std::uint32_t cursor = 0, mr_limits limits = {6u << 20, 10'000, 0}) {
    return encode(batch, keep_all(batch->count), cursor, limits);
  }
  Encoded encode(const mr_batch* batch, const std::vector<std::uint64_t>& keep, std::uint32_t cursor = 0,
                 mr_limits limits = {6u << 20, 10'000, 0}) {
    // Every reserve() moves the body, so that a pointer that was kept is stale at once.
    struct Buffer {
      std::string body;
      std::unique_ptr<std::uint8_t[]> room;
      std::uint64_t reserved = 0;
    } buffer;
    mr_writer writer{sizeof(mr_writer), 0, &buffer,
                     [](void* ctx, std::uint64_t n) {
                       auto& b = *static_cast<Buffer*>(ctx);
                       b.room.reset(new std::uint8_t[n]);
                       b.reserved = n;
                       return b.room.get();
                     },
                     [](void* ctx, std::uint64_t used) {
                       auto& b = *static_cast<Buffer*>(ctx);
                       if (used > b.reserved) std::abort();  // more than there was room for
                       b.body.append(reinterpret_cast<const char*>(b.room.get()), used);
                       b.reserved -= used;
                       if (used > 0) std::copy_n(b.room.get() + used, b.reserved, b.room.get());
                     }};
    Encoded out{.fits = true, .body = {}, .cursor = cursor, .reason = {}};
    mr_error error = detail::empty_error();
    const mr_status status =
        table<mr_encoder_v1>().encode(self_, batch, keep.data(), &limits, &out.cursor, &writer, &error);
    if (status != MR_OK && status != MR_OUT_OF_RANGE) detail::Caught().check(status, error);
    out.fits = status == MR_OK;
    out.reason = error.reason;
    out.body = std::move(buffer.body);
    return out;
  }

  // Auth.
  Provided provide(std::string_view endpoint) {
    Provided out;
    call([&](mr_error* e) {
      return table<mr_auth_v1>().provide(
          self_, str(endpoint),
          [](void* arg, mr_str name, mr_bytes value, std::uint32_t is_secret) {
            static_cast<Provided*>(arg)->properties.push_back(
                {std::string(view(name)), std::string(view(value)), is_secret != 0});
          },
          &out, &out.expires_unix_ms, e);
    });
    return out;
  }

  // Source. Stream calls of the source are accepted only while this runs.
  Polled poll(std::uint32_t max_records = 1000, std::uint64_t max_bytes = 1u << 20, std::uint32_t timeout_ms = 100) {
    mr_batch batch{};
    batch.struct_size = sizeof batch;
    host_.set_polling(true);
    mr_error error = detail::empty_error();
    const mr_status status = table<mr_source_v1>().poll(self_, max_records, max_bytes, timeout_ms, &batch, &error);
    host_.set_polling(false);
    detail::Caught().check(status, error);
    return Polled(batch);
  }
  void commit(const std::vector<mr_position>& positions, std::uint64_t deadline_ns = 0) {
    call([&](mr_error* e) {
      return table<mr_source_v1>().commit(self_, positions.data(), count(positions), deadline_ns, e);
    });
  }
  void set_paused(const std::vector<std::uint64_t>& ids, bool paused) {
    call([&](mr_error* e) { return table<mr_source_v1>().set_paused(self_, ids.data(), count(ids), paused, e); });
  }
  void release_streams(const std::vector<std::uint64_t>& ids) {
    call([&](mr_error* e) { return table<mr_source_v1>().release_streams(self_, ids.data(), count(ids), e); });
  }
  void interrupt() { table<mr_source_v1>().interrupt(self_); }

  // millrace.check/1 and millrace.preview/1, where the component has them.
  std::vector<CheckStep> check(std::uint64_t deadline_ns = ~std::uint64_t{0}) {
    const auto* check = extension<mr_check>(MR_CHECK);
    if (!check) throw Error(MR_UNIMPLEMENTED, "the component has no millrace.check/1");
    std::vector<CheckStep> steps;
    call([&](mr_error* e) {
      return check->run(
          self_, deadline_ns,
          [](void* arg, mr_str step, std::uint32_t verdict, const mr_field* facts, std::uint32_t n,
             const mr_error* finding) {
            CheckStep s{std::string(view(step)), verdict, {}, {}};
            for (std::uint32_t i = 0; i < n; ++i) s.facts[std::string(view(facts[i].key))] = view(facts[i].value);
            if (finding) s.finding.emplace(*finding);
            static_cast<std::vector<CheckStep>*>(arg)->push_back(std::move(s));
          },
          &steps, e);
    });
    return steps;
  }
  Polled preview(std::uint32_t last_n, std::uint64_t max_bytes = 1u << 20,
                 std::uint64_t deadline_ns = ~std::uint64_t{0}) {
    const auto* preview = extension<mr_preview>(MR_PREVIEW);
    if (!preview) throw Error(MR_UNIMPLEMENTED, "the component has no millrace.preview/1");
    mr_batch batch{};
    batch.struct_size = sizeof batch;
    call([&](mr_error* e) { return preview->read(self_, last_n, max_bytes, deadline_ns, &batch, e); });
    return Polled(batch);
  }

 private:
  template <class Body>
  static void call(Body&& body) {
    mr_error error = detail::empty_error();
    const mr_status status = body(&error);
    detail::Caught().check(status, error);
  }
  template <class T>
  static std::uint32_t count(const std::vector<T>& v) {
    return static_cast<std::uint32_t>(v.size());
  }
  const mr_component& component_;
  FakeHost& host_;
  void* self_ = nullptr;
  bool stopped_ = false;
};

}  // namespace millrace::testing

#include <millrace/testing_sink.hpp>
