// PipelineSpec: one pipeline file, read, checked and with every default filled in.
//
// load_pipeline() is the only way to get one, so whoever holds a PipelineSpec need check nothing again: ranges hold,
// units are resolved, every component's type is known and its config is valid against that component's schema. Secrets
// are still references (`${secret:file:kafka.json}`); nothing here ever reads one.
//
// The file is checked in two layers: the frame (pipeline.schema.json: names, batch, delivery) is the host's, the fields
// beside a component's `type` are checked against that component's own schema. All problems are reported at once.
//
// Thread-compatible plain values; load_pipeline() may be called concurrently.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/diagnostic.h"
#include "runtime/base/status.h"
#include "runtime/config/environment.h"
#include "runtime/config/node.h"

namespace millrace::config {

enum class ComponentKind : std::uint32_t { kSource = 1, kAuth, kFilter, kEncoder, kSink };  // numbers of plugin.h
std::string_view to_string(ComponentKind kind);  // "source", "auth", "filter", "encoder", "sink"

struct ComponentSpec {
  ComponentKind kind = ComponentKind::kSource;
  std::string type;     // "self_managed_kafka"
  std::string config;   // JSON object without `type`: valid, defaults filled, durations in ms, sizes in bytes
  std::string pointer;  // where it stands in the file: "/source", "/filters/0"
  Place place;
  std::vector<std::pair<std::string, Place>> places;  // of each field that was written, by pointer into `config`

  // Where a field stands that the component complained about ("/filters/0/pattern", the `field` of its error): its own
  // place, or that of the nearest value around it.
  Place place_of(std::string_view field) const;
};

struct SecretReference {
  std::string text;     // "${secret:file:kafka.json#password}"; a relative path is relative to PipelineSpec::file
  std::string pointer;  // "/auth/0/credentials"
  Place place;
};

struct BatchSpec {
  std::uint32_t size = 100;               // records
  std::chrono::milliseconds window{500};  // from the first record
  std::uint64_t bytes = 6ull << 20;       // of the encoded body
};

struct BackoffSpec {
  std::chrono::milliseconds initial{100};
  std::chrono::milliseconds maximum{30'000};
};

struct DeliverySpec {
  std::uint32_t max_in_flight = 5;      // requests, all pollers of the pipeline together
  std::uint64_t memory = 128ull << 20;  // bytes: copies, bodies, fetch queues
  std::chrono::milliseconds commit_interval{1'000};
  std::chrono::milliseconds drain_timeout{20'000};  // on revoke and on SIGTERM
  BackoffSpec backoff;
  std::uint64_t dead_letters_maximum_bytes = 1ull << 30;
};

enum class OnFilterError { kFail, kKeep, kDrop };

struct PipelineSpec {
  std::string file;  // as it was named; "" for text that came from elsewhere
  std::string name;
  bool enabled = true;
  ComponentSpec source;
  std::vector<ComponentSpec> auth;     // in the order of the file
  std::vector<ComponentSpec> filters;  // ANDed, in order
  ComponentSpec encoder;
  ComponentSpec sink;
  OnFilterError on_filter_error = OnFilterError::kFail;
  BatchSpec batch;
  DeliverySpec delivery;
  std::vector<SecretReference> secrets;  // every reference in the file, in file order
  std::string display;  // the whole file as a JSON object, defaults filled, units as a person writes them
};

// What the loader must know about the components there are. The plugin catalogue implements it; a test lists a few.
class ComponentSchemas {
 public:
  virtual ~ComponentSchemas() = default;
  // The JSON Schema of a component's fields; nullptr when there is no such component. Valid while *this lives.
  virtual const std::string* schema(ComponentKind kind, std::string_view type) const = 0;
  // Why there is none, in words for the author of the file: never OK when schema() is null.
  virtual Status why_missing(ComponentKind kind, std::string_view type) const;
  // All types of this kind, sorted: for messages and for editors.
  virtual std::vector<std::string> types(ComponentKind kind) const = 0;
};

struct PipelineLoad {
  std::optional<PipelineSpec> spec;  // there exactly when `diagnostics` has no error
  Diagnostics diagnostics;           // in file order
};

PipelineLoad load_pipeline(const std::string& file, const ComponentSchemas& schemas, const Environment& environment);
// The same for text that is already in memory; `file` is what messages call it.
PipelineLoad parse_pipeline(std::string_view text, const std::string& file, const ComponentSchemas& schemas,
                            const Environment& environment);

// Several files for one host: as load_pipeline() for each, and a pipeline name must be unique among them.
struct PipelinesLoad {
  std::vector<PipelineSpec> specs;  // those without an error, in the order of the files
  Diagnostics diagnostics;
};
PipelinesLoad load_pipelines(std::span<const std::string> files, const ComponentSchemas& schemas,
                             const Environment& environment);

// The frame's schema, and the frame joined with every component's schema into one for editors (`millrace schema`).
std::string_view frame_schema();
std::string combined_schema(const ComponentSchemas& schemas);

}  // namespace millrace::config
