#include "runtime/plugin/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::plugin {
namespace {

std::unique_ptr<Plugin> plugin_with(std::string file, std::vector<std::pair<Kind, std::string>> components) {
  auto plugin = std::make_unique<Plugin>();
  plugin->file = std::move(file);
  plugin->name = "org.example";
  plugin->version = "1";
  for (auto& [kind, type] : components) {
    auto component = std::make_unique<Component>();
    component->kind = kind;
    component->type = type;
    component->schema = "{\"title\":\"" + type + "\"}";
    component->plugin = plugin.get();
    plugin->components.push_back(std::move(component));
  }
  return plugin;
}

TEST(Catalogue, FindsAComponentByKindAndType) {
  Catalogue catalogue;
  EXPECT_TRUE(
      catalogue
          .add(plugin_with("/p/a.so", {{Kind::kSink, "lambda_invoke"}, {Kind::kSink, "grpc"}, {Kind::kAuth, "tls"}}))
          .empty());
  ASSERT_TRUE(catalogue.require(Kind::kSink, "grpc").ok());
  EXPECT_EQ(*catalogue.require(Kind::kSink, "grpc"), catalogue.find(Kind::kSink, "grpc"));
  EXPECT_EQ(catalogue.find(Kind::kAuth, "grpc"), nullptr);
  EXPECT_EQ(*catalogue.schema(Kind::kAuth, "tls"), "{\"title\":\"tls\"}");
  EXPECT_EQ(catalogue.schema(Kind::kAuth, "grpc"), nullptr);
  EXPECT_THAT(catalogue.types(Kind::kSink), testing::ElementsAre("grpc", "lambda_invoke"));
  EXPECT_EQ(catalogue.components().size(), 3u);
  EXPECT_EQ(catalogue.components()[0]->label(), "auth tls");
}

TEST(Catalogue, SuggestsTheNearestTypeOrListsThem) {
  Catalogue catalogue;
  static_cast<void>(catalogue.add(plugin_with("/p/a.so", {{Kind::kSink, "lambda_invoke"}, {Kind::kSink, "grpc"}})));
  EXPECT_EQ(catalogue.require(Kind::kSink, "lamda_invoke").status().to_string(),
            "MR2009: there is no sink lamda_invoke in the loaded plugins.\n  Did you mean 'lambda_invoke'?");
  EXPECT_EQ(catalogue.require(Kind::kSink, "http").status().to_string(),
            "MR2009: there is no sink http in the loaded plugins.\n  There are: grpc, lambda_invoke.");
  EXPECT_EQ(catalogue.require(Kind::kSource, "x").status().hint(),
            "No plugin offers a component of this kind: check plugins.directories, and `millrace plugins list`.");
}

TEST(Catalogue, UsesNeitherOfTwoThatClaimOneComponentAndNamesBothFiles) {
  Catalogue catalogue;
  static_cast<void>(catalogue.add(plugin_with("/p/a.so", {{Kind::kSink, "grpc"}})));
  const Diagnostics problems = catalogue.add(plugin_with("/p/b.so", {{Kind::kSink, "grpc"}, {Kind::kSink, "other"}}));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(
      problems[0].to_string(),
      "/p/b.so: sink grpc is offered by two plugins: /p/a.so and /p/b.so. [MR2008]\n  Remove one of the two files.");
  EXPECT_EQ(catalogue.find(Kind::kSink, "grpc"), nullptr);
  EXPECT_EQ(catalogue.require(Kind::kSink, "grpc").status().to_string(),
            "MR2008: sink grpc is offered by two plugins: /p/a.so and /p/b.so.\n  Remove one of the two files.");
  EXPECT_NE(catalogue.find(Kind::kSink, "other"), nullptr);
  EXPECT_THAT(catalogue.types(Kind::kSink), testing::ElementsAre("other"));
}

TEST(Catalogue, SeesAPluginThatOffersOneComponentTwice) {
  Catalogue catalogue;
  const Diagnostics problems = catalogue.add(plugin_with("/p/a.so", {{Kind::kSink, "grpc"}, {Kind::kSink, "grpc"}}));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].message, "sink grpc is offered twice by /p/a.so.");
  EXPECT_EQ(catalogue.require(Kind::kSink, "grpc").status().message(), problems[0].message);
}

TEST(Catalogue, AnswersWithTheProblemOfTheFileThatCarriesTheTypesName) {
  Catalogue catalogue;
  static_cast<void>(catalogue.add(plugin_with("/p/a.so", {{Kind::kSink, "lambda_invoke"}})));
  Diagnostic problem;
  problem.id = "MR2001";
  problem.message = "cannot be loaded: libgrpc.so.29: cannot open shared object file.";
  problem.hint = "Install the library it names.";
  catalogue.reject("/p/sink_grpc.so", problem);
  EXPECT_EQ(catalogue.require(Kind::kSink, "grpc").status().to_string(),
            "MR2001: sink grpc: /p/sink_grpc.so: cannot be loaded: libgrpc.so.29: cannot open shared object file.\n  "
            "Install the library it names.");
  EXPECT_EQ(catalogue.require(Kind::kSink, "http").status().hint(),
            "There are: lambda_invoke. Not loaded: sink_grpc.so (MR2001).");
}

TEST(Catalogue, FindsTheErrorsThatPluginsDefine) {
  Catalogue catalogue;
  auto plugin = plugin_with("/p/a.so", {{Kind::kSink, "grpc"}});
  plugin->errors.push_back({"MR4001", "Title", "Cause.", "Remedy."});
  static_cast<void>(catalogue.add(std::move(plugin)));
  ASSERT_NE(catalogue.find_error("MR4001"), nullptr);
  EXPECT_EQ(catalogue.find_error("MR4001")->title, "Title");
  EXPECT_EQ(catalogue.find_error("MR4002"), nullptr);
}

}  // namespace
}  // namespace millrace::plugin
