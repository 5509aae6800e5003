#include "runtime/plugin/instance.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>

#include "runtime/plugin/sized.h"

namespace millrace::plugin {
namespace {

// Where a failure happened: the component, and the file that it came from.
std::string where(const Component& component) {
  std::string text = component.label();
  if (component.plugin != nullptr)
    text += " (" + std::filesystem::path(component.plugin->file).filename().string() + ")";
  return text;
}

mr_str view(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Instance::Instance(PipelineHost& host, const Component& component, InstanceOptions options)
    : host_(std::make_unique<InstanceHost>(host, component, std::move(options))) {}

Status Instance::create(std::string_view config, observe::Problem* why) {
  MILLRACE_CALL_ERROR(error);
  const mr_status status = component().table.create(host_->abi(), view(config), &self_, &error.raw);
  host_->freeze_metrics();
  if (status == MR_OK) {
    created_ = true;
    return {};
  }
  host_->drain();  // a create() that fails half-way may have left work behind
  return failed("cannot be created", "MR2021", status, error.raw, why);
}

Status Instance::start(observe::Problem* why) {
  MILLRACE_CALL_ERROR(error);
  const mr_status status = component().table.start(self_, &error.raw);
  if (status == MR_OK) return {};
  return failed("did not start", "MR2022", status, error.raw, why);
}

void Instance::stop(std::uint64_t deadline_ns) {
  if (!created_ || stopped_) return;
  stopped_ = true;
  host_->drain();
  component().table.stop(self_, deadline_ns);
}

void Instance::end() noexcept {
  if (!created_) return;
  stop(0);
  component().table.destroy(self_);
  created_ = false;
}

const void* Instance::extension(const char* id) const {
  const auto get = component().table.get_extension;
  return get == nullptr ? nullptr : get(self_, id);
}

Status Instance::failed(std::string_view verb, std::string_view id, mr_status status, const mr_error& error,
                        observe::Problem* why) const {
  observe::Problem problem = to_problem(error, status);
  if (problem.id.empty()) problem.id = id;
  if (problem.message.empty()) problem.message = "it gave no reason (code " + std::to_string(status) + ").";
  std::string message = where(component()) + " " + std::string(verb) + ": " + problem.message;
  if (!problem.detail.empty()) message += " " + problem.detail;
  Status result(problem.code, problem.id, std::move(message), problem.hint);
  if (why != nullptr) *why = std::move(problem);
  return result;
}

Status Instance::broke(std::string_view rule, observe::Problem* why) const {
  MILLRACE_CALL_ERROR(error);
  observe::Problem problem;
  problem.code = Code::kInternal;
  problem.message = "the plugin broke a rule of the plugin ABI: " + std::string(rule) + ".";
  problem.hint = "This is a defect of the plugin: report it to its vendor, with this message.";
  static_cast<void>(to_mr_error(problem, &error.raw));
  return failed("cannot be used", "MR2024", MR_INTERNAL, error.raw, why);
}

Status Instance::check(std::uint64_t deadline_ns, const std::function<void(CheckStep)>& step, observe::Problem* why) {
  const void* table = extension(MR_CHECK);
  if (table == nullptr || copy_sized<mr_check>(table).run == nullptr)
    return Status(Code::kUnimplemented, "MR2023", where(component()) + " has no check of its own.", "");
  struct Emitting {
    const std::function<void(CheckStep)>& step;
    std::optional<std::string> threw;
  } emitting{step, {}};
  const auto emit = [](void* arg, mr_str name, std::uint32_t verdict, const mr_field* facts, std::uint32_t count,
                       const mr_error* finding) noexcept {
    auto& to = *static_cast<Emitting*>(arg);
    try {
      CheckStep one;
      one.step = bounded(name, 256);
      one.verdict = static_cast<CheckStep::Verdict>(std::min<std::uint32_t>(verdict, MR_SKIP));
      for (std::uint32_t i = 0; facts != nullptr && i < std::min(count, 256u); ++i)
        one.facts.emplace_back(bounded(facts[i].key, 256), bounded(facts[i].value, 4'096));
      if (finding != nullptr) {
        const auto copy = copy_sized<mr_error>(finding);
        one.finding = to_problem(copy, copy.code);
      }
      to.step(std::move(one));
    } catch (const std::exception& e) {
      to.threw = e.what();
    }
  };
  MILLRACE_CALL_ERROR(error);
  const mr_status status = copy_sized<mr_check>(table).run(self_, deadline_ns, emit, &emitting, &error.raw);
  if (status != MR_OK) return failed("could not check itself", "MR2023", status, error.raw, why);
  if (emitting.threw)
    return Status(Code::kInternal, "MR2023", where(component()) + ": a step of its check was lost: " + *emitting.threw,
                  "");
  return {};
}

// ---- the five kinds ------------------------------------------------------------------------------------------------

// The same three steps for each kind: copy the table, make the wrapper, create the component in it.
template <class T>
Result<std::unique_ptr<T>> Instance::make(PipelineHost& host, const Component& component, std::string_view config,
                                          InstanceOptions options, observe::Problem* why) {
  std::unique_ptr<T> instance(new T(host, component, std::move(options)));
  Instance& base = *instance;
  if (Status status = base.create(config, why); !status.ok()) return status;
  return instance;
}

SourceInstance::SourceInstance(PipelineHost& host, const Component& component, InstanceOptions options)
    : Instance(host, component, std::move(options)), table_(copy_sized<mr_source_v1>(component.table.vtable)) {}

Result<std::unique_ptr<SourceInstance>> SourceInstance::create(PipelineHost& host, const Component& component,
                                                               std::string_view config, InstanceOptions options,
                                                               observe::Problem* why) {
  return make<SourceInstance>(host, component, config, std::move(options), why);
}

Status SourceInstance::commit(std::span<const mr_position> positions, std::uint64_t deadline_ns,
                              observe::Problem* why) {
  MILLRACE_CALL_ERROR(error);
  const mr_status status =
      table_.commit(self_, positions.data(), static_cast<std::uint32_t>(positions.size()), deadline_ns, &error.raw);
  if (status == MR_OK) return {};
  return failed("could not commit", "MR2023", status, error.raw, why);
}

Status SourceInstance::set_paused(std::span<const std::uint64_t> stream_ids, bool paused, observe::Problem* why) {
  MILLRACE_CALL_ERROR(error);
  const mr_status status = table_.set_paused(self_, stream_ids.data(), static_cast<std::uint32_t>(stream_ids.size()),
                                             paused ? 1 : 0, &error.raw);
  if (status == MR_OK) return {};
  return failed(paused ? "could not pause" : "could not resume", "MR2023", status, error.raw, why);
}

Status SourceInstance::release_streams(std::span<const std::uint64_t> stream_ids, observe::Problem* why) {
  MILLRACE_CALL_ERROR(error);
  const mr_status status =
      table_.release_streams(self_, stream_ids.data(), static_cast<std::uint32_t>(stream_ids.size()), &error.raw);
  if (status == MR_OK) return {};
  return failed("could not release its streams", "MR2023", status, error.raw, why);
}

Status SourceInstance::preview(std::uint32_t last_n, std::uint64_t max_bytes, std::uint64_t deadline_ns, mr_batch& out,
                               observe::Problem* why) {
  const void* table = extension(MR_PREVIEW);
  if (table == nullptr || copy_sized<mr_preview>(table).read == nullptr)
    return Status(Code::kUnimplemented, "MR2023", where(component()) + " cannot preview.", "");
  out = mr_batch{};
  out.struct_size = sizeof out;
  MILLRACE_CALL_ERROR(error);
  const mr_status status = copy_sized<mr_preview>(table).read(self_, last_n, max_bytes, deadline_ns, &out, &error.raw);
  if (status != MR_OK) return failed("cannot preview", "MR2023", status, error.raw, why);
  if (!well_formed(out)) return broke_batch(out, why);
  return {};
}

Status SourceInstance::broke_batch(mr_batch& out, observe::Problem* why) const {
  if (out.release != nullptr) out.release(out.owner);
  out = mr_batch{};
  return broke("a batch with records lacks an array, or its strides are too small", why);
}

AuthInstance::AuthInstance(PipelineHost& host, const Component& component, InstanceOptions options)
    : Instance(host, component, std::move(options)), table_(copy_sized<mr_auth_v1>(component.table.vtable)) {}

Result<std::unique_ptr<AuthInstance>> AuthInstance::create(PipelineHost& host, const Component& component,
                                                           std::string_view config, InstanceOptions options,
                                                           observe::Problem* why) {
  return make<AuthInstance>(host, component, config, std::move(options), why);
}

Status AuthInstance::provide(std::string_view endpoint, mr_emit_property emit, void* arg, std::int64_t& expires_unix_ms,
                             observe::Problem* why) {
  expires_unix_ms = 0;
  MILLRACE_CALL_ERROR(error);
  const mr_status status = table_.provide(self_, view(endpoint), emit, arg, &expires_unix_ms, &error.raw);
  if (status == MR_OK) return {};
  return failed("cannot provide credentials", "MR2023", status, error.raw, why);
}

FilterInstance::FilterInstance(PipelineHost& host, const Component& component, InstanceOptions options)
    : Instance(host, component, std::move(options)), table_(copy_sized<mr_filter_v1>(component.table.vtable)) {}

Result<std::unique_ptr<FilterInstance>> FilterInstance::create(PipelineHost& host, const Component& component,
                                                               std::string_view config, InstanceOptions options,
                                                               observe::Problem* why) {
  return make<FilterInstance>(host, component, config, std::move(options), why);
}

EncoderInstance::EncoderInstance(PipelineHost& host, const Component& component, InstanceOptions options)
    : Instance(host, component, std::move(options)), table_(copy_sized<mr_encoder_v1>(component.table.vtable)) {}

Result<std::unique_ptr<EncoderInstance>> EncoderInstance::create(PipelineHost& host, const Component& component,
                                                                 std::string_view config, InstanceOptions options,
                                                                 observe::Problem* why) {
  return make<EncoderInstance>(host, component, config, std::move(options), why);
}

SinkInstance::SinkInstance(PipelineHost& host, const Component& component, InstanceOptions options)
    : Instance(host, component, std::move(options)),
      table_(copy_sized<mr_sink_v1>(component.table.vtable)),
      concurrent_(component.concurrent()) {}

Result<std::unique_ptr<SinkInstance>> SinkInstance::create(PipelineHost& host, const Component& component,
                                                           std::string_view config, InstanceOptions options,
                                                           observe::Problem* why) {
  return make<SinkInstance>(host, component, config, std::move(options), why);
}

mr_limits SinkInstance::limits() const {
  mr_limits most{};
  if (table_.limits != nullptr) table_.limits(self_, &most);
  return most;
}

}  // namespace millrace::plugin
