#include "runtime/plugin/descriptor.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/plugin/sized.h"

namespace millrace::plugin {
namespace {

// Sizes of ABI 1.0: what a plugin of this major has at least. They do not follow the header when it grows.
constexpr std::uint32_t kPluginSize = 80, kComponentSize = 96;
static_assert(sizeof(mr_plugin) >= kPluginSize && sizeof(mr_component) >= kComponentSize);

constexpr std::size_t kMaximumText = 4'096, kMaximumSchema = 1u << 20;
constexpr std::uint32_t kMaximumComponents = 256, kMaximumErrors = 4'096;

std::string text(const char* from, std::size_t limit = kMaximumText) {
  return from == nullptr ? std::string() : std::string(from, ::strnlen(from, limit));
}

std::string abi(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

Status invalid(const std::string& message) {
  return Status(Code::kFailedPrecondition, "MR2007", message + ".",
                "This is a defect of the plugin: report it to its vendor, with this message.");
}

bool is_type_name(std::string_view type) {
  return !type.empty() && type[0] >= 'a' && type[0] <= 'z' && std::all_of(type.begin(), type.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

struct Function {
  template <class F>
  Function(const char* called, F* function) : name(called), present(function != nullptr) {}
  const char* name;
  bool present;
};

// Null where all required functions are there, else the name of the first that is not.
const char* missing(std::initializer_list<Function> functions) {
  for (const Function& f : functions)
    if (!f.present) return f.name;
  return nullptr;
}

// The first function that the component's table lacks; a table that is too short to hold one lacks it. Null when all
// are there.
const char* missing_in_table(Kind kind, const void* vtable) {
  switch (kind) {
    case Kind::kSource: {
      const auto t = copy_sized<mr_source_v1>(vtable);
      return missing({{"poll", t.poll},
                      {"commit", t.commit},
                      {"set_paused", t.set_paused},
                      {"release_streams", t.release_streams},
                      {"interrupt", t.interrupt}});
    }
    case Kind::kAuth:
      return missing({{"provide", copy_sized<mr_auth_v1>(vtable).provide}});
    case Kind::kFilter:
      return missing({{"apply", copy_sized<mr_filter_v1>(vtable).apply}});
    case Kind::kEncoder:
      return missing({{"encode", copy_sized<mr_encoder_v1>(vtable).encode}});
    case Kind::kSink:
      return missing({{"submit", copy_sized<mr_sink_v1>(vtable).submit}});
  }
  return nullptr;
}

Status check_schema(const Component& component) {
  try {
    if (nlohmann::json::parse(component.schema).is_object()) return {};
  } catch (const nlohmann::json::parse_error& e) {
    return invalid(component.label() + ": its schema is not JSON from byte " + std::to_string(e.byte) + " on");
  }
  return invalid(component.label() + ": its schema is not a JSON object");
}

// Null when the kind is unknown to this host.
Result<std::unique_ptr<Component>> read_component(const mr_component* from, std::uint32_t index) {
  const std::string which = "component " + std::to_string(index);
  if (from == nullptr) return invalid(which + " of its descriptor is null");
  if (from->struct_size < kComponentSize)
    return invalid(which + " says that its descriptor is " + std::to_string(from->struct_size) +
                   " bytes long; ABI 1.0 has " + std::to_string(kComponentSize));
  auto component = std::make_unique<Component>();
  component->table = copy_sized<mr_component>(from);
  const mr_component& table = component->table;
  if (table.kind < MR_SOURCE || table.kind > MR_SINK) return std::unique_ptr<Component>();
  component->kind = static_cast<Kind>(table.kind);
  component->type = text(table.type, 256);
  component->summary = text(table.summary);
  component->schema = text(table.config_schema, kMaximumSchema);
  component->caps = table.caps;
  component->needs = table.needs;
  component->stability = table.stability;
  if (!is_type_name(component->type))
    return invalid(which + ", a " + std::string(kind_name(component->kind)) + ", has the type '" + component->type +
                   "'; a type is lower_snake_case");
  const std::string label = component->label();
  if (const char* name =
          missing({{"create", table.create}, {"start", table.start}, {"stop", table.stop}, {"destroy", table.destroy}}))
    return invalid(label + ": the function " + name + " is missing");
  if (table.vtable == nullptr) return invalid(label + ": its table is missing");
  if (const char* name = missing_in_table(component->kind, table.vtable))
    return invalid(label + ": the function " + name + " is missing");
  if (component->kind == Kind::kEncoder && !is_content_type(copy_sized<mr_encoder_v1>(table.vtable).content_type))
    return invalid(label + ": its content_type is longer than " + std::to_string(kMaximumContentType) +
                   " bytes or not printable ASCII");
  if (Status schema = check_schema(*component); !schema.ok()) return schema;
  return component;
}

}  // namespace

Result<std::unique_ptr<Plugin>> read_descriptor(const mr_plugin* descriptor, const std::string& file,
                                                const observe::Logger& log) {
  if (descriptor == nullptr) return invalid("its entry function returned nothing");
  // Major and size come first: of another major nothing else can be read.
  if (descriptor->struct_size < 3 * sizeof(std::uint32_t))
    return invalid("says that its descriptor is " + std::to_string(descriptor->struct_size) +
                   " bytes long; ABI 1.0 has " + std::to_string(kPluginSize));
  if (descriptor->abi_major != MR_ABI_MAJOR)
    return Status(Code::kFailedPrecondition, "MR2005",
                  "was built for plugin ABI " + abi(descriptor->abi_major, descriptor->abi_minor) +
                      "; this runtime speaks " + abi(MR_ABI_MAJOR, MR_ABI_MINOR) + ".",
                  descriptor->abi_major > MR_ABI_MAJOR
                      ? "Use a newer runtime, or rebuild the plugin with SDK " + std::to_string(MR_ABI_MAJOR) + ".x."
                      : "Rebuild the plugin with SDK " + std::to_string(MR_ABI_MAJOR) + ".x.");
  if (descriptor->struct_size < kPluginSize)
    return invalid("says that its descriptor is " + std::to_string(descriptor->struct_size) +
                   " bytes long; ABI 1.0 has " + std::to_string(kPluginSize));
  const auto from = copy_sized<mr_plugin>(descriptor);
  if (from.needs_host_minor > MR_ABI_MINOR)
    return Status(Code::kFailedPrecondition, "MR2006",
                  "was built for plugin ABI " + abi(from.abi_major, from.abi_minor) + " and needs host " +
                      abi(from.abi_major, from.needs_host_minor) + "; this runtime is " +
                      abi(MR_ABI_MAJOR, MR_ABI_MINOR) + ".",
                  "Use a runtime >= " + abi(from.abi_major, from.needs_host_minor) +
                      ", or rebuild the plugin with SDK " + abi(MR_ABI_MAJOR, MR_ABI_MINOR) + ".");

  auto plugin = std::make_unique<Plugin>();
  plugin->file = file;
  plugin->name = text(from.name);
  plugin->version = text(from.version);
  plugin->vendor = text(from.vendor);
  plugin->license = text(from.license);
  plugin->url = text(from.url);
  plugin->abi_major = from.abi_major;
  plugin->abi_minor = from.abi_minor;
  if (plugin->name.empty()) return invalid("its descriptor has no name");
  if (plugin->version.empty()) return invalid("its descriptor has no version");
  if (from.component_count == 0 || from.components == nullptr) return invalid("it offers no component");
  if (from.component_count > kMaximumComponents)
    return invalid("it claims " + std::to_string(from.component_count) + " components");
  for (std::uint32_t i = 0; i < from.component_count; ++i) {
    Result<std::unique_ptr<Component>> component = read_component(from.components[i], i);
    if (!component.ok()) return component.status();
    if (*component == nullptr) {
      log.info("a component of a kind that this runtime does not know is left out",
               {{"plugin", file}, {"kind", from.components[i]->kind}});
      continue;
    }
    (*component)->plugin = plugin.get();
    plugin->components.push_back(std::move(component).value());
  }
  if (from.error_count > kMaximumErrors || (from.error_count > 0 && from.errors == nullptr))
    return invalid("its table of errors is missing");
  for (std::uint32_t i = 0; i < from.error_count; ++i)
    plugin->errors.push_back({text(from.errors[i].id, 64), text(from.errors[i].title), text(from.errors[i].cause),
                              text(from.errors[i].remedy)});
  return plugin;
}

}  // namespace millrace::plugin
