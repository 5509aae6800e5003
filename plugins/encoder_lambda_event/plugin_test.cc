// The encoder through the table that the host calls.
#include <gtest/gtest.h>

#include <millrace/plugin.hpp>

#include "test_batch.h"

extern "C" const mr_plugin* millrace_plugin_entry_v1_encoder_lambda_event(void);

namespace millrace::lambda_event {
namespace {

class Plugin : public testing::Test {
 protected:
  Plugin() {
    host_.struct_size = sizeof host_;
    host_.get_service = [](void*, const char*) -> const void* { return nullptr; };
    EXPECT_EQ(component_.create(&host_, str("{}"), &self_, nullptr), mr_status{MR_OK});
    EXPECT_EQ(component_.start(self_, nullptr), mr_status{MR_OK});
  }
  ~Plugin() override {
    component_.stop(self_, 0);
    component_.destroy(self_);
  }
  mr_status encode(TestBatch& batch, mr_limits limits, std::uint32_t& cursor, Body& body, mr_error* error) {
    mr_writer writer = body.writer();
    const auto keep = batch.all_kept();
    const auto* table = static_cast<const mr_encoder_v1*>(component_.vtable);
    return table->encode(self_, &batch.view(), keep.data(), &limits, &cursor, &writer, error);
  }

  const mr_component& component_ = *millrace_plugin_entry_v1_encoder_lambda_event()->components[0];
  mr_host host_{};
  void* self_ = nullptr;
};

TEST_F(Plugin, DescribesItself) {
  EXPECT_STREQ(component_.type, "lambda_event");
  EXPECT_EQ(component_.kind, std::uint32_t{MR_ENCODER});
  EXPECT_TRUE(component_.caps & MR_CAP_CONCURRENT);
  EXPECT_EQ(component_.needs, MR_NEED_KEY | MR_NEED_VALUE | MR_NEED_HEADERS | MR_NEED_TIMESTAMP);
  EXPECT_TRUE(Config::accept(component_.config_schema));
}

TEST_F(Plugin, WritesARequestAndMovesTheCursor) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"orders", 0}};
  batch.records = {{.value = "a"}, {.position = 1, .value = "b"}};
  Body body;
  std::uint32_t cursor = 0;
  EXPECT_EQ(encode(batch, {6291456, 100, 0}, cursor, body, nullptr), mr_status{MR_OK});
  EXPECT_EQ(cursor, 2u);
  EXPECT_EQ(Config::parse(body.text)["records"]["orders-0"].size(), 2u);
}

TEST_F(Plugin, NamesTheRecordThatDoesNotFit) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"orders", 3}};
  batch.records = {{.position = 15, .value = std::string(1000, 'x')}};
  Body body;
  std::uint32_t cursor = 0;
  mr_error error = detail::empty_error();
  EXPECT_EQ(encode(batch, {1000, 0, 0}, cursor, body, &error), mr_status{MR_OUT_OF_RANGE});
  EXPECT_EQ(cursor, 0u);
  EXPECT_EQ(body.text, "");
  EXPECT_STREQ(error.id, "MR4501");
  EXPECT_STREQ(error.reason, "MaximumPayloadSizeExceeded");
  EXPECT_STREQ(error.detail, "Topic orders, partition 3, offset 15: its event is larger than 1000 bytes.");
}

TEST_F(Plugin, ReportsAHostWithoutMemory) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"orders", 3}};
  batch.records = {{}, {.position = 1}};
  Body body;
  body.refuse_after = 1;
  std::uint32_t cursor = 0;
  mr_error error = detail::empty_error();
  EXPECT_EQ(encode(batch, {}, cursor, body, &error), mr_status{MR_RESOURCE_EXHAUSTED});
  EXPECT_EQ(cursor, 0u);
}

}  // namespace
}  // namespace millrace::lambda_event
