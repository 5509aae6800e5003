#include "runtime/plugin/descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/plugin/fake_plugin.h"

namespace millrace::plugin {
namespace {

// A descriptor that is right; each test breaks one thing.
struct Descriptor {
  Descriptor() {
    const Component whole = fake.component(Kind::kSink);
    component = whole.table;
    component.type = "spool";
    component.summary = "Writes to a file.";
    component.config_schema = R"({"type": "object"})";
    component.caps = MR_CAP_CONCURRENT;
    component.needs = MR_NEED_VALUE | MR_NEED_KEY;
    component.stability = MR_BETA;
    plugin.struct_size = sizeof plugin;
    plugin.abi_major = MR_ABI_MAJOR;
    plugin.abi_minor = MR_ABI_MINOR;
    plugin.name = "org.example.spool";
    plugin.version = "1.0.0";
    plugin.components = components;
    plugin.component_count = 1;
  }
  Result<std::unique_ptr<Plugin>> read() { return read_descriptor(&plugin, "/plugins/spool.so", log); }
  std::string refusal() {
    const auto result = read();
    return result.ok() ? "(accepted)"
                       : std::string(result.status().id()) + " " + std::string(result.status().message());
  }

  FakePlugin fake;
  mr_component component{};
  const mr_component* components[2] = {&component, &component};
  mr_plugin plugin{};
  std::vector<std::string> lines;
  observe::Logger log =
      observe::make_logger({.write = [this](std::string_view l) { lines.emplace_back(l.substr(l.find(' ') + 1)); }});
};

TEST(Descriptor, IsCopiedWhole) {
  Descriptor d;
  std::string name = "org.example.spool", type = "spool", schema = R"({"type": "object"})";
  d.plugin.name = name.c_str();
  d.component.type = type.c_str();
  d.component.config_schema = schema.c_str();
  d.plugin.vendor = nullptr;
  const mr_error_info errors[] = {{"XX0001", "Title", "Cause.", nullptr}};
  d.plugin.errors = errors;
  d.plugin.error_count = 1;
  const auto plugin = d.read();
  ASSERT_TRUE(plugin.ok()) << plugin.status().to_string();
  name.assign(name.size(), 'x'), type.assign(type.size(), 'x'), schema.assign(schema.size(), 'x');
  EXPECT_EQ((*plugin)->name, "org.example.spool");
  EXPECT_EQ((*plugin)->vendor, "");
  const Component& component = *(*plugin)->components.at(0);
  EXPECT_EQ(component.label(), "sink spool");
  EXPECT_EQ(component.schema, R"({"type": "object"})");
  EXPECT_TRUE(component.concurrent());
  EXPECT_EQ(stability_name(component.stability), "beta");
  EXPECT_EQ(component.plugin, (*plugin).get());
  EXPECT_EQ((*plugin)->errors.at(0).cause, "Cause.");
  EXPECT_EQ((*plugin)->errors.at(0).remedy, "");
}

TEST(Descriptor, OfAnotherMajorIsRefusedNamingBothSides) {
  Descriptor d;
  d.plugin.abi_major = 2;
  d.plugin.abi_minor = 4;
  EXPECT_EQ(d.refusal(), "MR2005 was built for plugin ABI 2.4; this runtime speaks 1.0.");
  EXPECT_EQ(d.read().status().hint(), "Use a newer runtime, or rebuild the plugin with SDK 1.x.");
  d.plugin.abi_major = 0;
  EXPECT_EQ(d.read().status().hint(), "Rebuild the plugin with SDK 1.x.");
}

TEST(Descriptor, ThatNeedsANewerHostIsRefusedNamingBothSides) {
  Descriptor d;
  d.plugin.abi_minor = 3;
  d.plugin.needs_host_minor = 2;
  EXPECT_EQ(d.refusal(), "MR2006 was built for plugin ABI 1.3 and needs host 1.2; this runtime is 1.0.");
  EXPECT_EQ(d.read().status().hint(), "Use a runtime >= 1.2, or rebuild the plugin with SDK 1.0.");
}

TEST(Descriptor, OfANewerMinorThatNeedsNothingNewIsTaken) {
  Descriptor d;
  d.plugin.abi_minor = 9;
  struct Longer {
    mr_component component;
    const void* appended[4];
  } longer{d.component, {}};
  longer.component.struct_size = sizeof longer;
  d.components[0] = &longer.component;
  EXPECT_EQ(d.refusal(), "(accepted)");
}

TEST(Descriptor, WithAPartMissingIsRefusedByName) {
  const std::vector<std::pair<std::function<void(Descriptor&)>, std::string>> kCases = {
      {[](Descriptor& d) { d.plugin.struct_size = 0; }, "says that its descriptor is 0 bytes long; ABI 1.0 has 80."},
      {[](Descriptor& d) { d.plugin.struct_size = 79; }, "says that its descriptor is 79 bytes long; ABI 1.0 has 80."},
      {[](Descriptor& d) { d.plugin.name = nullptr; }, "its descriptor has no name."},
      {[](Descriptor& d) { d.plugin.version = ""; }, "its descriptor has no version."},
      {[](Descriptor& d) { d.plugin.component_count = 0; }, "it offers no component."},
      {[](Descriptor& d) { d.plugin.components = nullptr; }, "it offers no component."},
      {[](Descriptor& d) { d.plugin.component_count = 1'000'000; }, "it claims 1000000 components."},
      {[](Descriptor& d) { d.plugin.error_count = 1; }, "its table of errors is missing."},
      {[](Descriptor& d) { d.components[0] = nullptr; }, "component 0 of its descriptor is null."},
      {[](Descriptor& d) { d.component.struct_size = 88; },
       "component 0 says that its descriptor is 88 bytes long; ABI 1.0 has 96."},
      {[](Descriptor& d) { d.component.type = nullptr; },
       "component 0, a sink, has the type ''; a type is lower_snake_case."},
      {[](Descriptor& d) { d.component.type = "Spool"; },
       "component 0, a sink, has the type 'Spool'; a type is lower_snake_case."},
      {[](Descriptor& d) { d.component.type = "9spool"; },
       "component 0, a sink, has the type '9spool'; a type is lower_snake_case."},
      {[](Descriptor& d) { d.component.create = nullptr; }, "sink spool: the function create is missing."},
      {[](Descriptor& d) { d.component.destroy = nullptr; }, "sink spool: the function destroy is missing."},
      {[](Descriptor& d) { d.component.vtable = nullptr; }, "sink spool: its table is missing."},
      {[](Descriptor& d) { d.component.config_schema = "{"; }, "sink spool: its schema is not JSON from byte 2 on."},
      {[](Descriptor& d) { d.component.config_schema = nullptr; },
       "sink spool: its schema is not JSON from byte 1 on."},
      {[](Descriptor& d) { d.component.config_schema = "true"; }, "sink spool: its schema is not a JSON object."},
  };
  for (const auto& [breaks, message] : kCases) {
    Descriptor d;
    breaks(d);
    EXPECT_EQ(d.refusal(), "MR2007 " + message);
  }
  Descriptor d;
  EXPECT_EQ(read_descriptor(nullptr, "x.so", d.log).status().message(), "its entry function returned nothing.");
}

TEST(Descriptor, LooksForTheRequiredFunctionsInsideTheTablesOwnSize) {
  Descriptor d;
  mr_source_v1 source{};
  source.struct_size = 40;  // ends before interrupt
  d.component.kind = MR_SOURCE;
  d.component.vtable = &source;
  EXPECT_EQ(d.refusal(), "MR2007 source spool: the function poll is missing.");
  source.struct_size = sizeof source;
  EXPECT_EQ(d.refusal(), "MR2007 source spool: the function poll is missing.");
  source.poll = [](void*, std::uint32_t, std::uint64_t, std::uint32_t, mr_batch*, mr_error*) {
    return mr_status{MR_OK};
  };
  source.commit = [](void*, const mr_position*, std::uint32_t, std::uint64_t, mr_error*) { return mr_status{MR_OK}; };
  source.set_paused = [](void*, const std::uint64_t*, std::uint32_t, std::uint32_t, mr_error*) {
    return mr_status{MR_OK};
  };
  source.release_streams = [](void*, const std::uint64_t*, std::uint32_t, mr_error*) { return mr_status{MR_OK}; };
  EXPECT_EQ(d.refusal(), "MR2007 source spool: the function interrupt is missing.");
  for (const auto& [kind, function] : {std::pair{MR_AUTH, "auth spool: the function provide"},
                                       {MR_FILTER, "filter spool: the function apply"},
                                       {MR_ENCODER, "encoder spool: the function encode"},
                                       {MR_SINK, "sink spool: the function submit"}}) {
    const mr_sink_v1 empty{sizeof empty, 0, nullptr, nullptr};
    d.component.kind = static_cast<std::uint32_t>(kind);
    d.component.vtable = &empty;
    EXPECT_EQ(d.refusal(), std::string("MR2007 ") + function + " is missing.");
  }
}

TEST(Descriptor, TakesAnEncoderThatSaysNoContentTypeAndRefusesOneThatBreaksALine) {
  Descriptor d;
  mr_encoder_v1 encoder{};
  encoder.struct_size = 16;  // built before there was the field, which then is not read
  encoder.encode = [](void*, const mr_batch*, const std::uint64_t*, const mr_limits*, std::uint32_t*, mr_writer*,
                      mr_error*) { return mr_status{MR_OK}; };
  const std::string broken = "text/csv\r\nX-Admin: 1", too_long(256, 'a');
  encoder.content_type = {broken.data(), broken.size()};
  d.component.kind = MR_ENCODER;
  d.component.vtable = &encoder;
  EXPECT_EQ(d.refusal(), "(accepted)");
  encoder.struct_size = sizeof encoder;
  const char* expected = "MR2007 encoder spool: its content_type is longer than 255 bytes or not printable ASCII.";
  EXPECT_EQ(d.refusal(), expected);
  encoder.content_type = {too_long.data(), too_long.size()};
  EXPECT_EQ(d.refusal(), expected);
  encoder.content_type = {too_long.data(), 255};
  EXPECT_EQ(d.refusal(), "(accepted)");
  encoder.content_type = {};
  EXPECT_EQ(d.refusal(), "(accepted)");
}

TEST(Descriptor, LeavesOutAComponentOfAKindThatThisHostDoesNotKnow) {
  Descriptor d;
  mr_component newer = d.component;
  newer.kind = 9;
  d.components[0] = &newer;
  d.plugin.component_count = 2;
  const auto plugin = d.read();
  ASSERT_TRUE(plugin.ok());
  EXPECT_EQ((*plugin)->components.size(), 1u);
  EXPECT_THAT(d.lines, testing::ElementsAre("info  millrace: a component of a kind that this runtime does not know is "
                                            "left out plugin=/plugins/spool.so kind=9"));
}

}  // namespace
}  // namespace millrace::plugin
