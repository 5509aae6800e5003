// Each deliberately broken plugin, and the exact words that an operator reads about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "runtime/plugin/fake_plugin.h"
#include "runtime/plugin/loader.h"

namespace millrace::plugin {
namespace {

namespace fs = std::filesystem;
const fs::path kBroken = fs::path(TEST_PLUGINS) / "broken";
const fs::path kGood = fs::path(TEST_PLUGINS) / "good";

struct Broken {
  std::vector<std::string> lines;
  Loader loader{
      observe::make_logger({.write = [this](std::string_view l) { lines.emplace_back(l.substr(l.find(' ') + 1)); }})};
  Scan scan = loader.scan({.directories = {kBroken}});
  // "ID message" of the file's only problem, or what else there is.
  std::string problem(const std::string& name) const {
    std::string found;
    for (const Diagnostic& p : scan.problems)
      if (p.file == (kBroken / (name + ".so")).string()) found += (found.empty() ? "" : " | ") + p.id + " " + p.message;
    return found.empty() ? "(none)" : found;
  }
};

TEST(BrokenPlugins, AreRefusedWithExactWords) {
  const Broken broken;
  const std::pair<const char*, std::string> kExpected[] = {
      {"wrong_major", "MR2005 was built for plugin ABI 2.0; this runtime speaks 1.0."},
      {"needs_newer_minor", "MR2006 was built for plugin ABI 1.7 and needs host 1.7; this runtime is 1.0."},
      {"zero_struct_size", "MR2007 says that its descriptor is 0 bytes long; ABI 1.0 has 80."},
      {"zero_component_size", "MR2007 component 0 says that its descriptor is 0 bytes long; ABI 1.0 has 96."},
      {"zero_table_size", "MR2007 filter zero_table_size: the function apply is missing."},
      {"null_apply", "MR2007 filter null_apply: the function apply is missing."},
      {"null_create", "MR2007 filter null_create: the function create is missing."},
      {"null_table", "MR2007 filter null_table: its table is missing."},
      {"null_name", "MR2007 its descriptor has no name."},
      {"null_entry", "MR2007 its entry function returned nothing."},
      {"no_entry", "(none)"},
      {"undefined_symbol", "MR2001 cannot be loaded: undefined symbol: "},
      {"bad_schema", "MR2007 filter bad_schema: its schema is not JSON from byte 10 on."},
      {"bad_type_name", "MR2007 component 0, a filter, has the type 'Bad-Name'; a type is lower_snake_case."},
      {"unknown_kind", "(none)"},
      {"duplicate_type",
       "MR2008 filter duplicate_type is offered twice by " + (kBroken / "duplicate_type.so").string() + "."},
  };
  for (const auto& [name, message] : kExpected) {
    if (message.ends_with("undefined symbol: "))
      EXPECT_THAT(broken.problem(name), testing::StartsWith(message));
    else
      EXPECT_EQ(broken.problem(name), message) << name;
  }
  EXPECT_THAT(
      broken.lines,
      testing::Contains("info  millrace: a component of a kind that this runtime does not know is left out plugin=" +
                        (kBroken / "unknown_kind.so").string() + " kind=99"));
  EXPECT_NE(broken.scan.catalogue.find(Kind::kFilter, "fails_silently"), nullptr)
      << "the others of the folder are loaded";
}

TEST(BrokenPlugins, ThatClaimAGoodOnesTypeMakeBothUnusableNamingBothFiles) {
  Broken broken;
  const Scan scan = broken.loader.scan({.directories = {kGood, kBroken}});
  EXPECT_EQ(scan.catalogue.require(Kind::kFilter, "keep_all").status().message(),
            "filter keep_all is offered by two plugins: " + (kGood / "keep_all.so").string() + " and " +
                (kBroken / "duplicates_good.so").string() + ".");
}

template <class Type>
Result<std::unique_ptr<Type>> create(FakePipeline& pipeline, const Broken& broken, Kind kind, const char* type,
                                     std::string_view config = "{}", observe::Problem* why = nullptr) {
  const auto component = broken.scan.catalogue.require(kind, type);
  if (!component.ok()) return component.status();
  return Type::create(pipeline.host, **component, config, {.component = std::string(kind_name(kind))}, why);
}

TEST(BrokenPlugins, ThatThrowInTheConstructorGiveAllThatTheySaid) {
  FakePipeline pipeline;
  const Broken broken;
  observe::Problem why;
  const auto filter = create<FilterInstance>(pipeline, broken, Kind::kFilter, "throws_in_constructor", "{}", &why);
  ASSERT_FALSE(filter.ok());
  EXPECT_EQ(filter.status().id(), "XX0001");
  EXPECT_THAT(std::string(filter.status().message()),
              testing::StartsWith("filter throws_in_constructor (throws_in_constructor.so) cannot be created: "));
  EXPECT_EQ(why.field, "/rate");
  for (const std::string& part : {why.reason, why.message, why.detail, why.hint}) EXPECT_FALSE(part.empty());
}

TEST(BrokenPlugins, ThatThrowInStartAreReportedAndStillEnded) {
  FakePipeline pipeline;
  const Broken broken;
  auto filter = create<FilterInstance>(pipeline, broken, Kind::kFilter, "throws_in_start");
  ASSERT_TRUE(filter.ok()) << filter.status().to_string();
  const Status started = (*filter)->start();
  EXPECT_EQ(started.code(), Code::kUnavailable);
  EXPECT_THAT(std::string(started.message()),
              testing::StartsWith("filter throws_in_start (throws_in_start.so) did not start: "));
}

TEST(BrokenPlugins, ThatFailInApplyAreNamed) {
  FakePipeline pipeline;
  const Broken broken;
  const mr_record records[4] = {};
  const mr_stream stream{};
  mr_batch batch{};
  batch.struct_size = sizeof batch, batch.record_stride = sizeof(mr_record), batch.stream_stride = sizeof(mr_stream);
  batch.count = 4, batch.stream_count = 1, batch.records = records, batch.streams = &stream;
  for (const auto& [type, text] : {std::pair{"throws_in_apply", "failed on a batch: "},
                                   {"throws_a_number", "failed on a batch: "},
                                   {"fails_silently", "failed on a batch: it gave no reason (code 14)."}}) {
    auto filter = create<FilterInstance>(pipeline, broken, Kind::kFilter, type);
    ASSERT_TRUE(filter.ok()) << filter.status().to_string();
    std::uint64_t keep = 0xF;
    const Status status = (*filter)->apply(batch, &keep);
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()),
                testing::StartsWith(std::string("filter ") + type + " (" + type + ".so) " + text));
  }
}

