// The ready pipelines, and `millrace dev` itself, through the program as users run it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/dev/demo.h"
#include "runtime/dev/embedded_function.h"
#include "runtime/dev/sample_orders.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kMillrace = PIPELINES_MILLRACE;
const std::filesystem::path kPipelines = PIPELINES_FOLDER;

struct Outcome {
  int exit_code = -1;
  std::string out;  // standard output and standard error
};

Outcome run_millrace(const std::string& arguments) {
  Outcome outcome;
  FILE* const pipe = popen((std::string("'") + kMillrace + "' " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) outcome.out.append(buffer, n);
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

// How many of the sample orders filtered_orders.yaml keeps, decided here without the filter.
std::uint64_t orders_that_matter() {
  std::uint64_t count = 0;
  for (std::uint64_t n = 0; n < dev::Demo::kOrdersOnce; ++n) {
    const auto order = nlohmann::json::parse(dev::sample_order(n).value);
    if ((order.at("status") == "shipped" && order.at("total") > 100) || order.at("status") == "returned") ++count;
  }
  return count;
}

std::string produced(std::uint64_t delivered) {
  return std::to_string(dev::Demo::kOrdersOnce) +
         " records produced: " + std::to_string(dev::Demo::kOrdersOnce - delivered) + " filtered out, " +
         std::to_string(delivered) + " delivered in ";
}

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

std::string pipeline(const std::string& source, const std::string& sink) {
  return "name: mine\nsource: {type: self_managed_kafka, bootstrap_servers: [\"nowhere.invalid:9092\"], topics: [a, "
         "b]" +
         source + "}\nencoder: {type: lambda_event}\nsink: " + sink + "\n";
}

const std::string kSink = "{type: lambda_invoke, function: f, endpoint: \"http://nowhere.invalid\"}";

TEST(Pipelines, EachIsValidAndDeliversUnderDev) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kPipelines)) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    const Outcome valid = run_millrace("validate '" + entry.path().string() + "'");
    EXPECT_EQ(valid.exit_code, 0) << valid.out;
    const Outcome run = run_millrace("dev --once --pipeline '" + entry.path().string() + "'");
    EXPECT_EQ(run.exit_code, 0) << run.out;
    const bool filters = entry.path().filename() == "filtered_orders.yaml";
    EXPECT_THAT(run.out, HasSubstr(produced(filters ? orders_that_matter() : dev::Demo::kOrdersOnce)));
    EXPECT_THAT(run.out, HasSubstr("source.bootstrap_servers: the embedded broker at 127.0.0.1:"));
    EXPECT_THAT(run.out, HasSubstr("sink: the embedded function at http://127.0.0.1:"));
  }
  EXPECT_GE(files, 2u);
}

TEST(Dev, ShowsEventsAndEndsByItselfWithinTenSeconds) {
  const auto started = std::chrono::steady_clock::now();
  const Outcome run = run_millrace("dev --once");
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_THAT(run.out, HasSubstr("\"eventSource\": \"SelfManagedKafka\""));
  EXPECT_THAT(run.out, HasSubstr("first value, decoded: {\"order\":"));
  EXPECT_THAT(run.out, HasSubstr(produced(orders_that_matter())));
  EXPECT_THAT(run.out, HasSubstr(" 0 of them retries)"));
  EXPECT_THAT(run.out, HasSubstr("millrace run "));
}

TEST(Dev, FeedsEveryTopicWhateverTheStartingPosition) {
  const Folder folder;
  const Outcome run = run_millrace("dev --once --pipeline '" +
                                   folder.write("mine.yaml", pipeline(", starting_position: LATEST", kSink)) + "'");
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_THAT(run.out, HasSubstr(produced(dev::Demo::kOrdersOnce)));
}

TEST(Dev, InvokesAnEndpointOfOnesOwn) {
  std::atomic<std::uint64_t> bytes{0};
  auto function = dev::EmbeddedFunction::start([&](std::string_view event) { bytes += event.size(); });
  ASSERT_TRUE(function.ok());
  const Folder folder;
  const Outcome run = run_millrace("dev --once --endpoint " + (*function)->endpoint() + " --pipeline '" +
                                   folder.write("mine.yaml", pipeline("", kSink)) + "'");
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_THAT(run.out, HasSubstr("sink.endpoint: " + (*function)->endpoint()));
  EXPECT_GE((*function)->invocations(), 2u);
  EXPECT_GT(bytes, 200u * dev::Demo::kOrdersOnce / 2);
}

TEST(Dev, RefusesWhatTheEmbeddedBrokerCannotServe) {
  const Folder folder;
  const std::string file =
      folder.write("mine.yaml", pipeline(", starting_position: {AT_TIMESTAMP: \"2026-01-31T00:00:00Z\"}", kSink));
  const Outcome run = run_millrace("dev --once --pipeline '" + file + "'");
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.out, HasSubstr("MR1901: " + file + ":2:9: source.starting_position: AT_TIMESTAMP"));
  EXPECT_THAT(run.out, Not(HasSubstr("records produced")));
}

TEST(Dev, StaysUntilItIsStoppedAndThenDrains) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(kMillrace, kMillrace, "dev", static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  FILE* const lines = fdopen(ends[0], "r");
  std::string out;
  bool interrupted = false;
  char line[4096];
  while (fgets(line, sizeof line, lines) != nullptr) {  // ends with the program; ctest has the deadline
    out += line;
    if (interrupted || !std::string_view(line).starts_with("event 2")) continue;
    kill(child, SIGINT);
    interrupted = true;
  }
  fclose(lines);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(interrupted) << out;
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << out;
  EXPECT_THAT(out, HasSubstr("The broker answers at 127.0.0.1:"));
  EXPECT_THAT(out, HasSubstr(" records produced: "));
  EXPECT_THAT(out, Not(HasSubstr("read and not delivered")));
}

}  // namespace
}  // namespace millrace
