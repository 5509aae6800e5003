// One running component of each kind: the RAII face of a plugin's table, and the only place that calls through it.
//
//   auto sink = plugin::SinkInstance::create(host, component, spec.sink.config, {.component = "sink"});
//   if (!sink.ok()) return sink.status();
//   if (Status started = (*sink)->start(); !started.ok()) …
//   (*sink)->stop(deadline_ns);   // or let the destructor do it, with no time left
//
// stop() comes before destroy(), once, whatever happened before; the executor's work for the instance is drained before
// stop(). A failure is a Status whose message names the component and says what the plugin said; `why`, where given,
// gets the same in parts (reason, field, detail) for health and dead letters. An id that the plugin gives is kept;
// without one it is MR2021 … MR2024.
//
// The hot calls (poll, apply, encode, submit) are inline and add to the C call a few stores and one branch.
//
// Confined as plugin.h tags each call: [control] and [source] calls by one thread at a time, [lane] calls too unless
// the component is concurrent() (submit() serialises by itself), [any] calls freely.
#pragma once

#include <millrace/plugin.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/observe/health.h"
#include "runtime/plugin/catalogue.h"
#include "runtime/plugin/host_services.h"
#include "runtime/plugin/sized.h"

namespace millrace::plugin {

// A mr_error ready for a call. Only the first byte of each text is cleared: clearing a kilobyte would cost more than
// the call it is for, and nothing reads past a text's end.
struct CallError {
  CallError() noexcept {
    raw.struct_size = sizeof raw;
    raw.code = MR_OK;
    raw.id[0] = raw.reason[0] = raw.field[0] = raw.message[0] = raw.detail[0] = raw.hint[0] = '\0';
  }
  mr_error raw;
};
#if defined(__GNUC__) && !defined(__clang__)
#define MILLRACE_CALL_ERROR(name) __attribute__((uninitialized)) ::millrace::plugin::CallError name
#else
#define MILLRACE_CALL_ERROR(name) ::millrace::plugin::CallError name
#endif

// A step of a component's self-check (millrace.check/1).
struct CheckStep {
  enum class Verdict : std::uint32_t { kPass, kCaution, kFail, kSkip };
  std::string step;
  Verdict verdict = Verdict::kPass;
  std::vector<std::pair<std::string, std::string>> facts;
  observe::Problem finding;  // empty when there is none
};

// What the five kinds have in common. The table is a copy, zero where the plugin was too old to have a function.
class Instance {
 public:
  virtual ~Instance() = default;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // [control] May connect; may block for as long as the component's own time-outs say.
  Status start(observe::Problem* why = nullptr);
  // [control] Drains the executor's work, then stops the component. `deadline_ns` is CLOCK_MONOTONIC; 0: at once.
  // Idempotent.
  void stop(std::uint64_t deadline_ns);

  const Component& component() const { return host_->component(); }
  const std::string& name() const { return host_->options().component; }  // "sink", "filters[0]"
  const observe::Logger& log() const { return host_->log(); }

  // [control] Runs the component's self-check on an instance that was created and never started. MR_UNIMPLEMENTED (code
  // kUnimplemented) when it has none.
  Status check(std::uint64_t deadline_ns, const std::function<void(CheckStep)>& step, observe::Problem* why = nullptr);
  // [any] The component's extension `id`, or null.
  const void* extension(const char* id) const;

 protected:
  Instance(PipelineHost& host, const Component& component, InstanceOptions options);
  template <class T>
  static Result<std::unique_ptr<T>> make(PipelineHost& host, const Component& component, std::string_view config,
                                         InstanceOptions options, observe::Problem* why);
  // Stops and destroys the component. Each kind calls it first in its destructor.
  void end() noexcept;

  // The cold half of every call: the Status (and *why) for a call that did not answer MR_OK.
  [[gnu::cold]] Status failed(std::string_view verb, std::string_view id, mr_status status, const mr_error& error,
                              observe::Problem* why) const;
  // The plugin broke the contract; says which rule.
  [[gnu::cold]] Status broke(std::string_view rule, observe::Problem* why) const;

