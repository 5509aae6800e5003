#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "sdk/tool/trial.h"

extern "C" __attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

namespace millrace::sdk_tool {
namespace {

std::size_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// How many there are once those beyond `wanted` had time to go: a thread that was joined is counted for a moment more.
std::size_t threads_left(std::size_t wanted) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  std::size_t count = thread_count();
  for (; count > wanted && std::chrono::steady_clock::now() < deadline; count = thread_count())
    std::this_thread::yield();
  return count;
}

}  // namespace

// Whatever allocator the host and the plugin have, memory that is not given back makes the process grow, round by
// round; what is kept on purpose makes it grow once. A leak of a few bytes shows after some thousand lives.
Check destroy_leaks_nothing() {
  return {.group = Group::kLifecycle,
          .says = "destroy() gives back memory, files and threads.",
          .rule = "plugin.h, mr_component.destroy",
          .remedy =
              "Free in destroy() what create() and start() made; with an AddressSanitizer build of the host this check "
              "says where.",
          .run =
              [](Trial& trial) {
                CheckHost shared;
                const mr_component& table = trial.component().table;
                const std::string& config = trial.config();
                const auto live_once = [&] {
                  mr_error error = empty_error();
                  void* self = nullptr;
                  const mr_status status = table.create(shared.abi(), {config.data(), config.size()}, &self, &error);
                  if (status != MR_OK)
                    skip("create() refused the configuration with " + Answer{status, error}.words() + ".");
                  table.stop(self, 0);
                  table.destroy(self);
                };
                trial.step("create(), stop() and destroy(), again and again");
                std::size_t lives = 0;
                const auto began = std::chrono::steady_clock::now();
                while (lives < 4'096 && std::chrono::steady_clock::now() - began < std::chrono::milliseconds(250))
                  live_once(), ++lives;
                const std::size_t files = open_files(), threads = thread_count();
                bool grows = true;
                std::size_t before = resident_bytes();
                const std::size_t at_first = before;
                for (int round = 0; round < 4 && grows; ++round) {
                  for (std::size_t i = 0; i < lives; ++i) live_once();
                  const std::size_t now = resident_bytes();
                  grows = now >= before + std::max<std::size_t>(lives * 4, 4'096);
                  before = now;
                }
                if (grows)
                  fail("In four rounds of " + std::to_string(lives) + " instances the process grew by " +
                       std::to_string((before - at_first) / 1024) + " KiB, about " +
                       std::to_string((before - at_first) / 4 / lives) + " bytes an instance.");
                if (open_files() > files) fail(std::to_string(open_files() - files) + " files stay open.");
                if (const std::size_t left = threads_left(threads); left > threads)
                  fail(std::to_string(left - threads) + " threads stay.");
                if (__lsan_do_recoverable_leak_check != nullptr && __lsan_do_recoverable_leak_check() != 0)
                  fail("LeakSanitizer found leaks; they are below.");
              },
          .needs = "stop-without-start"};
}

}  // namespace millrace::sdk_tool
