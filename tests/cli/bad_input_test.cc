// What a person is told when a pipeline file is wrong: the whole message and the exit code, for `validate` and for
// `run`.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/program.h"

namespace millrace::test {
namespace {

constexpr const char* kSource =
    "source: {type: self_managed_kafka, bootstrap_servers: [\"b1:9092\"], topics: [orders]}\n";
constexpr const char* kEnd =
    "encoder: {type: lambda_event}\nsink: {type: lambda_invoke, function: f, endpoint: \"http://localhost:1\"}\n";

std::string pipeline(const std::string& more = "") {
  return std::string("name: orders\n") + kSource + kEnd + more;
}

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

class BadInput : public testing::Test {
 protected:
  // `validate` answers with the message on standard output, `run` says it on standard error; neither starts anything.
  void refused(const std::string& text, const std::string& message) {
    folder_.write("orders.yaml", text);
    const Answer checked = folder_.millrace({"validate", "orders.yaml"});
    EXPECT_EQ(checked.out, message + "\n");
    EXPECT_EQ(checked.err, "");
    EXPECT_EQ(checked.code, 78);
    const Answer run = folder_.millrace({"run", "--state", "state", "orders.yaml"});
    EXPECT_NE(run.err.find(message), std::string::npos) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.code, 78);
    EXPECT_FALSE(std::filesystem::exists(folder_.path("state"))) << "something was begun";
  }
  Folder folder_;
};

TEST_F(BadInput, IsNotThere) {
  const Answer checked = folder_.millrace({"validate", "nothing.yaml"});
  EXPECT_EQ(
      checked.out,
      "nothing.yaml: cannot be read: No such file or directory [MR1001]\n  Check the path and its permissions.\n");
  EXPECT_EQ(checked.code, 78);
}

TEST_F(BadInput, IsNoYaml) {
  refused("name: orders\nsource: {type: x\n", "orders.yaml:3:1: a '{' is not closed by '}' before this place [MR1101]");
  refused("name: orders\n  source: x\n",
          "orders.yaml:2:9: a ':' does not belong here [MR1101]\n  Check the indentation, or quote a text that "
          "contains ': '.");
}

TEST_F(BadInput, HoldsAKeyTwice) {
  refused(pipeline("batch: {size: 1, size: 2}\n"),
          "orders.yaml:5:18: batch: duplicate key 'size', first written in line 5 [MR1102]\n  Keep one of the two.");
}

TEST_F(BadInput, BreaksTheSchemaInSeveralPlacesAtOnce) {
  refused(
      "name: Orders\nsource: {type: self_managed_kafka, bootstrap_servers: [b1], topics: []}\nbatch: {size: 0, window: "
      "5}\n" +
          std::string(kEnd),
      "orders.yaml:1:7: name: 'Orders' is not a name: 1 to 63 lower-case letters, digits and hyphens, not starting "
      "with "
      "a hyphen [MR1207]\n"
      "orders.yaml:2:56: source.bootstrap_servers[0]: 'b1' is not host:port [MR1207]\n"
      "  Write broker-1:9092, 10.0.0.1:9092 or [::1]:9092.\n"
      "orders.yaml:2:69: source.topics: must not be empty [MR1206]\n"
      "orders.yaml:3:15: batch.size: 0 is below the minimum 1 [MR1203]\n"
      "orders.yaml:3:26: batch.window: 5 has no unit [MR1207]\n"
      "  Write 5s or 5ms.");
}

TEST_F(BadInput, NamesAnUnknownKey) {
  refused(pipeline("delivery: {max_in_fligth: 3}\n"),
          "orders.yaml:5:12: delivery: unknown key 'max_in_fligth', did you mean 'max_in_flight'? [MR1201]");
}

TEST_F(BadInput, NamesAFieldOfALaterVersion) {
  refused(pipeline("delivery: {partial_response: true}\n"),
          "orders.yaml:5:30: `delivery.partial_response` is not in this version [MR1208]\n"
          "  It comes with delivery policy; leave it out until then.");
  refused(pipeline("auth: [{type: vpc}]\n"),
          "orders.yaml:5:15: `auth[0].type: vpc` is not in this version [MR1208]\n  It comes with access.");
}

TEST_F(BadInput, NamesAnUnknownComponent) {
  refused(pipeline("filters: [{type: filter_critera, filters: []}]\n"),
          "orders.yaml:5:18: filters[0].type: there is no filter filter_critera in the loaded plugins [MR2009]\n"
          "  Did you mean 'filter_criteria'?");
}

TEST_F(BadInput, NamesAVariableThatIsNotSet) {
  refused(
      pipeline("enabled: ${ENABLED}\n"),
      "orders.yaml:5:10: the environment variable ENABLED is not set [MR1105]\n  Set it, or write ${ENABLED:default}.");
}

TEST_F(BadInput, HoldsAPatternThatItsComponentRefuses) {
  folder_.write(
      "orders.yaml",
      pipeline("filters:\n  - type: filter_criteria\n    filters:\n      - pattern: {value: {total: [{prefx: a}]}}\n"));
  const Answer checked = folder_.millrace({"validate", "orders.yaml"});
  EXPECT_TRUE(checked.out.starts_with("orders.yaml:8:18: filters[0].filters[0].pattern: ")) << checked.out;
  EXPECT_NE(checked.out.find("prefx"), std::string::npos) << checked.out;
  EXPECT_EQ(checked.code, 78);
}

TEST_F(BadInput, NamesASecretThatCannotBeRead) {
  folder_.write("orders.yaml", pipeline("auth: [{type: tls, root_ca: \"${secret:file:ca.pem}\"}]\n"));
  const Answer missing = folder_.millrace({"validate", "orders.yaml"});
  EXPECT_TRUE(missing.out.starts_with("orders.yaml:5:29: ")) << missing.out;
  EXPECT_NE(missing.out.find("[MR1403]"), std::string::npos) << missing.out;
  EXPECT_NE(missing.out.find("ca.pem"), std::string::npos) << missing.out;
  EXPECT_EQ(missing.code, 78);
}

TEST_F(BadInput, WritesASecretWhereItsReferenceBelongsAndIsNotRepeated) {
  folder_.write("orders.yaml", pipeline("auth: [{type: tls, root_ca: hunter2}]\n"));
  const Answer checked = folder_.millrace({"validate", "orders.yaml"});
  EXPECT_NE(checked.out.find("auth[0].root_ca: a reference to a secret is wanted here, not the secret itself [MR1401]"),
            std::string::npos)
      << checked.out;
  EXPECT_EQ(checked.out.find("hunter2"), std::string::npos) << checked.out;
  EXPECT_EQ(checked.code, 78);
}

TEST_F(BadInput, GivesTwoFilesOneName) {
  folder_.write("a.yaml", pipeline());
  folder_.write("b.yaml", pipeline());
  const Answer checked = folder_.millrace({"validate", "a.yaml", "b.yaml"});
  EXPECT_EQ(checked.out,
            "b.yaml: the name 'orders' is taken by a.yaml [MR1302]\n  Give each pipeline of a host its own name.\n");
  EXPECT_EQ(checked.code, 78);
}

TEST_F(BadInput, IsADaemonFileWithWhatIsUnknown) {
  folder_.write("orders.yaml", pipeline());
  folder_.write("host.yaml", "grpc: {listen: []}\nlog: {level: loud}\n");
  const Answer answer = folder_.millrace({"validate", "--config", "host.yaml", "orders.yaml"});
  EXPECT_EQ(answer.err,
            "host.yaml:1:7: `grpc` is not in this version [MR1208]\n  It comes with admin; leave it out until then.\n"
            "host.yaml:2:14: log.level: 'loud' is not one of trace, debug, info, warn, error and off [MR1205]\n");
  EXPECT_EQ(answer.out, "");
  EXPECT_EQ(answer.code, 78);
}

// A pipeline that names a component whose plugin cannot be used is told what is wrong with the plugin.
TEST_F(BadInput, NamesAComponentOfAPluginThatCannotBeUsed) {
  const char* binary = ::getenv("MILLRACE_BINARY");
  const char* test_plugins = ::getenv("MILLRACE_TEST_PLUGINS");
  ASSERT_TRUE(binary != nullptr && test_plugins != nullptr) << "run this test with ctest";
  const std::string ours = (std::filesystem::path(binary).parent_path() / "../lib/millrace/plugins").string();
  struct Case {
    std::vector<std::string> files;
    std::string type, message;
  };
  const std::vector<Case> cases = {
      {{"broken/wrong_major"},
       "wrong_major",
       "orders.yaml:5:18: filters[0].type: filter wrong_major: plugins/wrong_major.so: was built for plugin ABI 2.0; "
       "this "
       "runtime speaks 1.0 [MR2005]\n  Use a newer runtime, or rebuild the plugin with SDK 1.x.\n"},
      {{"broken/needs_newer_minor"},
       "needs_newer_minor",
       "orders.yaml:5:18: filters[0].type: filter needs_newer_minor: plugins/needs_newer_minor.so: was built for "
       "plugin ABI "
       "1.7 and needs host 1.7; this runtime is 1.0 [MR2006]\n  Use a runtime >= 1.7, or rebuild the plugin with SDK "
       "1.0.\n"},
      {{"broken/undefined_symbol"},
       "undefined_symbol",
       "orders.yaml:5:18: filters[0].type: filter undefined_symbol: plugins/undefined_symbol.so: cannot be loaded: "
       "undefined symbol: a_function_that_nobody_defines [MR2001]\n"
       "  Install the library it names, or rebuild the plugin on this system.\n"},
      {{"broken/null_apply"},
       "null_apply",
       "orders.yaml:5:18: filters[0].type: filter null_apply: plugins/null_apply.so: filter null_apply: the function "
       "apply "
       "is missing [MR2007]\n  This is a defect of the plugin: report it to its vendor, with this message.\n"},
      {{"broken/bad_schema"},
       "bad_schema",
       "orders.yaml:5:18: filters[0].type: filter bad_schema: plugins/bad_schema.so: filter bad_schema: its schema is "
       "not "
       "JSON from byte 10 on [MR2007]\n  This is a defect of the plugin: report it to its vendor, with this "
       "message.\n"},
      {{"broken/throws_in_constructor"},
       "throws_in_constructor",
       "orders.yaml:5:11: filters[0].rate: filter throws_in_constructor (throws_in_constructor.so) cannot be created: "
       "The "
       "rate is not a rate. It was seen to be a fish [XX0001]\n  Name a number between 0 and 1.\n"},
      {{"broken/duplicates_good", "good/keep_all"},
       "keep_all",
       "orders.yaml:5:18: filters[0].type: filter keep_all is offered by two plugins: plugins/duplicates_good.so and "
       "plugins/keep_all.so [MR2008]\n  Remove one of the two files.\n"},
  };
  for (const Case& c : cases) {
    std::filesystem::remove_all(folder_.path("plugins"));
    std::filesystem::create_directory(folder_.path("plugins"));
    for (const std::string& file : c.files)
      std::filesystem::copy(std::filesystem::path(test_plugins) / (file + ".so"), folder_.path("plugins"));
    folder_.write("orders.yaml", pipeline("filters: [{type: " + c.type + "}]\n"));
    const Answer checked = folder_.millrace({"validate", "--plugins", ours, "--plugins", "plugins", "orders.yaml"});
    EXPECT_EQ(without(checked.out, folder_.path().string() + "/"), c.message);
    EXPECT_EQ(checked.code, 78);
    const Answer run =
        folder_.millrace({"run", "--state", "state", "--plugins", ours, "--plugins", "plugins", "orders.yaml"});
    EXPECT_NE(without(run.err, folder_.path().string() + "/").find(c.message), std::string::npos) << run.err;
    EXPECT_EQ(run.code, 78);
    EXPECT_FALSE(std::filesystem::exists(folder_.path("state"))) << "something was begun";
  }
}

TEST_F(BadInput, IsAPluginFileThatNoPipelineNeeds) {
  folder_.write("orders.yaml", "name: [\n");
  folder_.write("plugins/junk.so", "not a library");
  const Answer list = folder_.millrace({"plugins", "list", "--plugins", "plugins"});
  EXPECT_NE(list.err.find("junk.so"), std::string::npos);
  EXPECT_NE(list.err.find("[MR2"), std::string::npos) << list.err;
  EXPECT_EQ(list.code, 1);
  const Answer checked = folder_.millrace({"validate", "--plugins", "plugins", "orders.yaml"});
  EXPECT_NE(checked.err.find("junk.so: warning: "), std::string::npos) << checked.err;
}

}  // namespace
}  // namespace millrace::test
