// Appends each request to a file. Writing runs on the host's executor.
#include <millrace/plugin.hpp>

#include <cstdio>
#include <mutex>

class Spool {
 public:
  static constexpr millrace::Info info{.type = "spool",
                                       .summary = "Appends requests to a file.",
                                       .schema = R"({"type": "object", "required": ["path"], "properties": {
          "path": {"type": "string", "minLength": 1, "description": "File to append to."}}})",
                                       .max_in_flight = 64};

  Spool(millrace::Host host, const millrace::Config& config)
      : host_(host), path_(config.at("path").get<std::string>()) {}

  void start() {
    file_.reset(std::fopen(path_.c_str(), "ab"));
    if (!file_) throw millrace::Error(MR_FAILED_PRECONDITION, "The file cannot be opened for appending.", "/path");
  }

  bool submit(const mr_request& request, millrace::Completion& completion) {
    return host_.executor().run([this, &request, completion = std::move(completion)]() mutable {
      const std::string_view body = millrace::view(request.body);  // valid until the answer
      const std::lock_guard lock(mutex_);
      if (std::fwrite(body.data(), 1, body.size(), file_.get()) == body.size() && std::fflush(file_.get()) == 0)
        return std::move(completion).done();
      std::move(completion).retry(MR_UNAVAILABLE, "The file could not be written.");
    });
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  millrace::Host host_;
  std::string path_;
  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> file_;
};

MR_PLUGIN("org.example.spool", "1.0.0", &millrace::sink<Spool>)
