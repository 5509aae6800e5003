// What a librdkafka error means for an operator: which of our problems it is, with AWS's text and reason code.
//
// Invariant: the order of the rules. TLS alerts from the peer come before error codes, because TLS 1.3 delivers "the
// broker refused my certificate" as a transport error; the certificate check's own verdict comes before librdkafka's
// text, which is the same for an unknown CA and a wrong name.
//
// Pure; used by session.cc and health_board.h. The tables follow what librdkafka 2.14 says.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include <millrace/plugin.hpp>

namespace millrace::kafka {

struct Problem {
  std::uint32_t state = MR_DEGRADED;
  mr_status code = MR_UNAVAILABLE;
  std::string id, reason, message, detail, hint;

  Error to_error() const { return Error(code, message).id(id).reason(reason).detail(detail).hint(hint); }
  // The same trouble, whatever the wording of its second line (ports and times differ from one attempt to the next).
  bool same_as(const Problem& o) const { return state == o.state && id == o.id && message == o.message; }
};

enum class Kind {
  kNothing,        // normal, or said elsewhere
  kNetwork,        // one connection failed: kept as the first cause, shown when no broker is left
  kAllDown,        // no broker is left; says nothing about why
  kConnection,     // certain to concern every connection: shown at once
  kUnknownTopic,   // shown after a while, because clusters say it in passing
  kUnauthorized,   // an ACL is missing
  kGroupProtocol,  // the group speaks another assignment protocol
  kPollExceeded,   // the host did not poll in time
  kFatal,          // this client is finished; it has to be opened anew
};

struct Verdict {
  Kind kind = Kind::kNothing;
  Problem problem;
};

// `x509_error` is what the certificate check saw last on this client, 0 for nothing.
Verdict classify(rd_kafka_resp_err_t err, std::string_view text, int x509_error, bool fatal = false);

// librdkafka refused to make a client.
Problem creation_problem(std::string_view text);

Problem unknown_topic(std::string_view topic);
// "Connection refused" explains more than the "Disconnected" before it.
bool says_more(std::string_view text, std::string_view than);
Problem unreachable(std::string_view servers, std::string_view first_cause);

}  // namespace millrace::kafka
