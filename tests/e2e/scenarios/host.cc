// Starts and ends the binary under test; the contract stands in host.h.
#include "tests/e2e/scenarios/host.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace millrace::e2e {

std::string Pipeline::yaml() const {
  std::string servers, rest = source;
  for (std::size_t at = 0; at < bootstrap.size();) {
    const std::size_t comma = std::min(bootstrap.find(',', at), bootstrap.size());
    servers += (servers.empty() ? "\"" : ", \"") + bootstrap.substr(at, comma - at) + "\"";
    at = comma + 1;
  }
  for (std::size_t at = 0; (at = rest.find('\n', at)) != std::string::npos && at + 1 < rest.size(); at += 3)
    rest.insert(at + 1, "  ");
  return "name: " + name + "\nsource:\n  type: self_managed_kafka\n  bootstrap_servers: [" + servers +
         "]\n  topics: [" + topic + "]\n  consumer_group_id: " + (group.empty() ? name : group) +
         "\n  session_timeout: " + session_timeout + "\n" +
         (librdkafka.empty() ? "" : "  librdkafka: {" + librdkafka + "}\n") + (rest.empty() ? "" : "  " + rest) +
         (auth.empty() ? "" : "auth: " + auth + "\n") + (filters.empty() ? "" : "filters: " + filters + "\n") +
         "batch: {" + batch + "}\nencoder: {type: lambda_event}\nsink: " + sink + "\ndelivery: {" + delivery + "}\n";
}

Host::Host(Pipeline pipeline) : pipeline_(std::move(pipeline)) {
  write_file(folder_.path() + "/pipeline.yaml", pipeline_.yaml());
}

void Host::start() {
  const char* other = std::getenv("MILLRACE_BINARY");
  const std::string binary = other == nullptr ? MILLRACE_BUILT_BINARY : other;
  log_start_ = log().size();
  std::vector<std::string> words = {binary, "run", folder_.path() + "/pipeline.yaml", "--state",
                                    folder_.path() + "/state"};
  if (!pipeline_.plugins.empty()) {
    namespace fs = std::filesystem;
    const fs::path more = folder_.path() + "/plugins";
    fs::create_directories(more);
    for (const fs::path file : pipeline_.plugins)
      if (!fs::exists(more / file.filename())) fs::create_symlink(fs::absolute(file), more / file.filename());
    const fs::path own = fs::path(binary).parent_path() / "../lib/millrace/plugins";
    words.insert(words.end(), {"--plugins", own.string(), "--plugins", more.string()});
  }
  process_ = std::make_unique<Process>(Command{
      words, {{"MILLRACE_LOG_FORMAT", "json"}, {"AWS_EC2_METADATA_DISABLED", "true"}}, log_path(), folder_.path()});
}

void Host::kill() {
  process_.reset();
}

void Host::signal(int number) {
  process_->signal(number);
}

int Host::stop(std::chrono::milliseconds limit) {
  process_->signal(SIGTERM);
  return wait(limit);
}

int Host::wait(std::chrono::milliseconds limit) {
  const std::optional<Exit> end = process_->wait(limit);
  return end ? end->code : -1;
}

bool Host::wait_for_log(const std::string& text, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (log().find(text, log_start_) == std::string::npos) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

std::string Host::log() const {
  return read_file(log_path());
}
std::string Host::tail(int lines) const {
  return last_lines(log(), lines);
}
std::string Host::spool() const {
  return read_file(folder_.path() + "/state/dead-letters/" + pipeline_.name + ".jsonl");
}

}  // namespace millrace::e2e
