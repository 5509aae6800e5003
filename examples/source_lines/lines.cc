// Delivers the lines of a text file, and those that are appended to it later, as records.
//
// A record's position is the number of its line. What is finished is remembered in the host's state, so that a restart
// goes on behind it. Only interrupt() and the end of a batch happen on other threads than the source's own.
#include <millrace/plugin.hpp>

#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>

class Lines {
 public:
  static constexpr millrace::Info info{.type = "lines",
                                       .summary = "Delivers the lines of a text file, and follows it.",
                                       .schema = R"({"type": "object", "required": ["path"], "properties": {
          "path": {"type": "string", "minLength": 1, "description": "File to read."},
          "topic": {"type": "string", "minLength": 1, "default": "lines", "description": "Topic of the records."}}})"};

  Lines(millrace::Host host, const millrace::Config& config)
      : streams_(host),
        state_(host.state()),
        path_(config.at("path").get<std::string>()),
        topic_(config.at("topic").get<std::string>()) {}

  void start() {
    file_.open(path_, std::ios::binary);
    if (!file_) throw millrace::Error(MR_NOT_FOUND, "The file cannot be opened for reading.", "/path");
    if (const auto finished = state_.get(path_)) committed_ = std::stoll(*finished);
    std::string line;
    while (next_ < committed_ && read_line(line)) ++next_;
    if (next_ < committed_)
      throw millrace::Error(MR_DATA_LOSS, "The file has fewer lines than were delivered before.", "/path")
          .hint("It was replaced or cut. Give the pipeline another name to read it from the beginning.");
  }

  std::unique_ptr<millrace::Records> poll(millrace::Credit credit) {
    const mr_stream stream{kStream, millrace::str(topic_), 0, 0};
    if (!std::exchange(assigned_, true)) streams_.assigned({&stream, 1}, 1);
    const mr_stream_state state{kStream, 0, -1, next_, committed_};
    streams_.report({&state, 1});

    auto batch = std::make_unique<Batch>();
    std::string line;
    while (!paused_ && batch->records.size() < credit.records && batch->retained_bytes < credit.bytes &&
           read_line(line))
      batch->add(std::move(line), next_++);
    if (!batch->records.empty()) {
      batch->streams.push_back(stream);
      return batch;
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::milliseconds(credit.timeout_ms), [&] { return interrupted_; });
    interrupted_ = false;
    return nullptr;
  }

  void commit(std::span<const mr_position> positions, std::uint64_t) {
    for (const mr_position& position : positions)
      if (position.stream_id == kStream) state_.put(path_, std::to_string(committed_ = position.next));
  }
  void set_paused(std::span<const std::uint64_t> ids, bool paused) {
    for (const std::uint64_t id : ids)
      if (id == kStream) paused_ = paused;
  }
  void release_streams(std::span<const std::uint64_t>) {}  // follows a revoke(), and a file is never taken away
  void interrupt() noexcept {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    wake_.notify_all();
  }

 private:
  static constexpr std::uint64_t kStream = 1;

  struct Batch : millrace::Records {
    void add(std::string line, std::int64_t position) {
      const std::string& value = lines.emplace_back(std::move(line));
      mr_record record{};
      record.value = millrace::bytes(value);
      record.position = position;
      record.timestamp_ms = -1;
      records.push_back(record);
      retained_bytes += sizeof value + value.capacity();
    }
    std::deque<std::string> lines;  // a deque: growing moves no line, and the records look into them
  };

  // False at the end, and on a line without its line feed: that one is still being written.
  bool read_line(std::string& line) {
    if (std::getline(file_, line) && !file_.eof()) {
      offset_ += static_cast<std::streamoff>(line.size()) + 1;
      return true;
    }
    file_.clear();
    file_.seekg(offset_);
    return false;
  }

  millrace::Streams streams_;
  millrace::State state_;
  const std::string path_, topic_;
  std::ifstream file_;
  std::streamoff offset_ = 0;              // in the file, of the next line
  std::int64_t next_ = 0, committed_ = 0;  // numbers of lines
  bool assigned_ = false, paused_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool interrupted_ = false;
};

MR_PLUGIN("org.example.lines", "1.0.0", &millrace::source<Lines>)
