// The only file that includes Boost.Beast, which takes seconds to compile.
#include "reply_reader.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <limits>
#include <optional>

#include "reply.h"

namespace millrace::lambda_invoke {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::beast::error_code;
using Text = boost::beast::string_view;

constexpr int kMostInterim = 32;

std::string_view view(Text text) {
  return {text.data(), text.size()};
}

class BeastParser final : public http::basic_parser<false> {
 public:
  explicit BeastParser(Reply& reply) : reply_(reply) {
    eager(true);
    header_limit(kLongestHead);
    body_limit(std::numeric_limits<std::uint64_t>::max());  // counted here; boost::none means 0 in 1.74
  }
  // Known from its length, before any of the body has come, or from what has come.
  bool is_too_large() {
    return received_ > kLargestReply || (is_header_done() && content_length().value_or(0) > kLargestReply);
  }

 private:
  void on_request_impl(http::verb, Text, Text, int, ErrorCode&) override {}
  void on_response_impl(int code, Text, int, ErrorCode&) override {
    reply_ = Reply{};
    reply_.status = code;
  }
  // Also for the fields behind a chunked body: an error reported that late is an error.
  void on_field_impl(http::field, Text name, Text value, ErrorCode&) override {
    note_header(reply_, view(name), view(value));
  }
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(Text body, ErrorCode& error) override {
    received_ += body.size();
    if (received_ > kLargestReply) {
      error = http::error::body_limit;
      return 0;
    }
    keep_body(reply_, view(body));
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorCode& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(ErrorCode&) override {}

  Reply& reply_;
  std::uint64_t received_ = 0;
};

}  // namespace

class ReplyReader::Parser {
 public:
  std::optional<BeastParser> beast;
};

ReplyReader::ReplyReader() : parser_(std::make_unique<Parser>()) {}
ReplyReader::~ReplyReader() = default;

void ReplyReader::begin(Reply& reply) {
  reply_ = &reply;
  parser_->beast.emplace(reply);
  pending_.clear();
  interim_ = 0;
  has_rest_ = has_begun_ = keeps_alive_ = false;
  why_.clear();
}

ReplyReader::State ReplyReader::feed(std::string_view data) {
  if (data.empty()) return State::kMore;
  has_begun_ = true;
  const bool buffered = !pending_.empty();
  if (buffered) pending_.append(data);
  rest_ = buffered ? std::string_view(pending_) : data;
  const State state = parse();
  if (state != State::kMore) return state;
  if (rest_.size() > kLongestHead) return refuse("the reply's headers are too long");
  if (buffered) {
    pending_.erase(0, pending_.size() - rest_.size());
  } else {
    pending_.assign(rest_);
  }
  return state;
}

ReplyReader::State ReplyReader::parse() {
  while (!rest_.empty()) {
    BeastParser& beast = *parser_->beast;
    ErrorCode error;
    const std::size_t used = beast.put(boost::asio::const_buffer(rest_.data(), rest_.size()), error);
    rest_.remove_prefix(used);
    if (beast.is_too_large()) return State::kTooLarge;
    if (error && error != http::error::need_more) return refuse(error.message());
    if (beast.is_done()) {
      if (reply_->status / 100 == 1 && reply_->status != 101) {
        if (++interim_ > kMostInterim) return refuse("interim replies only");
        parser_->beast.emplace(*reply_);
        continue;
      }
      keeps_alive_ = beast.keep_alive() && reply_->status != 101;
      has_rest_ = !rest_.empty();
      return State::kDone;
    }
    if (error || used == 0) break;
  }
  return State::kMore;
}

ReplyReader::State ReplyReader::end() {
  if (!has_begun_) return refuse("the endpoint closed it without a reply");
  BeastParser& beast = *parser_->beast;
  if (!beast.is_header_done() || !beast.need_eof() || !pending_.empty())
    return refuse("the endpoint closed it within the reply");
  ErrorCode error;
  beast.put_eof(error);
  if (error || !beast.is_done()) return refuse("the endpoint closed it within the reply");
  keeps_alive_ = false;
  return State::kDone;
}

ReplyReader::State ReplyReader::refuse(std::string why) {
  why_ = std::move(why);
  return State::kBroken;
}

bool ReplyReader::keeps_alive() const {
  return keeps_alive_;
}
bool ReplyReader::has_rest() const {
  return has_rest_;
}
const std::string& ReplyReader::why() const {
  return why_;
}

}  // namespace millrace::lambda_invoke
