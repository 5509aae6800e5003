#include "runtime/observe/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

namespace millrace::observe {
namespace {

using testing::ElementsAre;

struct Captured {
  ManualClock clock{1'000'000'000, 1'769'817'600'007};  // 2026-01-31T00:00:00.007Z
  std::vector<std::string> lines;
  Logger logger(LogFormat format, Level level = Level::kInfo) {
    return make_logger({.level = level,
                        .format = format,
                        .write = [this](std::string_view l) { lines.emplace_back(l); },
                        .clock = &clock});
  }
};

TEST(Log, WritesOneTextLineWithBoundAndOwnFields) {
  Captured c;
  c.logger(LogFormat::kText)
      .named("pipeline")
      .with({"pipeline", "orders"})
      .info("batch sent", {{"topic", "orders"}, {"offset", 7}, {"why", "a b"}});
  EXPECT_THAT(
      c.lines,
      ElementsAre(
          "2026-01-31T00:00:00.007Z info  pipeline: batch sent pipeline=orders topic=orders offset=7 why=\"a b\""));
}

TEST(Log, WritesOneJsonLineInTheDocumentedOrder) {
  Captured c;
  c.logger(LogFormat::kJson)
      .warn("slow", {{"id", "MR4007"}, {"pipeline", "orders"}, {"partition", "3"}, {"offset", 12}, {"ok", true}});
  EXPECT_THAT(
      c.lines,
      ElementsAre(
          R"({"ts":"2026-01-31T00:00:00.007Z","level":"warn","logger":"millrace","msg":"slow","id":"MR4007","pipeline":"orders","partition":3,"offset":12,"ok":true})"));
}

TEST(Log, KeepsAnEventOnOneLineWhateverItsTextContains) {
  Captured c;
  c.logger(LogFormat::kText).info("a\nb \"quoted\" \x1b[31m", {{"k\n", "x\ny"}});
  c.logger(LogFormat::kJson).info("a\nb\xff");
  EXPECT_THAT(c.lines,
              ElementsAre("2026-01-31T00:00:00.007Z info  millrace: a\\nb \"quoted\" \\u001b[31m \"k\\n\"=\"x\\ny\"",
                          "{\"ts\":\"2026-01-31T00:00:00.007Z\",\"level\":\"info\",\"logger\":\"millrace\",\"msg\":"
                          "\"a\\nb\xef\xbf\xbd\"}"));
}

TEST(Log, DoesNotLetAFieldPassItselfOffAsTheLinesOwn) {
  Captured c;
  c.logger(LogFormat::kJson).with({"pipeline", "orders"}).info("m", {{"level", "error"}, {"pipeline", "other"}});
  const auto json = nlohmann::json::parse(c.lines.at(0));
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["pipeline"], "orders");
  EXPECT_EQ(json["field_level"], "error");
  EXPECT_EQ(json["field_pipeline"], "other");
}

TEST(Log, SkipsWhatIsBelowItsLevel) {
  Captured c;
  const Logger log = c.logger(LogFormat::kText, Level::kWarn);
  log.info("no");
  EXPECT_FALSE(log.enabled(Level::kInfo));
  EXPECT_TRUE(log.enabled(Level::kError));
  EXPECT_TRUE(c.lines.empty());
  EXPECT_FALSE(c.logger(LogFormat::kText, Level::kOff).enabled(Level::kError));
  Logger().error("a default logger says nothing");
}

TEST(Log, LimitsALoggerAndSaysHowManyLinesItDropped) {
  Captured c;
  const Logger log = c.logger(LogFormat::kText).limited({.per_second = 1, .burst = 2});
  for (int i = 0; i < 5; ++i) log.info("m");
  EXPECT_EQ(c.lines.size(), 2u);
  c.clock.advance(std::chrono::milliseconds(1000));
  log.info("again");
  EXPECT_THAT(c.lines.at(2),
              testing::HasSubstr("3 log lines dropped here: more than the limit for one component dropped=3"));
  EXPECT_THAT(c.lines.at(3), testing::HasSubstr("again"));
  log.info("x");
  log.report_dropped();
  log.report_dropped();
  EXPECT_THAT(c.lines.at(4), testing::HasSubstr("1 log line dropped"));
  EXPECT_EQ(c.lines.size(), 5u);
}

TEST(Log, WritesWholeLinesFromManyThreads) {
  Captured c;
  const Logger log = c.logger(LogFormat::kText);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) log.info("same");
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(c.lines.size(), 400u);
  EXPECT_THAT(c.lines, testing::Each("2026-01-31T00:00:00.007Z info  millrace: same"));
}

TEST(Log, ReadsLevelAndFormatFromTheEnvironment) {
  const auto with = [](const char* level, const char* format) {
    return log_options_from_environment(
        {}, [=](const char* name) { return std::string_view(name) == "MILLRACE_LOG" ? level : format; });
  };
  EXPECT_EQ(with(nullptr, nullptr).value().level, Level::kInfo);
  EXPECT_EQ(with("debug", "json").value().level, Level::kDebug);
  EXPECT_EQ(with("debug", "json").value().format, LogFormat::kJson);
  EXPECT_EQ(
      with("", "xml").status().to_string(),
      "MR1451: MILLRACE_LOG_FORMAT is 'xml'; it may be text or json.\n  Correct it, or unset MILLRACE_LOG_FORMAT.");
  EXPECT_EQ(with("loud", "").status().message(),
            "MILLRACE_LOG is 'loud'; it may be trace, debug, info, warn, error or off.");
}

}  // namespace
}  // namespace millrace::observe
