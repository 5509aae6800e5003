#include "sdk/tool/trial.h"

#include <dlfcn.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "runtime/plugin/catalogue.h"
#include "runtime/plugin/sized.h"

namespace millrace::sdk_tool {
namespace {

// Sizes of ABI 1.0: what a plugin of this major has at least.
constexpr std::uint32_t kPluginSize = 80, kComponentSize = 96;

struct Function {
  template <class F>
  Function(const char* called, F* function) : name(called), present(function != nullptr) {}
  const char* name;
  bool present;
};

void name_missing(const std::string& where, std::initializer_list<Function> functions, std::vector<std::string>& out) {
  for (const Function& f : functions)
    if (!f.present) out.push_back(where + ": the function `" + f.name + "` is null or lies past struct_size.");
}

void name_missing_in_table(const std::string& where, std::uint32_t kind, const void* table,
                           std::vector<std::string>& out) {
  using plugin::copy_sized;
  if (kind == MR_SOURCE) {
    const auto t = copy_sized<mr_source_v1>(table);
    name_missing(where,
                 {{"poll", t.poll},
                  {"commit", t.commit},
                  {"set_paused", t.set_paused},
                  {"release_streams", t.release_streams},
                  {"interrupt", t.interrupt}},
                 out);
  }
  if (kind == MR_AUTH) name_missing(where, {{"provide", copy_sized<mr_auth_v1>(table).provide}}, out);
  if (kind == MR_FILTER) name_missing(where, {{"apply", copy_sized<mr_filter_v1>(table).apply}}, out);
  if (kind == MR_ENCODER) {
    const auto t = copy_sized<mr_encoder_v1>(table);
    name_missing(where, {{"encode", t.encode}}, out);
    if (!plugin::is_content_type(t.content_type))
      out.push_back(where + ": `content_type` is longer than " + std::to_string(plugin::kMaximumContentType) +
                    " bytes or not printable ASCII.");
  }
  if (kind == MR_SINK) name_missing(where, {{"submit", copy_sized<mr_sink_v1>(table).submit}}, out);
}

void name_broken(const mr_component* at, std::uint32_t index, std::vector<std::string>& out) {
  const std::string where = "component " + std::to_string(index);
  if (at == nullptr) return out.push_back(where + " is null.");
  const std::uint32_t size = plugin::struct_size_of(at);
  if (size < kComponentSize)
    return out.push_back(where + ": mr_component.struct_size is " + std::to_string(size) + ", at least " +
                         std::to_string(kComponentSize) + " in ABI 1.0.");
  const auto c = plugin::copy_sized<mr_component>(at);
  name_missing(where, {{"create", c.create}, {"start", c.start}, {"stop", c.stop}, {"destroy", c.destroy}}, out);
  if (c.type == nullptr) out.push_back(where + ": `type` is null.");
  if (c.config_schema == nullptr) out.push_back(where + ": `config_schema` is null.");
  if (c.vtable == nullptr) return out.push_back(where + ": `vtable` is null.");
  name_missing_in_table(where, c.kind, c.vtable, out);
}

}  // namespace

std::string Component::label() const {
  return std::string(plugin::kind_name(static_cast<plugin::Kind>(table.kind))) + " " +
         (table.type == nullptr ? "?" : table.type);
}

Loaded load_library(const std::filesystem::path& file) {
  Loaded out;
  out.library = ::dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (out.library == nullptr) {
    const char* why = ::dlerror();
    out.problem = why == nullptr ? "dlopen failed." : why;
    return out;
  }
  const auto entry = reinterpret_cast<const mr_plugin* (*)()>(::dlsym(out.library, "millrace_plugin_entry_v1"));
  if (entry == nullptr) {
    out.problem = "It has no function `millrace_plugin_entry_v1`.";
    return out;
  }
  out.descriptor = entry();
  if (out.descriptor == nullptr) out.problem = "`millrace_plugin_entry_v1` returned NULL.";
  return out;
}

std::vector<std::string> broken_parts(const mr_plugin* descriptor) {
  std::vector<std::string> out;
  const std::uint32_t size = plugin::struct_size_of(descriptor);
  if (size < kPluginSize) {
    out.push_back("mr_plugin.struct_size is " + std::to_string(size) + ", at least " + std::to_string(kPluginSize) +
                  " in ABI 1.0.");
    return out;
  }
  const auto p = plugin::copy_sized<mr_plugin>(descriptor);
  if (p.abi_major != MR_ABI_MAJOR) return out;
  for (const auto& [name, text] : {std::pair{"name", p.name},
                                   {"version", p.version},
                                   {"vendor", p.vendor},
                                   {"license", p.license},
                                   {"url", p.url}})
    if (text == nullptr)
      out.push_back(std::string("mr_plugin.") + name + " is null; write \"\" for what there is not.");
  if (p.component_count == 0 || p.components == nullptr) {
    out.push_back("mr_plugin.components is empty: the plugin offers nothing.");
    return out;
  }
  for (std::uint32_t i = 0; i < p.component_count; ++i) name_broken(p.components[i], i, out);
  if (p.error_count > 0 && p.errors == nullptr) out.push_back("mr_plugin.errors is null, error_count is not 0.");
  for (std::uint32_t i = 0; p.errors != nullptr && i < p.error_count; ++i)
    for (const char* text : {p.errors[i].id, p.errors[i].title, p.errors[i].cause, p.errors[i].remedy})
      if (text == nullptr || *text == '\0')
        out.push_back("mr_plugin.errors[" + std::to_string(i) +
                      "]: all four of id, title, cause and remedy are there.");
  return out;
}

std::vector<Component> components_of(const mr_plugin* descriptor) {
  std::vector<Component> out;
  if (plugin::struct_size_of(descriptor) < kPluginSize) return out;
  const auto p = plugin::copy_sized<mr_plugin>(descriptor);
  if (p.abi_major != MR_ABI_MAJOR || p.components == nullptr) return out;
  for (std::uint32_t i = 0; i < p.component_count; ++i) {
    Component c{.at = p.components[i]};
    std::vector<std::string> problems;
    name_broken(c.at, i, problems);
    if (c.at != nullptr && plugin::struct_size_of(c.at) >= kComponentSize)
      c.table = plugin::copy_sized<mr_component>(c.at);
    c.complete = problems.empty() && c.table.kind >= MR_SOURCE && c.table.kind <= MR_SINK;
    out.push_back(c);
  }
  return out;
}

Trial::Trial(const CheckOptions& options, int component, std::function<void(std::string_view)> note)
    : options_(options), component_(component), note_(std::move(note)), random_(options.seed) {}

const mr_plugin& Trial::plugin() {
  if (loaded_.library == nullptr) {
    step("loading the library");
    loaded_ = load_library(options_.file);
    if (loaded_.descriptor != nullptr) components_ = components_of(loaded_.descriptor);
  }
  if (loaded_.descriptor == nullptr) skip("The library does not load; see loads-now-local.");
  return *loaded_.descriptor;
}

const std::vector<Component>& Trial::components() {
  plugin();
  return components_;
}

const Component& Trial::component() {
  const auto& all = components();
  if (component_ < 0 || static_cast<std::size_t>(component_) >= all.size() ||
      !all[static_cast<std::size_t>(component_)].complete)
    skip("The component cannot be called; see sizes-set.");
  return all[static_cast<std::size_t>(component_)];
}

std::string Trial::schema() {
  return component().table.config_schema;
}

const std::string& Trial::config() {
  if (!config_.empty()) return config_;
  const Component& c = component();
  std::string problem;
  if (!options_.config.empty()) {
    std::ifstream in(options_.config);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) skip(options_.config.string() + " cannot be read.");
    const auto fields = fields_in(text.str(), c.table.type, &problem);
    auto found = fields ? canonical(schema(), *fields, &problem) : std::nullopt;
    if (!found) skip(options_.config.string() + ": " + problem + ".");
    return config_ = *found;
  }
  for (const std::string& example : examples(schema()))
    if (auto found = canonical(schema(), example, &problem)) return config_ = *found;
  if (auto found = smallest(schema(), &problem)) return config_ = *found;
  skip("No configuration could be made from the schema (" + problem +
       "). Give the schema `examples` at its root, or this command --config FILE.");
}

