// sink `scripted`: answers its requests as the configuration lists, and notes what it was sent.
//
// The answers are used in turn and the last one for ever. With `path`, each request adds a line `ATTEMPT OUTCOME BODY`
// to that file before it is answered. Requests are answered on the host's executor, as a sink that waits for a network
// does it.
//
// submit() is called by one lane at a time; the executor's tasks share the file under a mutex.
#include <millrace/plugin.hpp>

#include <fstream>
#include <mutex>

namespace {

class Scripted {
 public:
  static constexpr millrace::Info info{.type = "scripted",
                                       .summary = "Answers as its configuration says.",
                                       .schema = R"({"type": "object", "additionalProperties": false, "properties": {
          "outcomes": {"type": "array", "minItems": 1, "default": ["done"], "description": "Answers in turn; the last one for ever.",
                       "items": {"enum": ["done", "retry", "reject", "partial", "busy", "blocked", "too_large", "refuse"]}},
          "retry_after": {"type": "string", "format": "duration", "default": "0s", "description": "With retry and busy."},
          "max_bytes": {"type": "string", "format": "bytes", "default": "0B", "description": "Largest body; 0 for any."},
          "max_records": {"type": "integer", "default": 0, "description": "Most records of a request; 0 for any."},
          "path": {"type": "string", "default": "", "description": "File that gets a line for every request."}}})",
                                       .max_in_flight = 16};
  Scripted(millrace::Host host, const millrace::Config& config)
      : host_(host),
        outcomes_(config.at("outcomes").get<std::vector<std::string>>()),
        retry_after_ms_(config.at("retry_after").get<std::uint32_t>()),
        limits_{config.at("max_bytes").get<std::uint64_t>(), config.at("max_records").get<std::uint32_t>(), 0},
        path_(config.at("path").get<std::string>()) {}

  mr_limits limits() { return limits_; }

  bool submit(const mr_request& request, millrace::Completion& completion) {
    const std::string& outcome = outcomes_[std::min(next_++, outcomes_.size() - 1)];
    if (outcome == "refuse") return false;
    return host_.executor().run([this, &request, &outcome, c = std::move(completion)]() mutable {
      note(request, outcome);
      const std::uint32_t first[] = {0};
      const mr_field id[] = {millrace::field("requestId", millrace::view(request.request_id))};
      const std::span<const mr_field> ids(id);
      if (outcome == "done") return std::move(c).done(ids);
      if (outcome == "retry") return std::move(c).retry(MR_UNKNOWN, "scripted", retry_after_ms_, ids);
      if (outcome == "reject") return std::move(c).reject(MR_INVALID_ARGUMENT, "scripted", "ScriptedReject", ids);
      if (outcome == "partial") return std::move(c).partial(first, "scripted", ids);
      if (outcome == "busy") return std::move(c).busy(MR_UNAVAILABLE, "scripted", retry_after_ms_, ids);
      if (outcome == "blocked") return std::move(c).blocked(MR_NOT_FOUND, "scripted", "FUNCTION_CONFIG_NOT_VALID", ids);
      return std::move(c).too_large("scripted", ids);
    });
  }

 private:
  void note(const mr_request& request, const std::string& outcome) {
    if (path_.empty()) return;
    std::string body(millrace::view(request.body));
    std::replace(body.begin(), body.end(), '\n', ' ');
    const std::lock_guard lock(mutex_);
    std::ofstream(path_, std::ios::app) << request.attempt << ' ' << outcome << ' ' << body << '\n';
  }

  millrace::Host host_;
  std::vector<std::string> outcomes_;
  std::uint32_t retry_after_ms_;
  mr_limits limits_;
  std::string path_;
  std::mutex mutex_;
  std::size_t next_ = 0;
};

}  // namespace

MR_PLUGIN("org.example.scripted", "1.0.0", &millrace::sink<Scripted>)
