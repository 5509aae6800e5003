// What an auth component provides.
//
// Confined to the check's main thread.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

struct Emitted {
  std::string name, value;
  bool is_secret = false;
};

struct Provided {
  Answer answer;
  std::vector<Emitted> properties;
};

inline Provided provide(Live& live) {
  Provided out;
  static constexpr std::string_view kEndpoint = "127.0.0.1:9";
  std::int64_t expires = 0;
  out.answer.status = live.table<mr_auth_v1>().provide(
      live.self(), str(kEndpoint),
      [](void* arg, mr_str name, mr_bytes value, std::uint32_t is_secret) {
        static_cast<Provided*>(arg)->properties.push_back(
            {std::string(view(name)), std::string(view(value)), is_secret != 0});
      },
      &out, &expires, &out.answer.error);
  return out;
}

// Of a started instance; skips when it provides nothing here. *logged: every log line.
inline std::vector<Emitted> provided(Trial& trial, std::string* logged = nullptr) {
  Live live(trial);
  live.must_start();
  trial.step("provide()");
  Provided out = provide(live);
  if (!out.answer.ok()) skip("provide() failed with " + out.answer.words() + ".");
  if (logged != nullptr)
    for (const auto& line : live.host().logs()) {
      *logged += line.message + "\n";
      for (const auto& [key, value] : line.fields) *logged += value + "\n";
    }
  return out.properties;
}

}  // namespace millrace::sdk_tool
