#include "health_classifier.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace millrace::kafka {
namespace {

constexpr const char* kAuthn = "EVENT_SOURCE_AUTHN_ERROR";
constexpr const char* kAuthz = "EVENT_SOURCE_AUTHZ_ERROR";
constexpr const char* kConfigNotValid = "ESM_CONFIG_NOT_VALID";

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The number in "… SSL alert number 48": an alert that the peer sent.
std::optional<int> alert_number(std::string_view text) {
  constexpr std::string_view kMark = "SSL alert number ";
  const std::size_t at = text.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  int number = 0;
  const char* first = text.data() + at + kMark.size();
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

bool about_client_certificate(int alert) {
  constexpr std::array kAlerts{40, 41, 42, 43, 44, 45, 46, 48, 49, 116};
  return std::find(kAlerts.begin(), kAlerts.end(), alert) != kAlerts.end();
}

std::string_view x509_text(int code) {
  switch (code) {
    case 10:
      return "the broker's certificate has expired";
    case 18:
      return "the broker's certificate is self-signed and not trusted";
    case 19:
      return "the broker's chain ends in a CA that is not trusted";
    case 20:
      return "the CA that issued the broker's certificate is not known";
    case 62:
      return "the broker's certificate is for another host name";
    default:
      return "the broker's certificate was refused";
  }
}

Problem broken(mr_status code, const char* id, const char* reason, std::string message, std::string_view detail,
               const char* hint) {
  return {MR_BROKEN, code, id, reason, std::move(message), std::string(detail), hint};
}

Problem tls_server_problem(std::string_view text, int x509_error) {
  std::string detail(x509_error == 0 ? std::string_view("certificate verify failed") : x509_text(x509_error));
  if (x509_error != 0) detail += " (X509 error " + std::to_string(x509_error) + ")";
  detail += ": " + std::string(text);
  return broken(
      MR_UNAUTHENTICATED, "MR3014", kAuthn, "Lambda failed to authenticate server.", detail,
      x509_error == 62
          ? "Use the name that the broker's certificate carries in bootstrap_servers and advertised.listeners."
          : "Give the CA that signed the brokers' certificates: auth: [{type: tls, root_ca: ...}].");
}

Problem one_end_of_tls(std::string_view text) {
  return broken(MR_FAILED_PRECONDITION, "MR3017", kConfigNotValid,
                "TLS is on at one end of the connection and off at the other.", text,
                "Compare the listener's port with the pipeline's auth: [{type: tls}] turns TLS on.");
}

struct Cause {
  std::string_view mark, words, remedy;
};

// The first mark that librdkafka's text has; without any text, no connection has ended yet in one way or another.
const Cause& why_unreachable(std::string_view text) {
  static constexpr Cause kSilent{"timed out", "there is no answer",
                                 "Check host and port in bootstrap_servers, and that no firewall drops the packets."};
  static constexpr std::array kCauses{
      Cause{"Failed to resolve", "the name does not resolve",
            "Correct the name in bootstrap_servers, or this machine's name resolution."},
      Cause{"Connection refused", "the connection is refused",
            "Start the brokers, or correct host and port in bootstrap_servers."},
      Cause{"SSL", "the TLS handshake fails", "Compare the brokers' TLS listener with auth: [{type: tls}]."},
      kSilent,
      Cause{"unreachable", "there is no route to it", "Check host and port in bootstrap_servers, and the network."},
      Cause{"No route", "there is no route to it", "Check host and port in bootstrap_servers, and the network."},
      Cause{"Disconnected", "it hangs up", "Check that the port is a Kafka listener's, and the brokers' log."},
  };
  static constexpr Cause kUnknown{"", "every connection fails", "Check the brokers' log, and bootstrap_servers."};
  if (text.empty()) return kSilent;
  const auto it = std::find_if(kCauses.begin(), kCauses.end(), [&](const Cause& c) { return has(text, c.mark); });
  return it == kCauses.end() ? kUnknown : *it;
}

std::string_view missing_acl(rd_kafka_resp_err_t err) {
  switch (err) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "Allow Describe and Read on the topic.";
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return "Allow Describe and Read on the consumer group.";
    default:
      return "Allow DescribeConfigs on the cluster.";
  }
}

}  // namespace

