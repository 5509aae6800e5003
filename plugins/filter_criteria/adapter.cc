#include "adapter.h"

#include <string_view>
#include <utility>

#include "filter.h"

namespace filter_criteria {

namespace engine = millrace::filter;

namespace {

engine::Filter compile(const Settings& settings) {
  const std::vector<std::string_view> patterns(settings.patterns.begin(), settings.patterns.end());
  auto compiled = engine::compile(
      patterns, {.validate = settings.validate_touched ? engine::Validate::kTouched : engine::Validate::kFull,
                 .on_mismatch = settings.drop_on_mismatch ? engine::OnMismatch::kDrop : engine::OnMismatch::kPass,
                 .record_fields = settings.record_fields,
                 .strict_lambda = settings.strict_lambda});
  if (compiled) return std::move(*compiled);
  const engine::Error& e = compiled.error();
  const std::string spot = "line " + std::to_string(e.line) + ", column " + std::to_string(e.column);
  throw millrace::Error(MR_INVALID_ARGUMENT,
                        "at " + (e.pointer.empty() ? spot : e.pointer + " (" + spot + ")") + ": " + e.message +
                            (e.message.ends_with('.') ? "" : "."),
                        "/filters/" + std::to_string(e.pattern) + "/pattern")
      .id(e.id);
}

}  // namespace

struct Adapter::State {
  engine::Filter filter;
  bool record_fields;
};

Adapter::Adapter(const Settings& settings)
    : state_(std::make_unique<State>(State{compile(settings), settings.record_fields})) {}
Adapter::~Adapter() = default;

std::uint64_t Adapter::apply(const millrace::Batch& batch, const millrace::Selection& keep) const {
  engine::Scratch scratch;
  std::vector<engine::Header> headers;
  std::uint64_t too_complex = 0;
  keep.keep_if([&](std::uint32_t i) {
    const mr_record& from = batch[i];
    if (const auto ahead = i + engine::Filter::kAhead; ahead < batch.size())
      engine::Filter::prefetch(millrace::view(from.value),
                               millrace::view(batch[static_cast<std::uint32_t>(ahead)].value));
    engine::Record record{.value = millrace::view(from.value)};
    if (state_->record_fields) {
      headers.clear();
      for (const mr_header& header : batch.headers(i))
        headers.push_back({millrace::view(header.name), millrace::view(header.value)});
      record.key = millrace::view(from.key);
      record.headers = headers;
      const auto& stream = batch.stream(i);
      record.topic = millrace::view(stream.name);
      record.partition = stream.partition;
      record.offset = from.position;
      record.timestamp_ms = from.timestamp_ms;
    }
    const engine::Verdict verdict = state_->filter.judge(record, scratch);
    if (verdict.reason == engine::Reason::kTooComplex) ++too_complex;
    return verdict.keep;
  });
  return too_complex;
}

}  // namespace filter_criteria
