// The part of a function that all kinds share; the contract stands in function.h.
#include "tests/e2e/function/function.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "tests/e2e/function/grpc_function.h"
#include "tests/e2e/function/http_function.h"

namespace millrace::e2e {

void Function::answer_by(Script script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

std::optional<Answer> Function::decide(Call& call, std::string_view body, std::size_t& entry) {
  try {
    call.event = read_event(body);
  } catch (const std::runtime_error& error) {
    complain(error.what());
    return std::nullopt;
  }
  std::vector<Item> items;
  items.reserve(call.event.records.size());
  for (const Event::Record& record : call.event.records)
    items.push_back(
        {ledger_.stream(record.message.topic, record.message.partition), record.offset, hash_record(record.message)});
  const std::lock_guard lock(mutex_);
  entry = ledger_.received(std::move(items));
  most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
  call.number = next_number_++;
  ++calls_to_[call.function];
  const Answer answer = script_(call);
  call.event.records.clear();
  if (calls_.size() < 10'000) calls_.push_back(call);
  return answer;
}

void Function::settle(std::size_t entry, const std::optional<Answer>& answer) {
  ledger_.answered(entry, !answer                                 ? Outcome::kUnanswered
                          : answers::finishes(*answer)            ? Outcome::kDone
                          : answer->kind == Answer::Kind::kAnswer ? Outcome::kRefused
                                                                  : Outcome::kUnanswered);
  const std::lock_guard lock(mutex_);
  --in_flight_;
}

void Function::complain(const std::string& text) {
  const std::lock_guard lock(mutex_);
  complaints_.push_back(text);
}

std::size_t Function::in_flight() const {
  const std::lock_guard lock(mutex_);
  return in_flight_;
}

std::size_t Function::most_in_flight() const {
  const std::lock_guard lock(mutex_);
  return most_in_flight_;
}

std::vector<std::string> Function::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

std::size_t Function::calls_to(const std::string& function) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_to_.find(function);
  return found == calls_to_.end() ? 0 : found->second;
}

std::vector<Call> Function::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

FunctionKind function_kind_under_test() {
  const char* kind = std::getenv("MILLRACE_TEST_FUNCTION");
  const std::string_view name = kind == nullptr ? "http" : kind;
  if (name == "http") return FunctionKind::kHttp;
  if (name == "grpc") return FunctionKind::kGrpc;
  if (name == "grpc-stream") return FunctionKind::kGrpcStream;
  if (name == "grpc-mixed") return FunctionKind::kGrpcMixed;
  throw std::runtime_error("MILLRACE_TEST_FUNCTION is http, grpc, grpc-stream or grpc-mixed");
}

std::unique_ptr<Function> make_function(FunctionKind kind, Ledger& ledger, Script script) {
  if (kind == FunctionKind::kHttp) return std::make_unique<HttpFunction>(ledger, std::move(script));
  return std::make_unique<GrpcFunction>(ledger, std::move(script), kind != FunctionKind::kGrpc,
                                        kind == FunctionKind::kGrpcMixed);
}

}  // namespace millrace::e2e
