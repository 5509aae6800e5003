#include <cstring>

#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {
namespace {

void must_explain(const char* call, const Answer& answer) {
  const mr_error& e = answer.error;
  if (::strnlen(e.message, sizeof e.message) == 0)
    fail(std::string(call) + " failed with " + status_name(answer.status) + " and no message.");
  if (e.code != answer.status && e.code != MR_OK)
    fail(std::string(call) + " returned " + status_name(answer.status) + " and wrote " + status_name(e.code) +
         " into the error.");
  for (const auto& [name, text, size] : {std::tuple{"message", e.message, sizeof e.message},
                                         {"field", e.field, sizeof e.field},
                                         {"detail", e.detail, sizeof e.detail},
                                         {"hint", e.hint, sizeof e.hint},
                                         {"id", e.id, sizeof e.id},
                                         {"reason", e.reason, sizeof e.reason}}) {
    if (::strnlen(text, size) == size) fail(std::string(call) + ": the error's " + name + " is not terminated.");
    if (std::strstr(text, kSecretPassword) != nullptr)
      fail(std::string(call) + ": the error's " + name + " shows a secret.");
  }
  if (e.field[0] != '\0' && e.field[0] != '/')
    fail(std::string(call) + ": the error's field '" + e.field + "' is no JSON pointer.");
}

}  // namespace

// Makes life hard in every way that a host may: no services, no secrets, no executor.
Check start_failure_is_reported() {
  return {
      .group = Group::kLifecycle,
      .says = "When create() or start() fails, the error says what and where, and the instance can still be destroyed.",
      .rule = "plugin.h, mr_error and mr_component.start",
      .remedy =
          "Fill in code, message and, where a key is at fault, field (a JSON pointer); C++: throw millrace::Error.",
      .run = [](Trial& trial) {
        bool failed = false;
        for (int way = 0; way < 3; ++way) {
          Live live(trial);
          if (way == 0)
            live.host().missing_services = {MR_LOG,   MR_METRICS,    MR_HEALTH,  MR_SECRETS, MR_EXECUTOR,
                                            MR_STATE, MR_CONNECTION, MR_STREAMS, MR_NET};
          if (way == 1) live.host().secrets_fail = true;
          if (way == 2) live.host().refuse_work = -1;
          if (const Answer answer = live.create(); !answer.ok()) {
            failed = true;
            must_explain("create()", answer);
            continue;
          }
          if (const Answer answer = live.start(); !answer.ok()) {
            failed = true;
            must_explain("start()", answer);
          }
        }
        if (!failed) skip("It starts without services, without secrets and without an executor.");
      }};
}

}  // namespace millrace::sdk_tool
