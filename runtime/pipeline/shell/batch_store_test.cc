#include "runtime/pipeline/shell/batch_store.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::pipeline {
namespace {

// A batch of records over given streams, whose bytes it owns; counts how often it was released.
struct Lent {
  std::vector<mr_record> records;
  std::vector<mr_stream> streams;
  std::vector<mr_header> headers;
  std::vector<std::unique_ptr<std::string>> texts;
  int released = 0;

  mr_bytes bytes(const std::string& text) {
    texts.push_back(std::make_unique<std::string>(text));
    return {reinterpret_cast<const std::uint8_t*>(texts.back()->data()), text.size()};
  }
  void stream(std::uint64_t id, std::int32_t partition) {
    const mr_bytes name = bytes("orders");
    streams.push_back({id, {reinterpret_cast<const char*>(name.data), name.size}, partition, 0});
  }
  void record(std::uint32_t stream, std::int64_t position, const std::string& value) {
    mr_record r{};
    r.value = bytes(value);
    r.position = position;
    r.stream = stream;
    r.first_header = static_cast<std::uint32_t>(headers.size());
    r.header_count = 1;
    const mr_bytes name = bytes("h");
    headers.push_back({{reinterpret_cast<const char*>(name.data), name.size}, bytes(std::to_string(position))});
    records.push_back(r);
  }
  mr_batch lend() {
    mr_batch b{};
    b.struct_size = sizeof b;
    b.record_stride = sizeof(mr_record);
    b.stream_stride = sizeof(mr_stream);
    b.count = static_cast<std::uint32_t>(records.size());
    b.stream_count = static_cast<std::uint32_t>(streams.size());
    b.header_count = static_cast<std::uint32_t>(headers.size());
    b.records = records.data();
    b.streams = streams.data();
    b.headers = headers.data();
    b.retained_bytes = 1 << 20;
    b.owner = this;
    b.release = [](void* owner) { ++static_cast<Lent*>(owner)->released; };
    return b;
  }
};

std::string value_of(const mr_record& r) {
  return {reinterpret_cast<const char*>(r.value.data), r.value.size};
}

TEST(BatchStore, HandsOneRunOfAOneStreamBatchOverAsItLies) {
  Lent lent;
  lent.stream(7, 0);
  for (int i = 0; i < 5; ++i) lent.record(0, i, "v" + std::to_string(i));
  BatchStore store;
  const BatchId id = store.adopt(lent.lend(), {0b11011});
  const RecordRun run{id, 1, 3};
  const BatchStore::View view = store.view({&run, 1}, 100);
  EXPECT_EQ(view.in->records, lent.records.data());
  EXPECT_EQ(view.cursor, 1u);
  EXPECT_EQ(view.kept, 2u);
}

TEST(BatchStore, GathersRunsOfSeveralStreamsInOrderWithTheirHeaders) {
  Lent a, b;
  a.stream(1, 0);
  a.stream(2, 1);
  a.record(0, 10, "a10");
  a.record(1, 20, "b20");
  b.stream(1, 0);
  b.record(0, 11, "dropped");
  b.record(0, 12, "a12");
  BatchStore store;
  const BatchId first = store.adopt(a.lend(), {0b11});
  const BatchId second = store.adopt(b.lend(), {0b10});
  const RecordRun runs[] = {{first, 0, 1}, {second, 0, 2}, {first, 1, 1}};
  const BatchStore::View view = store.view(runs, 100);
  ASSERT_EQ(view.in->count, 3u);
  EXPECT_EQ(value_of(record_at(*view.in, 0)), "a10");
  EXPECT_EQ(value_of(record_at(*view.in, 1)), "a12");
  EXPECT_EQ(value_of(record_at(*view.in, 2)), "b20");
  const mr_record& a12 = record_at(*view.in, 1);
  EXPECT_EQ(view.in->headers[a12.first_header].value.data[1], '2');
  EXPECT_EQ(stream_at(*view.in, record_at(*view.in, 2).stream).id, 2u);
  EXPECT_EQ(view.in->owner, nullptr);
}

TEST(BatchStore, CopiesOnlyTheKeptRecordsAndReleasesTheSourcesAtOnce) {
  Lent lent;
  lent.stream(7, 3);
  for (int i = 0; i < 100; ++i) lent.record(0, 1000 + i, "value-" + std::to_string(i));
  BatchStore store;
  std::vector<std::uint64_t> keep(2, 0);
  keep[1] = (1ull << 6) | (1ull << 30);  // records 70 and 94
  const BatchId id = store.adopt(lent.lend(), keep);
  EXPECT_LT(store.copy(id), 1000u);
  EXPECT_EQ(lent.released, 1);
  lent.texts.clear();  // the source's bytes are gone
  EXPECT_EQ(value_of(store.record(id, 70)), "value-70");
  EXPECT_EQ(store.record(id, 94).position, 1094);
  const RecordRun run{id, 64, 36};
  const BatchStore::View view = store.view({&run, 1}, 100);
  EXPECT_EQ(view.kept, 2u);
  EXPECT_EQ(view.cursor, 0u);
  EXPECT_EQ(std::string(view.in->streams[0].name.data, view.in->streams[0].name.size), "orders");
  store.copy(id);
  store.release(id);
  EXPECT_EQ(lent.released, 1);
}

TEST(BatchStore, KeepsAbsentAndEmptyApartInACopy) {
  Lent lent;
  lent.stream(7, 0);
  lent.record(0, 1, "");
  lent.record(0, 2, "x");
  lent.records[1].value = {nullptr, 0};
  BatchStore store;
  const BatchId id = store.adopt(lent.lend(), {0b11});
  store.copy(id);
  EXPECT_NE(store.record(id, 0).value.data, nullptr);
  EXPECT_EQ(store.record(id, 0).value.size, 0u);
  EXPECT_EQ(store.record(id, 1).value.data, nullptr);
}

TEST(BatchStore, ReleasesEachBatchExactlyOnce) {
  Lent a, b;
  a.stream(1, 0);
  b.stream(1, 0);
  {
    BatchStore store;
    const BatchId id = store.adopt(a.lend(), {});
    store.adopt(b.lend(), {});
    store.release(id);
    store.release(id);
  }
  EXPECT_EQ(a.released, 1);
  EXPECT_EQ(b.released, 1);
}

}  // namespace
}  // namespace millrace::pipeline
