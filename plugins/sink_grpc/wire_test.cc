#include "wire.h"

#include <gtest/gtest.h>

namespace millrace::grpc_sink {
namespace {

TEST(Wire, WhatIsEncodedByHandIsWhatProtobufReads) {
  for (const std::size_t size : {0u, 1u, 127u, 128u, 16383u, 16384u, 3000000u}) {
    for (const std::uint32_t attempt : {0u, 1u, 128u, 4294967295u}) {
      const std::string payload(size, '\xee');
      const std::string id = size == 0 ? "" : std::string(size % 200, 'i');
      const std::string bytes = encode_head(id, "orders", attempt, "application/json", size) + payload;
      v1::InvokeRequest request;
      ASSERT_TRUE(request.ParseFromString(bytes)) << size;
      EXPECT_EQ(request.request_id(), id);
      EXPECT_EQ(request.pipeline(), "orders");
      EXPECT_EQ(request.attempt(), attempt);
      EXPECT_EQ(request.content_type(), "application/json");
      EXPECT_EQ(request.payload(), payload);
    }
  }
}

TEST(Wire, TheHeadIsNeverLargerThanItsRoom) {
  EXPECT_LT(
      encode_head(std::string(512, 'i'), std::string(63, 'p'), ~0u, std::string(128, 'c'), ~std::uint64_t{0}).size(),
      kHeadRoom);
}

TEST(Wire, AResponseInPiecesIsDecoded) {
  v1::InvokeResponse response;
  response.set_request_id("r");
  response.set_outcome(v1::OUTCOME_PARTIAL);
  response.add_failed()->set_offset(1LL << 40);
  const std::string bytes = response.SerializeAsString();
  const grpc::Slice pieces[] = {grpc::Slice(bytes.substr(0, 2)), grpc::Slice(bytes.substr(2))};
  v1::InvokeResponse decoded;
  ASSERT_TRUE(decode(grpc::ByteBuffer(pieces, 2), decoded));
  EXPECT_EQ(decoded.SerializeAsString(), bytes);
  const grpc::Slice nonsense(std::string("\x0a\xff"));
  EXPECT_FALSE(decode(grpc::ByteBuffer(&nonsense, 1), decoded));
}

}  // namespace
}  // namespace millrace::grpc_sink
