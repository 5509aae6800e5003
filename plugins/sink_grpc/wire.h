// Requests and responses as bytes: the request around the host's payload without copying it, the response decoded.
//
// The payload is InvokeRequest's last field, so a message is a small head of our own and behind it the payload where
// the host has it. Nobody may free the payload before gRPC has let go of it: see exchange.h.
//
// Pure, thread-safe.
#pragma once
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <string>
#include <string_view>

#include "millrace/function/v1/function.pb.h"

namespace millrace::grpc_sink {

namespace v1 = ::millrace::function::v1;

inline constexpr char kInvoke[] = "/millrace.function.v1.FunctionService/Invoke";
inline constexpr char kInvokeStream[] = "/millrace.function.v1.FunctionService/InvokeStream";

// What a message has besides its payload, at most: the sink's limit for payloads is this much below that for messages.
inline constexpr std::uint64_t kHeadRoom = 1024;

// A response is small; one above this is refused by our side. The number is odd enough to be recognised in the refusal.
inline constexpr int kLargestResponse = 6'356'991;

// The message up to and including the payload's length.
std::string encode_head(std::string_view request_id, std::string_view pipeline, std::uint32_t attempt,
                        std::string_view content_type, std::uint64_t payload_size);

// False: these bytes are no InvokeResponse.
bool decode(const grpc::ByteBuffer& bytes, v1::InvokeResponse& response);

}  // namespace millrace::grpc_sink
