// The catalogue: every component that the loaded plugins offer, in the host's own memory.
//
// A (kind, type) names at most one component. When two plugins offer the same one, neither is used: which file happened
// to be read first must not decide what a pipeline runs. Entries keep their address for the life of the catalogue, and
// the code behind them is never unloaded, so a `const Component&` may be held as long as the catalogue.
//
// Filled by the loader (loader.h); read by pipeline validation (it is the config::ComponentSchemas), by instance
// creation, `plugins list|describe`, `explain` and the admin API.
//
// Thread-compatible: const members may be called concurrently once it is filled.
#pragma once

#include <millrace/plugin.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/diagnostic.h"
#include "runtime/base/result.h"
#include "runtime/config/pipeline_spec.h"

namespace millrace::plugin {

using Kind = config::ComponentKind;
std::string_view kind_name(Kind kind);             // "source", "auth", "filter", "encoder", "sink"
std::string_view stability_name(std::uint32_t s);  // "development", "alpha", "beta", "stable", "deprecated"

struct Plugin;

// One component type. Text and numbers are copies; `table` is the plugin's descriptor copied into a zeroed struct, so a
// field that the plugin was too old to have reads as null. Only instance.cc calls through it.
struct Component {
  Kind kind = Kind::kSource;
  std::string type;
  std::string summary;
  std::string schema;           // JSON Schema of its fields; parses as a JSON object
  std::uint32_t caps = 0;       // MR_CAP_*
  std::uint32_t needs = 0;      // MR_NEED_*
  std::uint32_t stability = 0;  // MR_DEVELOPMENT …
  const Plugin* plugin = nullptr;
  mr_component table{};

  bool concurrent() const { return (caps & MR_CAP_CONCURRENT) != 0; }
  bool scalable() const { return (caps & MR_CAP_SCALABLE) != 0; }
  std::string label() const;  // "sink lambda_invoke": what messages call it
};

// An id that a plugin's errors may carry, for `explain` and the generated documentation.
struct PluginErrorInfo {
  std::string id, title, cause, remedy;
};

struct Plugin {
  std::string file;  // its path, or "(built in)"
  std::string name, version, vendor, license, url;
  std::uint32_t abi_major = 0, abi_minor = 0;
  std::vector<std::unique_ptr<Component>> components;  // those that the catalogue accepted, a clashing one included
  std::vector<PluginErrorInfo> errors;
};

// A file that could not be used, and why. Whoever needs a component that is not there is told about these.
struct Rejected {
  std::string file;
  Diagnostic problem;
};

class Catalogue final : public config::ComponentSchemas {
 public:
  // config::ComponentSchemas
  const std::string* schema(Kind kind, std::string_view type) const override;
  std::vector<std::string> types(Kind kind) const override;
  Status why_missing(Kind kind, std::string_view type) const override { return require(kind, type).status(); }

  // Null when there is none, or when two plugins claim it.
  const Component* find(Kind kind, std::string_view type) const;
  // The same, with the reason: unknown (did you mean …, or a file that could not be loaded), or claimed twice.
  Result<const Component*> require(Kind kind, std::string_view type) const;

  std::span<const std::unique_ptr<Plugin>> plugins() const { return plugins_; }
  // All that find() finds, by kind, then type.
  std::vector<const Component*> components() const;
  std::span<const Rejected> rejected() const { return rejected_; }
  // Null when no plugin defines the id.
  const PluginErrorInfo* find_error(std::string_view id) const;

  // For the loader. add() takes the plugin and returns an error for each component that another plugin offers too.
  Diagnostics add(std::unique_ptr<Plugin> plugin);
  void reject(std::string file, Diagnostic problem) { rejected_.push_back({std::move(file), std::move(problem)}); }

 private:
  // All that claim it, in the order they were added.
  std::vector<const Component*> claims(Kind kind, std::string_view type) const;

  std::vector<std::unique_ptr<Plugin>> plugins_;
  std::vector<Rejected> rejected_;
};

}  // namespace millrace::plugin
