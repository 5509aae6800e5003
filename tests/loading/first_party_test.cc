// Every plugin of this build, in one process, twice: what shares a name, a symbol or a protobuf file between two
// plugins, or between a plugin and its own second copy, shows here and not at a user's.
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>

#include "runtime/plugin/loader.h"

namespace millrace::plugin {
namespace {

namespace fs = std::filesystem;

std::string text(const Diagnostics& problems) {
  std::string out;
  for (const Diagnostic& problem : problems) out += problem.to_string() + "\n";
  return out;
}

TEST(FirstPartyPlugins, LoadAllTogetherWithoutAProblem) {
  Loader loader{observe::Logger()};
  const Scan scan = loader.scan({.directories = {FIRST_PARTY_PLUGINS}});
  EXPECT_EQ(text(scan.problems), "");
  std::istringstream names(FIRST_PARTY_NAMES);
  std::size_t count = 0;
  for (std::string name; names >> name; ++count) {
    const auto file = (fs::path(FIRST_PARTY_PLUGINS) / (name + ".so")).string();
    bool found = false;
    for (const auto& plugin : scan.catalogue.plugins()) found = found || plugin->file == file;
    EXPECT_TRUE(found) << file;
  }
  EXPECT_GT(count, 0u);
}

TEST(FirstPartyPlugins, LoadASecondTimeFromTheSameFilesAndFromCopies) {
  std::string name = (fs::temp_directory_path() / "millrace-loading-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  for (const auto& entry : fs::directory_iterator(FIRST_PARTY_PLUGINS))
    if (entry.path().extension() == ".so") fs::copy_file(entry.path(), fs::path(name) / entry.path().filename());
  Loader first{observe::Logger()}, second{observe::Logger()}, third{observe::Logger()};
  const Scan one = first.scan({.directories = {FIRST_PARTY_PLUGINS}});
  const Scan two = second.scan({.directories = {FIRST_PARTY_PLUGINS}});
  const Scan copies = third.scan({.directories = {name}});
  EXPECT_EQ(text(one.problems) + text(two.problems) + text(copies.problems), "");
  EXPECT_EQ(one.catalogue.components().size(), two.catalogue.components().size());
  EXPECT_EQ(one.catalogue.components().size(), copies.catalogue.components().size());
  // A copy is code of its own: its tables are not the first one's.
  for (const Component* component : one.catalogue.components()) {
    const Component* copy = copies.catalogue.find(component->kind, component->type);
    ASSERT_NE(copy, nullptr);
    EXPECT_NE(copy->table.vtable, component->table.vtable) << component->label();
    EXPECT_EQ(two.catalogue.find(component->kind, component->type)->table.vtable, component->table.vtable)
        << component->label();
  }
  fs::remove_all(name);
}

TEST(FirstPartyPlugins, HaveErrorsWithIdsOfTheirOwn) {
  Loader loader{observe::Logger()};
  const Scan scan = loader.scan({.directories = {FIRST_PARTY_PLUGINS}});
  std::map<std::string, std::string> owner;
  for (const auto& plugin : scan.catalogue.plugins())
    for (const PluginErrorInfo& error : plugin->errors) {
      const auto [other, fresh] = owner.try_emplace(error.id, plugin->file);
      EXPECT_TRUE(fresh) << error.id << " is in " << other->second << " and in " << plugin->file;
      EXPECT_FALSE(error.title.empty() || error.cause.empty() || error.remedy.empty()) << error.id;
    }
}

}  // namespace
}  // namespace millrace::plugin
