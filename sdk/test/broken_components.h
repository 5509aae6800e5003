// Components for testing_test.cc: small good ones, and some that break one promise each.
//
// Thread-compatible.
#pragma once

#include <millrace/plugin.hpp>

struct KeepsLongValues {
  static constexpr millrace::Info info{.type = "keeps_long_values", .summary = "", .schema = "{}"};
  KeepsLongValues(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch batch, millrace::Selection keep) const {
    keep.keep_if([&](std::uint32_t i) { return batch.value(i).size() > 2; });
  }
};

struct ThrowsInConstructor : KeepsLongValues {
  ThrowsInConstructor(millrace::Host h, const millrace::Config& c) : KeepsLongValues(h, c) {
    throw millrace::Error(MR_INVALID_ARGUMENT, "No.", "/rate").hint("Choose another.");
  }
};

struct WantsANumber : KeepsLongValues {
  WantsANumber(millrace::Host h, const millrace::Config& c) : KeepsLongValues(h, c) {
    static_cast<void>(c.at("rate").get<double>());
  }
};

struct ThrowsANumber : KeepsLongValues {
  using KeepsLongValues::KeepsLongValues;
  void apply(millrace::Batch, millrace::Selection) const { throw 7; }
};

struct PutsBack {
  static constexpr millrace::Info info{.type = "puts_back", .summary = "", .schema = "{}"};
  PutsBack(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch, millrace::Selection keep) {
    struct Raw {
      std::uint64_t* words;
    };
    *reinterpret_cast<Raw*>(&keep)->words = 1;
  }
};

struct Lines {
  static constexpr millrace::Info info{.type = "lines", .summary = "", .schema = "{}"};
  Lines(millrace::Host, const millrace::Config&) {}
  bool encode(millrace::Batch in, const std::uint64_t* keep, millrace::Limits limits, std::uint32_t& cursor,
              millrace::Writer& out) const {
    for (cursor = millrace::next_kept(keep, cursor, in.size()); cursor < in.size();
         cursor = millrace::next_kept(keep, cursor + 1, in.size())) {
      if (out.size() + in.value(cursor).size() + 1 > limits.max_bytes) return out.size() > 0;
      out.append(in.value(cursor));
      out.append("\n");
    }
    return true;
  }
};

struct Plain {
  static constexpr millrace::Info info{.type = "plain", .summary = "", .schema = "{}"};
  Plain(millrace::Host, const millrace::Config&) {}
  void provide(std::string_view endpoint, millrace::Properties& out) {
    out.set("sasl.username", "user at " + std::string(endpoint));
    out.secret("sasl.password", "p");
    out.expires_at(7);
  }
};

struct Numbers {
  static constexpr millrace::Info info{.type = "numbers", .summary = "", .schema = "{}"};
  static inline std::atomic<int> alive{0};
  struct Held : millrace::Records {
    Held() { ++alive; }
    ~Held() override { --alive; }
    std::string text = "01";
  };
  Numbers(millrace::Host host, const millrace::Config&) : streams_(host) {}
  std::unique_ptr<millrace::Records> poll(millrace::Credit credit) {
    const mr_stream stream{1, millrace::str("numbers"), 0, 0};
    if (!std::exchange(assigned_, true)) streams_.assigned({&stream, 1}, 1);
    return read(std::min(credit.records, 2u));
  }
  std::unique_ptr<millrace::Records> preview(std::uint32_t last_n, std::uint64_t, std::uint64_t) {
    return read(last_n);
  }
  void check(std::uint64_t, millrace::CheckReport& out) {
    out.pass("resolve", {millrace::field("address", "127.0.0.1")});
    out.fail("connect", millrace::Error(MR_UNAVAILABLE, "Nobody listens."));
  }
  void commit(std::span<const mr_position>, std::uint64_t) { streams_.report({}); }
  void set_paused(std::span<const std::uint64_t>, bool) {}
  void release_streams(std::span<const std::uint64_t>) {}
  void interrupt() noexcept {}

 private:
  static std::unique_ptr<millrace::Records> read(std::uint32_t n) {
    if (n == 0) return nullptr;
    auto held = std::make_unique<Held>();
    held->streams = {{1, millrace::str("numbers"), 0, 0}};
    for (std::uint32_t i = 0; i < n; ++i) {
      mr_record r{};
      r.value = millrace::bytes(std::string_view(held->text).substr(i, 1));
      r.position = i;
      held->records.push_back(r);
    }
    return held;
  }
  millrace::Streams streams_;
  bool assigned_ = false;
};

struct SinkBase {
  static constexpr millrace::Info info{.type = "sink", .summary = "", .schema = "{}"};
  SinkBase(millrace::Host host, const millrace::Config&) : host_(host) {}
  millrace::Host host_;
};
struct Echo : SinkBase {
  using SinkBase::SinkBase;
  mr_limits limits() { return {100, 2, 0}; }
  bool submit(const mr_request& request, millrace::Completion& completion) {
    const std::uint32_t failed[] = {1};
    std::move(completion).partial(failed, millrace::view(request.body), {{str("requestId"), request.request_id}});
    return true;
  }
  static mr_str str(const char* s) { return millrace::str(s); }
};
struct Forgets : SinkBase {
  using SinkBase::SinkBase;
  bool submit(const mr_request&, millrace::Completion& completion) {
    const millrace::Completion dropped = std::move(completion);
    return true;
  }
};
struct Background : SinkBase {
  using SinkBase::SinkBase;
  bool submit(const mr_request&, millrace::Completion& completion) {
    return host_.executor().run([c = std::move(completion)]() mutable { std::move(c).done(); });
  }
};
struct ThrowsAfterHandingOn : Background {
  using Background::Background;
  bool submit(const mr_request& r, millrace::Completion& completion) {
    Background::submit(r, completion);
    throw std::runtime_error("too late");
  }
};
struct AlwaysFull : SinkBase {
  using SinkBase::SinkBase;
  bool submit(const mr_request&, millrace::Completion&) { return false; }
};

// What the wrapper makes impossible, by hand.
inline mr_component sink_with(const mr_sink_v1* table) {
  mr_component c = millrace::sink<AlwaysFull>;
  c.vtable = table;
  return c;
}
inline constexpr mr_sink_v1 kTwice{sizeof(mr_sink_v1), 1,
                                   [](void*, const mr_request*, mr_completion c, mr_error*) -> mr_status {
                                     mr_result r{};
                                     r.struct_size = sizeof r;
                                     c.done(c.ctx, &r);
                                     c.done(c.ctx, &r);
                                     return MR_OK;
                                   },
                                   nullptr};
inline constexpr mr_sink_v1 kNever{
    sizeof(mr_sink_v1), 1, [](void*, const mr_request*, mr_completion, mr_error*) -> mr_status { return MR_OK; },
    nullptr};
inline const mr_component kAnswersTwice = sink_with(&kTwice);
inline const mr_component kNeverAnswers = sink_with(&kNever);