std::string status_name(mr_status status) {
  static constexpr const char* kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  return (status < std::size(kNames) ? std::string("MR_") + kNames[status] : "status") + " (" + std::to_string(status) +
         ")";
}

std::string Answer::words() const {
  const std::size_t size = ::strnlen(error.message, sizeof error.message);
  return status_name(status) + (size == 0 ? "" : ": " + std::string(error.message, size));
}

Live::Live(Trial& trial, const std::string& config)
    : trial_(trial), component_(trial.component()), config_(config), host_(std::make_unique<CheckHost>()) {}

Live::~Live() {
  if (!created_ || destroyed_) return;
  if (!stopped_) stop();
  destroy();
}

Answer Live::create() {
  trial_.step("create() with " + config_.substr(0, 200));
  Answer out;
  host_->set_creating(true);
  out.status = component_.table.create(host_->abi(), {config_.data(), config_.size()}, &self_, &out.error);
  host_->set_creating(false);
  created_ = out.ok();
  return out;
}

void Live::must_create() {
  if (const Answer answer = create(); !answer.ok())
    skip("create() refused " + config_.substr(0, 200) + " with " + answer.words() +
         ". Give the schema `examples` at its root, or this command --config FILE.");
}

Answer Live::start() {
  trial_.step("start() of an instance with " + config_.substr(0, 200));
  Answer out;
  out.status = component_.table.start(self_, &out.error);
  return out;
}

void Live::must_start() {
  must_create();
  if (const Answer answer = start(); !answer.ok())
    skip("start() failed with " + answer.words() + ". Give this command a --config FILE with which it works here.");
}

void Live::stop() {
  stopped_ = true;
  host_->executor().drain();
  trial_.step("stop()");
  component_.table.stop(self_, 0);
  host_->set_stopped(true);
}

void Live::destroy() {
  trial_.step("destroy()");
  destroyed_ = true;
  component_.table.destroy(self_);
}

Answer Live::apply(const mr_batch* in, std::uint64_t* keep) {
  Answer out;
  out.status = table<mr_filter_v1>().apply(self_, in, keep, &out.error);
  return out;
}

namespace {
std::size_t entries(const char* folder) {
  std::size_t count = 0;
  std::error_code error;
  for (auto it = std::filesystem::directory_iterator(folder, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error))
    ++count;
  return count;
}
}  // namespace

std::size_t thread_count() {
  return entries("/proc/self/task");
}
std::size_t open_files() {
  std::size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end; it.increment(error)) {
    const std::string to = std::filesystem::read_symlink(it->path(), error).string();
    count += !error && !to.starts_with("anon_inode:");  // an eventfd or a timerfd is no I/O
    error.clear();
  }
  return count;
}

}  // namespace millrace::sdk_tool