Verdict classify(rd_kafka_resp_err_t err, std::string_view text, int x509_error, bool fatal) {
  if (fatal || err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || err == RD_KAFKA_RESP_ERR__FATAL) {
    if (err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
      return {Kind::kFatal,
              broken(MR_ABORTED, "MR3026", "", "Another member took over this host's place in the consumer group.",
                     text, "Two hosts share a host id. Give each its own; until then this one joins without one.")};
    return {Kind::kFatal, broken(MR_INTERNAL, "MR3027", "", "The Kafka client failed and is opened anew.", text,
                                 "If it comes back, report it with the log.")};
  }
  if (const auto alert = alert_number(text); alert && about_client_certificate(*alert))
    return {Kind::kConnection, broken(MR_UNAUTHENTICATED, "MR3013", kAuthn, "Server failed to authenticate Lambda.",
                                      text, "Give a client certificate that the brokers trust.")};
  if (has(text, "certificate verify failed")) return {Kind::kConnection, tls_server_problem(text, x509_error)};
  switch (err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__NO_OFFSET:
      return {};
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      if (has(text, "Unsupported SASL mechanism") || has(text, "mechanism handshake failed"))
        return {Kind::kConnection, broken(MR_UNAUTHENTICATED, "MR3012", kConfigNotValid, "SASL authentication failed.",
                                          text, "Use a mechanism that the brokers' listener offers.")};
      return {Kind::kConnection, broken(MR_UNAUTHENTICATED, "MR3012", kAuthn, "SASL authentication failed.", text,
                                        "Check user name and password, and that the user exists on this cluster.")};
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return {Kind::kUnauthorized, broken(MR_PERMISSION_DENIED, "MR3016", kAuthz, "Cluster failed to authorize Lambda.",
                                          text, missing_acl(err).data())};
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return {Kind::kUnknownTopic, {}};
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
      return {Kind::kGroupProtocol,
              broken(MR_FAILED_PRECONDITION, "MR3028", "", "The consumer group uses another assignment protocol.", text,
                     "Let its other members use range, roundrobin or cooperative-sticky, or choose another group.")};
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
      return {Kind::kPollExceeded,
              {MR_DEGRADED, MR_DEADLINE_EXCEEDED, "MR3025", "",
               "The host did not poll within max.poll.interval.ms and left the group.", std::string(text),
               "It rejoins by itself. If it comes back, the machine is overloaded or the process was frozen."}};
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return {Kind::kAllDown, {}};
    default:
      break;
  }
  if (has(text, "connecting to a PLAINTEXT broker listener") || has(text, "incorrect security.protocol"))
    return {Kind::kConnection, one_end_of_tls(text)};
  return {Kind::kNetwork, {}};
}

Problem creation_problem(std::string_view text) {
  const bool pem = has(text, "ssl.") || has(text, "certificate") || has(text, "PEM") || has(text, "key");
  if (pem)
    return broken(MR_INVALID_ARGUMENT, "MR3015", kConfigNotValid, "Provided certificate or private key is invalid.",
                  text, "Give PEM text: -----BEGIN CERTIFICATE----- and so on, unbroken.");
  return broken(MR_INVALID_ARGUMENT, "MR3003", kConfigNotValid, "librdkafka refuses the configuration.", text,
                "Check the properties under librdkafka.");
}

Problem unknown_topic(std::string_view topic) {
  return {MR_BROKEN,
          MR_NOT_FOUND,
          "MR3020",
          "",
          "The topic " + std::string(topic) + " does not exist.",
          "The brokers do not know it, or hide it from this user.",
          "Create the topic, or correct the name. Consuming starts by itself once it is there."};
}

bool says_more(std::string_view text, std::string_view than) {
  return than.empty() || (has(than, "Disconnected") && !has(text, "Disconnected"));
}

Problem unreachable(std::string_view servers, std::string_view first_cause) {
  // A TLS listener that is spoken to in plain text hangs up on the first request, and librdkafka leaves it at that.
  const bool hung_up = has(first_cause, "Disconnected") && has(first_cause, "in state APIVERSION_QUERY");
  const bool plain = !first_cause.starts_with("ssl://") && !first_cause.starts_with("sasl_ssl://");
  if (hung_up && plain) return one_end_of_tls(first_cause);
  const Cause& cause = why_unreachable(first_cause);
  std::string detail = "Asked: " + std::string(servers);
  if (!first_cause.empty()) detail += ". The first failure: " + std::string(first_cause);
  return {MR_DEGRADED,
          MR_UNAVAILABLE,
          "MR3011",
          "",
          "No broker can be reached: " + std::string(cause.words) + ".",
          detail,
          std::string(cause.remedy) + " Connecting is tried again by itself."};
}

}  // namespace millrace::kafka
