#include "runtime/pipeline/shell/dead_letter_spool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace millrace::pipeline {
namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-spool-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

DeadLetter letter(std::int64_t offset) {
  DeadLetter l;
  l.topic = "orders";
  l.partition = 3;
  l.offset = offset;
  l.timestamp_ms = 1'545'084'650'987;
  l.time_type = MR_TIME_CREATE;
  l.value = "hello";
  l.condition = "MaximumPayloadSizeExceeded";
  l.request_id = "r-1";
  l.function = "my-function";
  l.bootstrap_servers = "a:9092,b:9092";
  l.payload_bytes = 7'000'000;
  return l;
}

TEST(DeadLetterSpool, WritesAwsEnvelopeWithTheRecordInBase64) {
  DeadLetter l = letter(15);
  l.headers = {{"h\xff", std::string("\x01\x02", 2)}, {"none", std::nullopt}};
  EXPECT_EQ(
      to_json_line(l, 1'700'000'000'123),
      R"({"requestContext":{"requestId":"r-1","functionArn":"my-function","condition":"MaximumPayloadSizeExceeded",)"
      R"("detail":"","approximateInvokeCount":0},"responseContext":null,"version":"1.0",)"
      R"("timestamp":"2023-11-14T22:13:20.123Z","KafkaBatchInfo":{"batchSize":1,"bootstrapServers":"a:9092,b:9092",)"
      R"("payloadSize":7000000,"recordInfo":{"offset":"15","timestamp":"2018-12-17T22:10:50.987Z"}},)"
      R"("record":{"topic":"orders","partition":3,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME",)"
      R"("key":null,"value":"aGVsbG8=","headers":[["aP8=","AQI="],["bm9uZQ==",null]]}})");
}

TEST(DeadLetterSpool, AppendsOneLineForEachLetter) {
  Folder folder;
  auto spool = DeadLetterSpool::open(folder.path() / "dead-letters" / "p.jsonl", 1 << 20);
  ASSERT_TRUE(spool.ok()) << spool.status().to_string();
  ASSERT_TRUE((*spool)->append({letter(1), letter(2)}, 0).ok());
  ASSERT_TRUE((*spool)->append({letter(3)}, 0).ok());
  const auto lines = lines_of((*spool)->file());
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(nlohmann::json::parse(lines[2])["record"]["offset"], 3);
}

TEST(DeadLetterSpool, RefusesToGrowPastItsBoundAndWritesNothing) {
  Folder folder;
  auto spool = DeadLetterSpool::open(folder.path() / "p.jsonl", 700);
  ASSERT_TRUE(spool.ok());
  ASSERT_TRUE((*spool)->append({letter(1)}, 0).ok());
  const Status full = (*spool)->append({letter(2)}, 0);
  EXPECT_EQ(full.code(), Code::kResourceExhausted);
  EXPECT_EQ(full.id(), "MR7102");
  EXPECT_EQ(lines_of((*spool)->file()).size(), 1u);
}

TEST(DeadLetterSpool, CutsOffALineThatACrashTore) {
  Folder folder;
  const auto file = folder.path() / "p.jsonl";
  std::ofstream(file) << "{\"whole\":1}\n{\"torn\":";
  auto spool = DeadLetterSpool::open(file, 1 << 20);
  ASSERT_TRUE(spool.ok());
  ASSERT_TRUE((*spool)->append({letter(9)}, 0).ok());
  const auto lines = lines_of(file);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "{\"whole\":1}");
  EXPECT_TRUE(nlohmann::json::accept(lines[1]));
}

TEST(DeadLetterSpool, BeginsANewFileWhenTheOldOneWasMovedAway) {
  Folder folder;
  const auto file = folder.path() / "p.jsonl";
  auto spool = DeadLetterSpool::open(file, 1 << 20);
  ASSERT_TRUE(spool.ok());
  ASSERT_TRUE((*spool)->append({letter(1)}, 0).ok());
  std::filesystem::rename(file, folder.path() / "old.jsonl");
  ASSERT_TRUE((*spool)->append({letter(2)}, 0).ok());
  EXPECT_EQ(lines_of(file).size(), 1u);
  EXPECT_EQ(lines_of(folder.path() / "old.jsonl").size(), 1u);
}

TEST(DeadLetterSpool, NamesTheFileAndTheReasonWhenItCannotBeUsed) {
  Folder folder;
  std::ofstream(folder.path() / "not-a-folder") << "x";
  auto spool = DeadLetterSpool::open(folder.path() / "not-a-folder" / "p.jsonl", 1 << 20);
  ASSERT_FALSE(spool.ok());
  EXPECT_EQ(spool.status().id(), "MR7101");
  EXPECT_NE(spool.status().message().find("not-a-folder"), std::string::npos);
}

}  // namespace
}  // namespace millrace::pipeline
