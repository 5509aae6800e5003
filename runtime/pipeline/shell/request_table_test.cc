#include "runtime/pipeline/shell/request_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace millrace::pipeline {
namespace {

mr_result result(std::uint32_t outcome) {
  mr_result r{};
  r.struct_size = sizeof r;
  r.outcome = outcome;
  return r;
}

TEST(RequestTable, GivesEveryRequestAnIdOfItsOwn) {
  RequestTable table(2);
  std::set<std::string> ids;
  for (RequestId id = 1; id <= 100; ++id) {
    ids.insert(table.prepare(id).id);
    table.discard(id);
  }
  EXPECT_EQ(ids.size(), 100u);
  EXPECT_EQ(ids.begin()->size(), 36u);
}

TEST(RequestTable, KeepsADiscardedRequestUntilItsAnswerCame) {
  RequestTable table(2);
  Request& request = table.prepare(1);
  request.owed = true;
  request.ticket = 7;
  table.discard(1);
  EXPECT_NE(table.find(1), nullptr);
  table.answered(1, 6);  // an older submission's
  EXPECT_NE(table.find(1), nullptr);
  table.answered(1, 7);
  EXPECT_EQ(table.find(1), nullptr);
}

TEST(RequestTable, ReusesTheMemoryOfABody) {
  RequestTable table(1);
  Request& first = table.prepare(1);
  std::uint8_t* memory = first.body.reserve(100'000);
  first.body.advance(100'000);
  table.discard(1);
  Request& second = table.prepare(2);
  EXPECT_EQ(second.body.size(), 0u);
  EXPECT_EQ(second.body.reserve(100'000), memory);
}

TEST(Body, KeepsWhatWasWrittenWhenItGrows) {
  Body body;
  const mr_writer writer = body.writer();
  for (int i = 0; i < 100; ++i) {
    std::uint8_t* at = writer.reserve(writer.ctx, 4096);
    ASSERT_NE(at, nullptr);
    std::memset(at, i, 1000);
    writer.advance(writer.ctx, 1000);
  }
  ASSERT_EQ(body.size(), 100'000u);
  EXPECT_EQ(body.data()[99'999], 99);
  EXPECT_EQ(body.data()[0], 0);
}

TEST(Submission, PassesOnlyTheFirstOfTwoAnswers) {
  Inbox inbox([] {});
  RequestTable table(1);
  Submission& submission = table.submission();
  submission.arm(inbox, 3, 9);
  const mr_completion completion = submission.completion();
  const mr_result done = result(MR_DONE), again = result(MR_RETRY);
  completion.done(completion.ctx, &done);
  completion.done(completion.ctx, &again);
  std::vector<Note> notes;
  inbox.drain(notes);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(std::get<SinkAnswer>(notes[0]).request, 3u);
  EXPECT_EQ(std::get<SinkAnswer>(notes[0]).ticket, 9u);
  EXPECT_EQ(std::get<SinkAnswer>(notes[0]).outcome, MR_DONE);
}

TEST(Submission, CopiesWhatTheSinkSaid) {
  Inbox inbox([] {});
  RequestTable table(1);
  Submission& submission = table.submission();
  submission.arm(inbox, 1, 1);
  const std::uint32_t failed[] = {2, 5};
  const std::string key = "statusCode", value = "429";
  const mr_field field{{key.data(), key.size()}, {value.data(), value.size()}};
  mr_result r = result(MR_PARTIAL);
  r.retry_after_ms = 1500;
  r.failed = failed;
  r.failed_count = 2;
  r.attributes = &field;
  r.attribute_count = 1;
  const mr_completion completion = submission.completion();
  completion.done(completion.ctx, &r);
  std::vector<Note> notes;
  inbox.drain(notes);
  const auto& answer = std::get<SinkAnswer>(notes.at(0));
  EXPECT_EQ(answer.retry_after_ms, 1500u);
  EXPECT_EQ(answer.failed, (std::vector<std::uint32_t>{2, 5}));
  EXPECT_EQ(answer.status_code, 429);
}

}  // namespace
}  // namespace millrace::pipeline
