// The sink `grpc`: one request is one message to a function that implements millrace.function.v1.FunctionService.
//
// submit() only builds the message around the host's bytes and hands it to the least busy channel; the channel's own
// thread answers. A request larger than the function takes is answered without being sent.
//
// submit() is called by one thread at a time; answers come from the channels' threads.
#include <millrace/plugin.hpp>

#include <openssl/crypto.h>

#include <algorithm>

#include "channel.h"
#include "errors.h"
#include "schema.h"
#include "settings.h"

namespace millrace::grpc_sink {
namespace {

class GrpcSink {
 public:
  static constexpr Info info{.type = "grpc",
                             .summary = "Calls a function over gRPC, request by request or on open streams.",
                             .schema = kSchema,
                             .max_in_flight = 1024,
                             .stability = MR_BETA};

  GrpcSink(Host host, const Config& config) : host_(host), settings_(read_settings(config)) {}
  ~GrpcSink() { stop(0); }

  void start() {
    Resolved secrets = resolve();
    for (std::uint32_t i = 0; i < settings_.channels; ++i) {
      LinkOptions options{.pipeline = std::string(host_.pipeline_id()),
                          .metadata = secrets.metadata,
                          .timeout_ms = settings_.timeout_ms,
                          .number = static_cast<int>(i)};
      auto channel = open_channel(settings_, secrets);
      links_.push_back(settings_.stream ? make_stream_link(std::move(channel), std::move(options))
                                        : make_unary_link(std::move(channel), std::move(options)));
    }
    OPENSSL_cleanse(secrets.client.key.data(), secrets.client.key.size());
    host_.log().info("requests go to a function",
                     {field("target", settings_.shown), field("mode", settings_.stream ? "stream" : "unary"),
                      field("channels", std::to_string(settings_.channels)),
                      field("tls", !settings_.tls               ? "no"
                                   : secrets.client.key.empty() ? "yes"
                                                                : "with a certificate")});
  }

  void stop(std::uint64_t deadline_ns) {
    if (links_.empty()) return;
    for (const auto& link : links_) link->stop(deadline_ns);
    // Payloads that gRPC was still writing; closing the connections has cut that short.
    outstanding_.wait_for_none(~std::uint64_t{0});
    links_.clear();
  }

  mr_limits limits() const { return {settings_.max_message_bytes - kHeadRoom, 0, 0}; }

  bool submit(const mr_request& request, Completion& completion) {
    if (links_.empty()) throw Error(MR_FAILED_PRECONDITION, "The sink was not started.");
    if (request.body.size > limits().max_bytes) {
      std::move(completion)
          .too_large("The request has " + std::to_string(request.body.size) +
                         " bytes; max_message_bytes leaves room for " + std::to_string(limits().max_bytes),
                     {field("id", "MR4112")});
      return true;
    }
    if (outstanding_.count() >= info.max_in_flight) return false;
    const auto least = std::min_element(links_.begin(), links_.end(),
                                        [](const auto& a, const auto& b) { return a->under_way() < b->under_way(); });
    auto* exchange = new Exchange(request, std::move(completion), outstanding_);
    const std::uint64_t own = now_ns() + settings_.timeout_ms * 1'000'000;
    exchange->deadline_ns = request.deadline_ns == 0 ? own : std::min(own, request.deadline_ns);
    (*least)->send(exchange);
    return true;
  }

  // Asks whether a connection can be made. Whether the function is there cannot be asked without calling it.
  void check(std::uint64_t deadline_ns, CheckReport& out) {
    Resolved secrets;
    try {
      secrets = resolve();
      out.pass("credentials", {field("tls", settings_.tls ? "yes" : "no")});
    } catch (const Error& error) {
      return out.fail("credentials", error);
    }
    const auto channel = open_channel(settings_, secrets);
    const std::uint64_t until = std::min(deadline_ns, now_ns() + 30'000'000'000);
    const std::vector<mr_field> where{field("target", settings_.shown)};
    if (!connects(*channel, to_timespec(until)))
      return out.fail("connection",
                      Error(MR_UNAVAILABLE, "There is no connection to " + settings_.shown + ".", "/target")
                          .id("MR4114")
                          .hint("Check target, network, firewall and whether both sides use TLS."),
                      where);
    out.pass("connection", where);
    out.skip("function", {field("why", "only a request would tell, and that would run it")});
  }

 private:
  // False at the first failure, not only at the deadline.
  static bool connects(grpc::Channel& channel, gpr_timespec deadline) {
    for (;;) {
      const grpc_connectivity_state state = channel.GetState(true);
      if (state == GRPC_CHANNEL_READY) return true;
      if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN) return false;
      if (!channel.WaitForStateChange(state, deadline)) return false;
    }
  }

  std::string secret(const std::string& reference) const {
    std::string value;
    host_.secret(reference, [&](std::string_view secret) { value = secret; });
    return value;
  }

  Resolved resolve() const {
    Resolved secrets;
    for (const auto& [name, value] : settings_.metadata)
      secrets.metadata.emplace_back(name, is_secret_reference(value) ? metadata_value(name, secret(value)) : value);
    if (!settings_.tls) return secrets;
    if (!settings_.tls->root_ca.empty()) {
      secrets.root_ca = secret(settings_.tls->root_ca);
      check_authorities(secrets.root_ca);
    }
    if (!settings_.tls->credentials.empty()) {
      std::string text = secret(settings_.tls->credentials);
      secrets.client = read_key_pair(text);
      OPENSSL_cleanse(text.data(), text.size());
    }
    return secrets;
  }

  const Host host_;
  const Settings settings_;
  Outstanding outstanding_;
  std::vector<std::unique_ptr<Link>> links_;
};

constexpr PluginInfo kPlugin{
    .name = "millrace.sink_grpc", .version = "0.1.0", .vendor = "Millrace", .license = "Apache-2.0", .errors = kErrors};

}  // namespace
}  // namespace millrace::grpc_sink

MR_PLUGIN(millrace::grpc_sink::kPlugin, &millrace::sink<millrace::grpc_sink::GrpcSink>)
