// The event, field by field, in the order of AWS's documentation:
//
//   {"eventSource":"SelfManagedKafka","bootstrapServers":"b1:9092,b2:9092","records":{"orders-0":[
//   {"topic":"orders","partition":0,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME",
//    "key":"..","value":"..","headers":[{"name":[104,-3]}]}]}}
//
// without the line breaks. README.md says what absent, empty and null become.
#include "event_writer.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "decimal.h"
#include "json_text.h"

namespace millrace::lambda_event {
namespace {

constexpr std::string_view kTimestamp = ",\"timestamp\":";
constexpr std::string_view kTimestampType = ",\"timestampType\":\"";
constexpr std::string_view kKey = "\",\"key\":\"";  // opens with the quote that the field before it left to it
constexpr std::string_view kValue = "\",\"value\":\"";
constexpr std::string_view kHeaders = "\",\"headers\":[";
constexpr std::string_view kEnd = "]}";
constexpr std::string_view kCreateTime = "CREATE_TIME";
constexpr std::string_view kLogAppendTime = "LOG_APPEND_TIME";
constexpr std::string_view kNoTimestamp = "NO_TIMESTAMP_TYPE";
constexpr std::string_view kClose = "]}}";

// decimal.h stores whole words; this much room behind a record lets it.
constexpr std::uint64_t kSlack = 32;
constexpr std::uint64_t kMostDecimal = 20;  // -9223372036854775808
constexpr std::uint64_t kMostFixed = kTimestamp.size() + kTimestampType.size() + kNoTimestamp.size() + kKey.size() +
                                     kValue.size() + kHeaders.size() + kEnd.size() + 2 * kMostDecimal;

std::span<const std::uint8_t> span(mr_bytes b) {
  return {b.data, static_cast<std::size_t>(b.size)};
}

char* write_text(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

std::string_view timestamp_type(const mr_record& record) {
  switch (record.flags & MR_TIME_MASK) {
    case MR_TIME_CREATE:
      return kCreateTime;
    case MR_TIME_LOG_APPEND:
      return kLogAppendTime;
    default:
      return kNoTimestamp;
  }
}

// What is before the first record of the body.
std::string opening(Batch in) {
  std::string result = "{";
  for (const std::string_view name : {"eventSource", "bootstrapServers"}) {
    const std::string_view value = in.attribute(name);
    if (!value.empty()) result.append("\"").append(name).append("\":\"").append(json_text(value)).append("\",");
  }
  return result += "\"records\":{";
}

// The parts of a record that all records of its stream share.
struct Group {
  std::string open;    // "orders-0":[
  std::string record;  // ,{"topic":"orders","partition":0,"offset":

  explicit Group(const mr_stream& stream) {
    const std::string topic = json_text(view(stream.name));
    const std::string partition = std::to_string(stream.partition);
    open.append("\"").append(topic).append("-").append(partition).append("\":[");
    record.append(",{\"topic\":\"").append(topic).append("\",\"partition\":").append(partition).append(",\"offset\":");
  }
  // The group's beginning and that of its first record.
  std::string first(std::string before) const { return before.append(open).append(record, 1); }
};

std::uint64_t largest_size(const mr_record& record, std::span<const mr_header> headers) {
  std::uint64_t size = kMostFixed + base64_size(record.key.size) + base64_size(record.value.size);
  for (const mr_header& header : headers) {
    // {"name":[-128,-128]},
    size += 12 + kMostJsonBytesPerByte * header.name.size + 5 * header.value.size;
  }
  return size;
}

std::uint64_t exact_size(const mr_record& record, std::span<const mr_header> headers) {
  std::uint64_t size = decimal_size(record.position) + kTimestamp.size() + decimal_size(record.timestamp_ms) +
                       kTimestampType.size() + timestamp_type(record).size() + kHeaders.size() + kEnd.size();
  if (record.key.data != nullptr) size += kKey.size() + base64_size(record.key.size);
  if (record.value.data != nullptr) size += kValue.size() + base64_size(record.value.size);
  for (const mr_header& header : headers) {
    size += 6 + json_text_size(view(header.name));  // {"":},
    size += header.value.data == nullptr ? 4 : byte_array_size(span(header.value));
  }
  return size - (record.header_count != 0 ? 1 : 0);  // no comma behind the last header
}

// Records of a body follow on one another, and so do most of their numbers.
struct Numbers {
  DecimalRun position, timestamp;
};

// Everything behind Group::record.
char* write_record(char* out, const mr_record& record, std::span<const mr_header> headers, Numbers& numbers,
                   Base64Encode base64) {
  out = numbers.position.write(out, record.position);
  out = write_text(out, kTimestamp);
  out = numbers.timestamp.write(out, record.timestamp_ms);
  out = write_text(out, kTimestampType);
  out = write_text(out, timestamp_type(record));
  if (record.key.data != nullptr) {
    out = write_text(out, kKey);
    base64(record.key.data, record.key.size, out);
    out += base64_size(record.key.size);
  }
  if (record.value.data != nullptr) {
    out = write_text(out, kValue);
    base64(record.value.data, record.value.size, out);
    out += base64_size(record.value.size);
  }
  out = write_text(out, kHeaders);
  bool first = true;
  for (const mr_header& header : headers) {
    if (!first) *out++ = ',';
    first = false;
    out = write_text(out, "{\"");
    out = write_json_text(out, view(header.name));
    out = write_text(out, "\":");
    out = header.value.data == nullptr ? write_text(out, "null") : write_byte_array(out, span(header.value));
    *out++ = '}';
  }
  return write_text(out, kEnd);
}

char* reserve(Writer& out, std::uint64_t size) {
  return reinterpret_cast<char*>(out.reserve(size + kSlack));
}

bool same_group(const mr_stream& a, const mr_stream& b) {
  return a.partition == b.partition && view(a.name) == view(b.name);
}

}  // namespace

bool EventWriter::write(Batch in, const std::uint64_t* keep, Limits limits, std::uint32_t& cursor, Writer& out) const {
  std::uint32_t at = next_kept(keep, cursor, in.size());
  if (at == in.size()) {
    cursor = at;
    return true;
  }
  const std::uint64_t most = limits.max_bytes != 0 ? limits.max_bytes : std::numeric_limits<std::uint64_t>::max();
  const std::uint32_t most_records =
      limits.max_records != 0 ? limits.max_records : std::numeric_limits<std::uint32_t>::max();

  std::uint32_t open_stream = in[at].stream;
  Group group(in.stream_at(open_stream));
  std::string first = group.first(opening(in));
  std::string_view before = first;    // the text between the last advance() and the next record's position
  std::vector<std::uint32_t> closed;  // streams whose array in this body has ended
  Numbers numbers;
  std::uint64_t used = 0;
  std::uint32_t taken = 0;

  for (; at < in.size() && taken < most_records; at = next_kept(keep, at + 1, in.size())) {
    const mr_record& record = in[at];
    const std::span<const mr_header> headers = in.headers(at);
    if (taken != 0) {
      before = group.record;
      if (record.stream != open_stream && !same_group(in.stream(at), in.stream_at(open_stream))) {
        // A name twice in one JSON object would hide records from the function, so a second visit is another body.
        closed.push_back(open_stream);
        const auto is_this = [&](std::uint32_t stream) { return same_group(in.stream_at(stream), in.stream(at)); };
        if (std::any_of(closed.begin(), closed.end(), is_this)) break;
        group = Group(in.stream(at));
        first = group.first("],");
        before = first;
      }
      open_stream = record.stream;
    }
    const std::uint64_t others = used + before.size() + kClose.size();
    if (others > most) break;
    std::uint64_t room = largest_size(record, headers);
    if (room > most - others) {
      // base64 is exact in the bound already: what is surely too large is not walked over.
      if (base64_size(record.key.size) + base64_size(record.value.size) > most - others) break;
      room = exact_size(record, headers);
      if (room > most - others) break;
    }
    char* const begin = reserve(out, before.size() + room);
    char* const end = write_record(write_text(begin, before), record, headers, numbers, base64_);
    out.advance(static_cast<std::uint64_t>(end - begin));
    used += static_cast<std::uint64_t>(end - begin);
    ++taken;
  }
  if (taken == 0) {
    cursor = at;
    return false;
  }
  out.append(kClose);
  cursor = at;
  return true;
}

}  // namespace millrace::lambda_event
