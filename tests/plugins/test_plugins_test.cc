// Loads every test plugin as a host does and runs the good ones, so that a loader's test can rely on what they do.
#include <millrace/testing.hpp>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace millrace::testing;  // NOLINT: all of it

using Entry = const mr_plugin* (*)();

Entry entry_of(const std::string& file) {
  void* library = dlopen((std::string(TEST_PLUGINS) + "/" + file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  return reinterpret_cast<Entry>(dlsym(library, "millrace_plugin_entry_v1"));
}
const mr_component& load(const std::string& file) {
  return *entry_of("good/" + file)()->components[0];
}

std::vector<std::string> values(const Polled& polled) {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < polled.size(); ++i) all.emplace_back(polled.batch().value(i));
  return all;
}

TEST(TestPlugins, ThatAreBrokenLoadUnlessThatIsWhatIsBroken) {
  int n = 0;
  for (const auto& file : std::filesystem::directory_iterator(TEST_PLUGINS "/broken")) {
    const std::string name = file.path().filename().string();
    if (name == "undefined_symbol.so") {
      EXPECT_THROW(entry_of("broken/" + name), std::runtime_error);
    } else {
      EXPECT_EQ(entry_of("broken/" + name) == nullptr, name == "no_entry.so") << name;
    }
    ++n;
  }
  EXPECT_GE(n, 25);
}

TEST(TestPlugins, HaveAFilterInPlainC) {
  FakeHost host;
  Instance filter(load("keep_all.so"), host);
  EXPECT_THAT(filter.apply(BatchBuilder().value("a").value("b").build()), ElementsAre(0, 1));
}

TEST(TestPlugins, HaveAFilterThatLooksIntoValues) {
  FakeHost host;
  Instance filter(load("contains.so"), host, {{"text", "b"}});
  EXPECT_THAT(filter.apply(BatchBuilder().value("a").value("abc").add({.key = "b"}).build()), ElementsAre(1));
  EXPECT_EQ(entry_of("good/contains.so")()->error_count, 1u);
}

TEST(TestPlugins, HaveAnEncoderThatStopsAtBothLimits) {
  FakeHost host;
  Instance encoder(load("lines.so"), host);
  BatchBuilder builder;
  builder.value("a").value("b").value("c");
  EXPECT_EQ(encoder.encode(builder.build(), 0, {0, 2, 0}).body, "a\nb\n");
  EXPECT_EQ(encoder.encode(builder.build(), 1, {3, 9, 0}).body, "b\n");
  EXPECT_FALSE(encoder.encode(builder.build(), 0, {1, 9, 0}).fits);
}

TEST(TestPlugins, HaveAnAuthThatResolvesItsPassword) {
  FakeHost host;
  host.secrets["${secret:env:P}"] = "hush";
  Instance auth(load("fixed.so"), host, {{"username", "u"}, {"password", "${secret:env:P}"}});
  EXPECT_EQ(auth.provide("b:9092").value("sasl.password"), "hush");
}

TEST(TestPlugins, HaveASinkThatFollowsItsScript) {
  FakeHost host;
  const std::string path = ::testing::TempDir() + "scripted." + std::to_string(getpid());
  SinkDriver sink(load("scripted.so"), host,
                  {{"outcomes", {"retry", "refuse", "partial", "done"}}, {"retry_after", "2s"}, {"path", path}});
  const Result retry = sink.send({.request_id = "r1"});
  EXPECT_EQ(retry.outcome, MR_RETRY);
  EXPECT_EQ(retry.retry_after_ms, 2000u);
  EXPECT_EQ(retry.attributes.at("requestId"), "r1");
  EXPECT_THROW(sink.submit({}), millrace::Error);
  EXPECT_THAT(sink.send({.attempt = 2}).failed, ElementsAre(0));
  EXPECT_EQ(sink.send({}).outcome, MR_DONE);
  EXPECT_EQ(sink.send({}).outcome, MR_DONE);
  std::ifstream file(path);
  std::string first;
  std::getline(file, first);
  EXPECT_EQ(first, "1 retry {}");
  std::filesystem::remove(path);
}

TEST(TestPlugins, HaveASourceThatObeysCreditAndPause) {
  FakeHost host;
  Instance source(load("ticks.so"), host, {{"records", 3}, {"per_poll", 2}});
  source.start();
  EXPECT_THAT(values(source.poll(3)),
              ElementsAre(HasSubstr("0,\"n\":0"), HasSubstr("0,\"n\":1"), HasSubstr("1,\"n\":0")));
  EXPECT_EQ(host.streams().assigned.size(), 2u);
  source.set_paused({1}, true);
  EXPECT_THAT(values(source.poll()), ElementsAre(HasSubstr("1,\"n\":1"), HasSubstr("1,\"n\":2")));
  EXPECT_EQ(source.poll(0, 1, 0).size(), 0u);
  source.interrupt();
  EXPECT_EQ(source.poll(10, 100, 600'000).size(), 0u);  // does not wait ten minutes
}

TEST(TestPlugins, HaveASourceThatResumesAfterARestart) {
  FakeHost host;
  {
    Instance source(load("ticks.so"), host, {{"partitions", 1}});
    source.poll();
    source.commit({{1, 7}}, 1);
  }
  Instance source(load("ticks.so"), host, {{"partitions", 1}});
  const Polled polled = source.poll(1);
  EXPECT_EQ(polled.batch().position(0), 7);
  EXPECT_EQ(host.streams().states.at(1).committed, 7);
}

TEST(TestPlugins, HaveASourceThatLosesAStream) {
  FakeHost host;
  Instance source(load("ticks.so"), host, {{"per_poll", 5}, {"revoke_after", 5}});
  EXPECT_EQ(source.poll().size(), 10u);
  EXPECT_EQ(source.poll().size(), 5u);
  EXPECT_THAT(host.streams().revoked, ElementsAre(2));
  source.release_streams({2});
  EXPECT_EQ(source.poll().size(), 5u);
  EXPECT_TRUE(host.violations().empty());
}

}  // namespace
