// Protobuf's encoding by hand for five fields: a tag is (number << 3 | 2) for text and bytes, (number << 3) for
// integers.
#include "wire.h"

namespace millrace::grpc_sink {
namespace {

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7f) | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_tag(std::string& out, int number, unsigned type) {
  put_varint(out, static_cast<unsigned>(number) << 3 | type);
}

void put_text(std::string& out, int number, std::string_view text) {
  if (text.empty()) return;
  put_tag(out, number, 2);
  put_varint(out, text.size());
  out += text;
}

}  // namespace

std::string encode_head(std::string_view request_id, std::string_view pipeline, std::uint32_t attempt,
                        std::string_view content_type, std::uint64_t payload_size) {
  std::string head;
  head.reserve(48 + request_id.size() + pipeline.size() + content_type.size());
  put_text(head, v1::InvokeRequest::kRequestIdFieldNumber, request_id);
  put_text(head, v1::InvokeRequest::kPipelineFieldNumber, pipeline);
  put_tag(head, v1::InvokeRequest::kAttemptFieldNumber, 0);
  put_varint(head, attempt);
  put_text(head, v1::InvokeRequest::kContentTypeFieldNumber, content_type);
  put_tag(head, v1::InvokeRequest::kPayloadFieldNumber, 2);
  put_varint(head, payload_size);
  return head;
}

bool decode(const grpc::ByteBuffer& bytes, v1::InvokeResponse& response) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok() && !bytes.DumpToSingleSlice(&slice).ok()) return false;
  return response.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

}  // namespace millrace::grpc_sink
