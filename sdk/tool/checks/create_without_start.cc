#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check create_without_start() {
  return {.group = Group::kLifecycle,
          .says = "create() does no I/O and starts no thread, and the instance answers for its extensions at once.",
          .rule = "plugin.h, mr_component.create and mr_component.get_extension",
          .remedy =
              "Open files, connect and start threads in start(). get_extension() compares the whole id and gives NULL "
              "for one that it does not know.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.abandon();  // what stop() does is another check's business
            const std::size_t threads = thread_count(), files = open_files();
            live.must_create();
            if (live.self() == nullptr) fail("create() succeeded and left *self NULL.");
            if (thread_count() > threads)
              fail("create() started " + std::to_string(thread_count() - threads) + " thread(s).");
            if (open_files() > files)
              fail("create() opened " + std::to_string(open_files() - files) + " file(s) or socket(s).");
            const auto extension = trial.component().table.get_extension;
            if (extension == nullptr) return;
            trial.step("get_extension()");
            for (const char* known : {MR_CHECK, MR_PREVIEW}) {
              extension(live.self(), known);
              if (extension(live.self(), (std::string(known) + "x").c_str()) != nullptr)
                fail("get_extension(\"" + std::string(known) + "x\") is not NULL: only a prefix was compared.");
            }
            if (extension(live.self(), "org.example.nothing/1") != nullptr)
              fail("get_extension() gives a table for an id that nobody has defined.");
          }};
}

}  // namespace millrace::sdk_tool
