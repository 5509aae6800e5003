// A plugin written with the C++ SDK, seen from the host: what it throws becomes a Status.
#define MR_STATIC_PLUGIN wrapped
#include <millrace/plugin.hpp>

#include <gtest/gtest.h>

#include "runtime/plugin/descriptor.h"
#include "runtime/plugin/fake_plugin.h"

namespace {

constexpr const char* kSchema = R"({"type":"object","properties":{"how":{"type":"string"}}})";

struct Thrower {
  static constexpr millrace::Info info{.type = "thrower", .summary = "Throws.", .schema = kSchema};
  Thrower(millrace::Host, const millrace::Config& config) {
    if (config.value("how", "") == "error")
      throw millrace::Error(MR_INVALID_ARGUMENT, "There is no such mood.", "/how").id("XX0001").hint("Calm down.");
    if (config.value("how", "") == "exception") throw std::runtime_error("a plain exception");
    if (config.value("how", "") == "int") throw 5;
  }
  void apply(millrace::Batch, millrace::Selection) const { throw std::runtime_error("not today"); }
};

}  // namespace

MR_PLUGIN("org.example.wrapped", "1.0.0", &millrace::filter<Thrower>)

namespace millrace::plugin {
namespace {

struct Wrapped {
  FakePipeline pipeline;
  std::unique_ptr<Plugin> plugin =
      std::move(read_descriptor(millrace_plugin_entry_v1_wrapped(), "(built in)", pipeline.log).value());
  Result<std::unique_ptr<FilterInstance>> create(const std::string& config, observe::Problem* why = nullptr) {
    return FilterInstance::create(pipeline.host, *plugin->components.at(0), config, {.component = "filters[0]"}, why);
  }
};

TEST(WrappedPlugin, ThatThrowsInItsConstructorGivesAClearStatus) {
  Wrapped w;
  observe::Problem why;
  EXPECT_EQ(w.create(R"({"how":"error"})", &why).status().to_string(),
            "XX0001: filter thrower ((built in)) cannot be created: There is no such mood.\n  Calm down.");
  EXPECT_EQ(why.field, "/how");
  EXPECT_EQ(w.create(R"({"how":"exception"})").status().message(),
            "filter thrower ((built in)) cannot be created: a plain exception");
  EXPECT_EQ(w.create(R"({"how":"int"})").status().code(), Code::kInternal);
  EXPECT_TRUE(w.create("{}").ok());
}

TEST(WrappedPlugin, ThatThrowsInApplyGivesAStatusAndLivesOn) {
  Wrapped w;
  auto filter = w.create("{}");
  std::uint64_t keep = 1;
  const mr_batch batch{};
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ((*filter)->apply(batch, &keep).to_string(),
              "MR2023: filter thrower ((built in)) failed on a batch: not today");
}

}  // namespace
}  // namespace millrace::plugin
