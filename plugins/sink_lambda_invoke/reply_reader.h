// Reads one HTTP/1.1 reply from the bytes of a connection as they come, with Boost.Beast's parser.
//
// Never holds more than kLongestHead bytes that it has not understood yet, and never a body that nobody will read.
// Interim replies (1xx) are skipped. What follows the reply is not touched: has_rest() says that there is something,
// and then the connection is not to be trusted with another request.
//
// Used by plain_transport.cc. One thread at a time.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "transport.h"

namespace millrace::lambda_invoke {

constexpr std::size_t kLongestHead = 64 << 10;  // of a reply's status line and headers, or of a chunk's own line

class ReplyReader {
 public:
  enum class State { kMore, kDone, kBroken, kTooLarge };

  ReplyReader();
  ~ReplyReader();

  // Forgets everything and reads into `reply` from now on.
  void begin(Reply& reply);
  State feed(std::string_view data);
  // The peer sends no more.
  State end();

  // Of a reply that is done:
  bool keeps_alive() const;
  bool has_rest() const;
  // Of one that is broken: why.
  const std::string& why() const;

 private:
  class Parser;
  State parse();
  State refuse(std::string why);

  std::unique_ptr<Parser> parser_;
  std::string pending_;    // not parsed yet
  std::string_view rest_;  // of what feed() was given or of pending_, during feed()
  Reply* reply_ = nullptr;
  int interim_ = 0;
  bool has_rest_ = false;
  bool has_begun_ = false;
  bool keeps_alive_ = false;
  std::string why_;
};

}  // namespace millrace::lambda_invoke