  void* self_ = nullptr;
  const std::unique_ptr<InstanceHost> host_;

 private:
  Status create(std::string_view config, observe::Problem* why);
  bool created_ = false;  // not `self_ != nullptr`: a component without state may have none
  bool stopped_ = false;
};

class SourceInstance final : public Instance {
 public:
  static Result<std::unique_ptr<SourceInstance>> create(PipelineHost& host, const Component& component,
                                                        std::string_view config, InstanceOptions options,
                                                        observe::Problem* why = nullptr);
  ~SourceInstance() override { end(); }

  // [source] Blocks up to timeout_ms. `out` is overwritten; when out.release is set afterwards the caller owes it one
  // call with out.owner, before stop(). max_records 0: deliver nothing, keep the session alive. An error means that the
  // instance must be rebuilt.
  Status poll(std::uint32_t max_records, std::uint64_t max_bytes, std::uint32_t timeout_ms, mr_batch& out,
              observe::Problem* why = nullptr) {
    out = mr_batch{};
    out.struct_size = sizeof out;
    MILLRACE_CALL_ERROR(error);
    host_->enter_poll();
    const mr_status status = table_.poll(self_, max_records, max_bytes, timeout_ms, &out, &error.raw);
    host_->leave_poll();
    if (status != MR_OK) [[unlikely]]
      return failed("cannot go on", "MR2023", status, error.raw, why);
    if (!well_formed(out)) [[unlikely]]
      return broke_batch(out, why);
    return {};
  }
  // [source] deadline_ns 0: soon is enough. Otherwise durable when it returns OK.
  Status commit(std::span<const mr_position> positions, std::uint64_t deadline_ns, observe::Problem* why = nullptr);
  // [source]
  Status set_paused(std::span<const std::uint64_t> stream_ids, bool paused, observe::Problem* why = nullptr);
  // [source] The answer to StreamsListener::revoke().
  Status release_streams(std::span<const std::uint64_t> stream_ids, observe::Problem* why = nullptr);
  // [any] Makes a blocked poll(), or else the next one, return soon.
  void interrupt() noexcept { table_.interrupt(self_); }

  // [control] The newest records, on an instance that was created and never started (millrace.preview/1). As poll() for
  // `out`.
  Status preview(std::uint32_t last_n, std::uint64_t max_bytes, std::uint64_t deadline_ns, mr_batch& out,
                 observe::Problem* why = nullptr);

 private:
  friend class Instance;
  SourceInstance(PipelineHost& host, const Component& component, InstanceOptions options);
  static bool well_formed(const mr_batch& b) {
    return b.count == 0 || (b.records != nullptr && b.streams != nullptr && b.stream_count != 0 &&
                            b.record_stride >= sizeof(mr_record) && b.stream_stride >= sizeof(mr_stream));
  }
  // Gives the batch back to the plugin.
  [[gnu::cold]] Status broke_batch(mr_batch& out, observe::Problem* why) const;
  const mr_source_v1 table_;
};

class AuthInstance final : public Instance {
 public:
  static Result<std::unique_ptr<AuthInstance>> create(PipelineHost& host, const Component& component,
                                                      std::string_view config, InstanceOptions options,
                                                      observe::Problem* why = nullptr);
  ~AuthInstance() override { end(); }

  // [control] Emits connection properties; expiry 0 is never. Connection (host_services.h) calls it.
  Status provide(std::string_view endpoint, mr_emit_property emit, void* arg, std::int64_t& expires_unix_ms,
                 observe::Problem* why = nullptr);

 private:
  friend class Instance;
  AuthInstance(PipelineHost& host, const Component& component, InstanceOptions options);
  const mr_auth_v1 table_;
};

class FilterInstance final : public Instance {
 public:
  static Result<std::unique_ptr<FilterInstance>> create(PipelineHost& host, const Component& component,
                                                        std::string_view config, InstanceOptions options,
                                                        observe::Problem* why = nullptr);
  ~FilterInstance() override { end(); }