TEST(BrokenPlugins, ThatSetBitsPastTheLastRecordGetThemCleared) {
  FakePipeline pipeline;
  const Broken broken;
  const mr_record records[4] = {};
  const mr_stream stream{};
  mr_batch batch{};
  batch.struct_size = sizeof batch, batch.record_stride = sizeof(mr_record), batch.stream_stride = sizeof(mr_stream);
  batch.count = 4, batch.stream_count = 1, batch.records = records, batch.streams = &stream;
  auto filter = create<FilterInstance>(pipeline, broken, Kind::kFilter, "sets_bits");
  std::uint64_t keep = 0x5;
  ASSERT_TRUE((*filter)->apply(batch, &keep).ok());
  EXPECT_EQ(keep & ~std::uint64_t{0xF}, 0u);
}

struct Answers {
  std::vector<std::uint32_t> outcomes;
  mr_completion completion() {
    return {this, [](void* ctx, const mr_result* result) {
              static_cast<Answers*>(ctx)->outcomes.push_back(result->outcome);
            }};
  }
};

TEST(BrokenPlugins, ThatThrowInSubmitTookNothingOrOweTheirAnswer) {
  FakePipeline pipeline;
  const Broken broken;
  mr_request request{};
  request.struct_size = sizeof request;
  const auto submit = [&](const char* type, Answers& answers) {
    auto sink = create<SinkInstance>(pipeline, broken, Kind::kSink, type);
    EXPECT_TRUE(sink.ok()) << sink.status().to_string();
    if (!sink.ok()) return mr_status{MR_UNKNOWN};
    static_cast<void>((*sink)->start());
    const mr_status status = (*sink)->submit(request, answers.completion());
    (*sink)->stop(0);
    return status;
  };
  Answers refused, taken, forgotten;
  EXPECT_NE(submit("throws_in_submit", refused), mr_status{MR_OK});
  EXPECT_TRUE(refused.outcomes.empty());
  EXPECT_EQ(submit("throws_after_taking", taken), mr_status{MR_OK});
  EXPECT_THAT(taken.outcomes, testing::ElementsAre(std::uint32_t{MR_DONE}));
  EXPECT_EQ(submit("forgets_requests", forgotten), mr_status{MR_OK});
  EXPECT_THAT(forgotten.outcomes, testing::ElementsAre(std::uint32_t{MR_RETRY}));
}

}  // namespace
}  // namespace millrace::plugin
