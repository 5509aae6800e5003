// What a check has in its hands: the plugin, the component under test, a configuration, and instances of it.
//
// A Trial is made in the check's own process. What a check needs and does not get - a library that does not load, a
// configuration that create() refuses - is a skip with the reason, for another check is there to say that it is wrong.
//
// Used by the checks. Confined to the check's main thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sdk/tool/check.h"
#include "sdk/tool/check_host.h"
#include "sdk/tool/configuration.h"
#include "sdk/tool/options.h"
#include "sdk/tool/paged_batch.h"

namespace millrace::sdk_tool {

// What of a component can be read, whatever the plugin claims of its size.
struct Component {
  const mr_component* at = nullptr;
  mr_component table{};       // the part that is there; the rest is zero
  bool complete = false;      // sizes and required functions are there: it can be called
  std::string label() const;  // "filter sample"
};

struct Loaded {
  void* library = nullptr;
  const mr_plugin* descriptor = nullptr;
  std::string problem;  // not empty: it could not be loaded
};
Loaded load_library(const std::filesystem::path& file);
// Everything that is wrong with the sizes, tables and functions of a descriptor, one sentence each.
std::vector<std::string> broken_parts(const mr_plugin* descriptor);
// Components that can be looked at; none when the descriptor itself is too short or of another major.
std::vector<Component> components_of(const mr_plugin* descriptor);

class Trial {
 public:
  Trial(const CheckOptions& options, int component, std::function<void(std::string_view)> note);

  const CheckOptions& options() const { return options_; }
  const mr_plugin& plugin();  // loads it; skips when it cannot be
  const std::vector<Component>& components();
  const Component& component();  // the one under test; skips when it cannot be called
  std::string schema();
  const std::string& config();  // that create() is given; skips when there is none
  Random& random() { return random_; }
  // Says what is about to be done, for the report of a crash or a hang.
  void step(std::string_view what) const { note_(what); }

 private:
  const CheckOptions& options_;
  const int component_;
  std::function<void(std::string_view)> note_;
  Random random_;
  Loaded loaded_;
  std::vector<Component> components_;
  std::string config_;
};

using millrace::detail::empty_error;

// What a call answered: its status, and the error that came with it.
struct Answer {
  mr_status status = MR_OK;
  mr_error error = empty_error();
  bool ok() const { return status == MR_OK; }
  std::string words() const;  // "MR_UNAVAILABLE (14): message"
};
std::string status_name(mr_status status);

// One instance with a host of its own. Destroyed properly unless somebody did so before.
class Live {
 public:
  explicit Live(Trial& trial) : Live(trial, trial.config()) {}
  Live(Trial& trial, const std::string& config);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  Answer create();     // once
  void must_create();  // skips when it fails
  Answer start();
  void must_start();  // creates and starts; skips when it fails
  void stop();
  void destroy();
  void abandon() { destroyed_ = true; }  // leaves it as it is

  CheckHost& host() { return *host_; }
  void* self() const { return self_; }
  template <class Table>
  const Table& table() const {
    return *static_cast<const Table*>(component_.table.vtable);
  }
  // Of a filter.
  Answer apply(const mr_batch* in, std::uint64_t* keep);

 private:
  Trial& trial_;
  const Component& component_;
  const std::string config_;
  std::unique_ptr<CheckHost> host_;
  void* self_ = nullptr;
  bool created_ = false, stopped_ = false, destroyed_ = false;
};

// Counted by the kernel: what an instance must not leave behind.
std::size_t thread_count();
std::size_t open_files();

}  // namespace millrace::sdk_tool
