#include "tests/e2e/ledger/ledger.h"

#include <gtest/gtest.h>

#include "tests/e2e/ledger/checker.h"

namespace millrace::e2e {
namespace {

TEST(RecordHash, TellsRecordsApartThatDifferInOnePlace) {
  const Message base{.topic = "t", .key = "k", .value = "v", .headers = {{"a", "1"}}, .timestamp = 5};
  const auto differs = [&](auto change) {
    Message other = base;
    change(other);
    return hash_record(other) != hash_record(base);
  };
  EXPECT_EQ(hash_record(base), hash_record(Message(base)));
  EXPECT_TRUE(differs([](Message& m) { m.key = std::nullopt; }));
  EXPECT_TRUE(differs([](Message& m) { m.value = ""; }));
  EXPECT_TRUE(differs([](Message& m) { m.value = std::nullopt; }));
  EXPECT_TRUE(differs([](Message& m) { std::swap(m.key, m.value); }));
  EXPECT_TRUE(differs([](Message& m) { m.headers[0].second = std::nullopt; }));
  EXPECT_TRUE(differs([](Message& m) { m.headers.emplace_back("a", "1"); }));
  EXPECT_TRUE(differs([](Message& m) { m.timestamp = 6; }));
  Message empty = base, null = base;
  empty.value = "";
  null.value = std::nullopt;
  EXPECT_NE(hash_record(empty), hash_record(null));
}

TEST(Ledger, CountsARecordAsDeliveredOnceAndOnlyWhenAnsweredWithSuccess) {
  Ledger ledger;
  ledger.produced({.topic = "t", .partition = 1, .value = "v"}, 7);
  const Item item{ledger.stream("t", 1), 7, hash_record({.topic = "t", .value = "v"})};
  ledger.answered(ledger.received({item}), Outcome::kRefused);
  EXPECT_FALSE(ledger.wait_until_delivered(std::chrono::milliseconds(0)));
  ledger.answered(ledger.received({item}), Outcome::kDone);
  ledger.disturbed();
  ledger.answered(ledger.received({item}), Outcome::kDone);
  EXPECT_TRUE(ledger.wait_until_delivered(std::chrono::milliseconds(0)));
  EXPECT_EQ(ledger.delivered_count(), 1U);
  const Report report = check(ledger.history());
  EXPECT_TRUE(report.ok()) << report.to_string();
  EXPECT_EQ(report.duplicates, 1U);
}

TEST(Ledger, DoesNotWaitForAnExcusedRecord) {
  Ledger ledger;
  ledger.produced({.topic = "t", .partition = 0, .value = "v"}, 0);
  ledger.excuse("t", 0, 0);
  ledger.excuse("t", 0, 0);
  EXPECT_TRUE(ledger.wait_until_delivered(std::chrono::milliseconds(0)));
  EXPECT_TRUE(check(ledger.history()).ok());
}

}  // namespace
}  // namespace millrace::e2e
