// Writes pipeline files and runs the program on them; the contract stands in millrace.h.
#include "tests/bench/millrace.h"

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace millrace::bench {
namespace {

std::string sink_text(const PipelineText& pipeline) {
  if (pipeline.sink == "lambda")
    return "{type: lambda_invoke, function: bench, endpoint: \"" + pipeline.endpoint +
           "\", sign: " + (pipeline.sign ? "always" : "never") + "}";
  return "{type: grpc, target: \"" + pipeline.endpoint +
         "\", max_message_bytes: 6MiB, mode: " + (pipeline.sink == "grpc" ? "unary" : "stream") + "}";
}

}  // namespace

std::string PipelineText::yaml() const {
  std::string text = "name: " + name + "\nsource:\n  type: self_managed_kafka\n  bootstrap_servers: [\"" + brokers +
                     "\"]\n  topics: [" + topic + "]\n  starting_position: " + starting_position + "\n";
  if (!authority.empty()) text += "auth: [{type: tls, root_ca: \"${secret:file:" + authority + "}\"}]\n";
  if (filter) text += "filters: [{type: filter_criteria, filters: [{pattern: {value: {status: [shipped]}}}]}]\n";
  return text + "batch: {size: " + std::to_string(batch) + ", window: " + window +
         "}\nencoder: {type: lambda_event}\nsink: " + sink_text(*this) +
         "\ndelivery: {max_in_flight: " + std::to_string(in_flight) +
         ", retry: {backoff: {initial: 100ms, maximum: 1s}}}\n";
}

Millrace::Millrace(const std::vector<PipelineText>& pipelines) {
  const char* other = std::getenv("MILLRACE_BINARY");
  std::vector<std::string> command = {other == nullptr ? MILLRACE_BUILT_BINARY : other, "run"};
  for (const PipelineText& pipeline : pipelines) {
    command.push_back(folder_.path() + "/" + pipeline.name + ".yaml");
    e2e::write_file(command.back(), pipeline.yaml());
  }
  command.insert(command.end(), {"--state", folder_.path() + "/state"});
  process_ = std::make_unique<e2e::Process>(
      e2e::Command{command,
                   {{"MILLRACE_LOG_FORMAT", "json"},
                    {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                    {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}},
                   folder_.path() + "/log.txt",
                   folder_.path()});
}

void Millrace::stop(std::chrono::seconds limit) {
  process_->signal(SIGTERM);
  const auto end = process_->wait(limit);
  if (!end || end->code != 0) throw std::runtime_error("millrace did not stop in good order:\n" + tail());
}

std::size_t Millrace::assigned() const {
  static constexpr std::string_view kLine = "\"partitions assigned\"", kCount = "\"count\":";
  const std::string text = log();
  std::size_t total = 0;
  for (std::size_t at = text.find(kLine); at != std::string::npos; at = text.find(kLine, at + 1)) {
    const std::size_t end = text.find('\n', at), count = text.find(kCount, at);
    if (count != std::string::npos && count < end)
      total += std::strtoull(text.c_str() + count + kCount.size(), nullptr, 10);
  }
  return total;
}

}  // namespace millrace::bench
