#include "runtime/plugin/abi_error.h"

#include <algorithm>
#include <cstring>

namespace millrace::plugin {
namespace {

std::string text(const char* from, std::size_t size) {
  return std::string(from, ::strnlen(from, size));
}

// Cuts at a character, so that what is cut is still UTF-8.
void put(char* to, std::size_t size, std::string_view from) {
  std::size_t n = std::min(from.size(), size - 1);
  while (n > 0 && n < from.size() && (static_cast<unsigned char>(from[n]) & 0xC0) == 0x80) --n;
  std::memcpy(to, from.data(), n);
  to[n] = '\0';
}

Code to_code(mr_status status) {
  return status <= MR_UNAUTHENTICATED ? static_cast<Code>(status) : Code::kUnknown;
}

}  // namespace

observe::Problem to_problem(const mr_error& error, mr_status status) {
  observe::Problem problem;
  problem.code = to_code(status);
  problem.id = text(error.id, sizeof error.id);
  problem.reason = text(error.reason, sizeof error.reason);
  problem.field = text(error.field, sizeof error.field);
  problem.message = text(error.message, sizeof error.message);
  problem.detail = text(error.detail, sizeof error.detail);
  problem.hint = text(error.hint, sizeof error.hint);
  return problem;
}

mr_status to_mr_error(const observe::Problem& problem, mr_error* out) {
  const auto code = static_cast<mr_status>(problem.code);
  if (out == nullptr || code == MR_OK) return code;
  mr_error error{};
  error.struct_size = out->struct_size;
  error.code = code;
  put(error.id, sizeof error.id, problem.id);
  put(error.reason, sizeof error.reason, problem.reason);
  put(error.field, sizeof error.field, problem.field);
  put(error.message, sizeof error.message, problem.message);
  put(error.detail, sizeof error.detail, problem.detail);
  put(error.hint, sizeof error.hint, problem.hint);
  std::memcpy(out, &error, std::min<std::size_t>(out->struct_size, sizeof error));
  return code;
}

mr_status to_mr_error(const Status& status, mr_error* out) {
  observe::Problem problem;
  problem.code = status.code();
  problem.id = status.id();
  problem.message = status.message();
  problem.hint = status.hint();
  return to_mr_error(problem, out);
}

}  // namespace millrace::plugin