  // [lane] Clears the bits of the records to drop. After a failure `keep` is undefined: restore what you saved. Bits
  // past the last record are zero afterwards, whatever the plugin did: the caller walks the bits without looking at the
  // count.
  Status apply(const mr_batch& in, std::uint64_t* keep, observe::Problem* why = nullptr) const {
    MILLRACE_CALL_ERROR(error);
    const mr_status status = table_.apply(self_, &in, keep, &error.raw);
    if (status != MR_OK) [[unlikely]]
      return failed("failed on a batch", "MR2023", status, error.raw, why);
    if (in.count % 64 != 0) keep[in.count / 64] &= (std::uint64_t{1} << (in.count % 64)) - 1;
    return {};
  }

 private:
  friend class Instance;
  FilterInstance(PipelineHost& host, const Component& component, InstanceOptions options);
  const mr_filter_v1 table_;
};

class EncoderInstance final : public Instance {
 public:
  static Result<std::unique_ptr<EncoderInstance>> create(PipelineHost& host, const Component& component,
                                                         std::string_view config, InstanceOptions options,
                                                         observe::Problem* why = nullptr);
  ~EncoderInstance() override { end(); }

  // [lane] MR_OUT_OF_RANGE: the kept record at `cursor` alone exceeds the limits, nothing was advanced, and why->reason
  // is the dead letter's condition. Any other failure is the encoder's.
  mr_status encode(const mr_batch& in, const std::uint64_t* keep, const mr_limits& limits, std::uint32_t& cursor,
                   mr_writer& out, observe::Problem* why = nullptr) const {
    MILLRACE_CALL_ERROR(error);
    const mr_status status = table_.encode(self_, &in, keep, &limits, &cursor, &out, &error.raw);
    if (status != MR_OK && why != nullptr) [[unlikely]]
      static_cast<void>(failed("could not encode a request", "MR2023", status, error.raw, why));
    return status;
  }

  // [any] Of every body, printable and at most 255 bytes long, or "" for an encoder that does not say it.
  std::string_view content_type() const { return bounded(table_.content_type, kMaximumContentType); }

 private:
  friend class Instance;
  EncoderInstance(PipelineHost& host, const Component& component, InstanceOptions options);
  const mr_encoder_v1 table_;
};

class SinkInstance final : public Instance {
 public:
  static Result<std::unique_ptr<SinkInstance>> create(PipelineHost& host, const Component& component,
                                                      std::string_view config, InstanceOptions options,
                                                      observe::Problem* why = nullptr);
  ~SinkInstance() override { end(); }

  // Never more requests outstanding than this; at least 1.
  std::uint32_t max_in_flight() const { return table_.max_in_flight == 0 ? 1 : table_.max_in_flight; }
  // [control] What one request may hold at most; 0 is no limit.
  mr_limits limits() const;

  // [lane] MR_OK: taken, `completion` is called exactly once, on any thread, perhaps before this returns. Anything
  // else: not taken and never completed; MR_RESOURCE_EXHAUSTED means later. Calls are serialised unless the component
  // is concurrent.
  mr_status submit(const mr_request& request, mr_completion completion, observe::Problem* why = nullptr) {
    MILLRACE_CALL_ERROR(error);
    std::unique_lock<std::mutex> one_at_a_time(mutex_, std::defer_lock);
    if (!concurrent_) one_at_a_time.lock();
    const mr_status status = table_.submit(self_, &request, completion, &error.raw);
    if (status != MR_OK && why != nullptr) [[unlikely]]
      static_cast<void>(failed("did not take a request", "MR2023", status, error.raw, why));
    return status;
  }

 private:
  friend class Instance;
  SinkInstance(PipelineHost& host, const Component& component, InstanceOptions options);
  const mr_sink_v1 table_;
  const bool concurrent_;
  std::mutex mutex_;  // one submit() at a time
};

}  // namespace millrace::plugin
