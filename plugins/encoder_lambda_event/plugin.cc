// The encoder `lambda_event`: makes the body that a Lambda function with a self-managed Kafka event source expects.
//
// Stateless after construction, so one instance serves all lanes concurrently.
#include <millrace/plugin.hpp>

#include "event_writer.h"
#include "schema.h"

namespace millrace::lambda_event {
namespace {

class LambdaEvent {
 public:
  static constexpr Info info{
      .type = "lambda_event",
      .summary = "Writes the event that AWS Lambda sends for a self-managed Apache Kafka cluster.",
      .schema = kSchema,
      .needs = MR_NEED_KEY | MR_NEED_VALUE | MR_NEED_HEADERS | MR_NEED_TIMESTAMP,
      .stability = MR_BETA,
      .content_type = "application/json"};

  LambdaEvent(Host, const Config&) {}

  bool encode(Batch in, const std::uint64_t* keep, Limits limits, std::uint32_t& cursor, Writer& out) const {
    if (writer_.write(in, keep, limits, cursor, out)) return true;
    const mr_stream& stream = in.stream(cursor);
    const std::string record = "Topic " + std::string(view(stream.name)) + ", partition " +
                               std::to_string(stream.partition) + ", offset " + std::to_string(in.position(cursor));
    throw Error(MR_OUT_OF_RANGE, "The record does not fit into a request, even alone.")
        .id("MR4501")
        .reason("MaximumPayloadSizeExceeded")
        .detail(record + ": its event is larger than " + std::to_string(limits.max_bytes) + " bytes.")
        .hint(
            "A function takes 6 MiB of JSON, in which a value takes 4/3 of its size. Keep the value elsewhere and send "
            "a reference to it.");
  }

 private:
  EventWriter writer_;
};

constexpr mr_error_info kErrors[] = {
    {"MR4501", "A record does not fit into a request",
     "The record's event, with the value in base64 and its headers as numbers, is larger than the largest request that "
     "the sink takes (6 MiB for Lambda), so no function can ever receive it.",
     "The record goes to the dead letters with the condition MaximumPayloadSizeExceeded and the stream goes on. "
     "Produce "
     "smaller records, or keep large values elsewhere and send references."}};

constexpr PluginInfo kPlugin{.name = "millrace.encoder_lambda_event",
                             .version = "0.1.0",
                             .vendor = "Millrace",
                             .license = "Apache-2.0",
                             .errors = kErrors};

}  // namespace
}  // namespace millrace::lambda_event

MR_PLUGIN(millrace::lambda_event::kPlugin, &millrace::encoder<millrace::lambda_event::LambdaEvent>)
