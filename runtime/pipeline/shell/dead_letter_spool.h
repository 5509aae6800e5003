// The local dead-letter spool: where a record goes that no sink can take, until a person looks at it.
//
// One JSON Lines file per pipeline, STATE/dead-letters/PIPELINE.jsonl. append() returns OK only after fsync, so a
// record may be finished (and its offset committed) as soon as it does. Lines of several hosts may share the file:
// every append holds an exclusive flock. A line torn by a crash was never acknowledged; the next open() cuts it off. A
// file that an operator moved away is begun anew by the next append.
//
// One line is AWS's on-failure document for a Kafka destination with the payload replaced by the record itself:
//
//   {"requestContext":{"requestId","functionArn","condition","approximateInvokeCount"},
//    "responseContext":{"statusCode","executedVersion","functionError"} or null,
//    "version":"1.0","timestamp":"2026-01-31T00:00:00.000Z",
//    "KafkaBatchInfo":{"batchSize":1,"bootstrapServers","payloadSize","recordInfo":{"offset":"15","timestamp":"…Z"}},
//    "record":{"topic","partition","offset","timestamp","timestampType","key","value","headers":[[name,value],…]}}
//
// `key`, `value`, header names and header values are base64 of the record's bytes; null where the record has none.
// Source of the shape: AWS Lambda developer guide, "Retain discarded records for self-managed Apache Kafka".
//
// Used by the pipeline's executor (append) and by `millrace dead-letters` (reads the file). Thread-safe.
#pragma once

#include <millrace/plugin.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace millrace::pipeline {

// A record and why it is dead, in memory of its own: the batch it came from may be gone when it is written.
struct DeadLetter {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = -1;  // -1: unknown
  std::uint32_t time_type = MR_TIME_UNKNOWN;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;

  std::string condition;  // "MaximumPayloadSizeExceeded", "RecordRejected", …
  std::string detail;     // for people: what was wrong
  std::string request_id;
  std::string function;  // the sink's name for what it calls; may be ""
  std::string bootstrap_servers;
  std::uint64_t payload_bytes = 0;
  std::uint32_t attempts = 0;
  bool answered = false;  // whether a function's answer is behind it; then the next three are its
  std::int32_t status_code = 0;
  std::string executed_version, function_error;
};

class DeadLetterSpool {
 public:
  // Makes the folder where it is missing and cuts off a torn last line. MR7101 when the file cannot be used.
  static Result<std::unique_ptr<DeadLetterSpool>> open(std::filesystem::path file, std::uint64_t maximum_bytes);
  ~DeadLetterSpool();
  DeadLetterSpool(const DeadLetterSpool&) = delete;
  DeadLetterSpool& operator=(const DeadLetterSpool&) = delete;

  // Blocks: writes all of them and syncs, or none. MR7102 when the file would grow past its bound, MR7103 when the
  // disk refuses.
  Status append(const std::vector<DeadLetter>& letters, std::int64_t unix_ms);

  const std::filesystem::path& file() const noexcept { return file_; }

 private:
  Status follow_the_name();  // with mutex_ held
  DeadLetterSpool(std::filesystem::path file, std::uint64_t maximum_bytes, int fd)
      : file_(std::move(file)), maximum_bytes_(maximum_bytes), fd_(fd) {}

  const std::filesystem::path file_;
  const std::uint64_t maximum_bytes_;
  std::mutex mutex_;  // one append at a time in this process; flock holds off the others
  int fd_;            // guarded by mutex_
};

// The line's text without its newline.
std::string to_json_line(const DeadLetter& letter, std::int64_t unix_ms);

}  // namespace millrace::pipeline
