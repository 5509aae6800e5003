// What is switched off here would make gRPC contact others than the target or wait longer than the host's back-off:
// proxies from the environment, service configuration from DNS, retries of its own, reconnecting once in two minutes.
#include "channel.h"

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cstdlib>
#include <mutex>

namespace millrace::grpc_sink {
namespace {

// gRPC's core writes to standard error, which is the host's. What it says there comes back as a status anyway, so it is
// silenced unless somebody asked for it.
void silence_grpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("GRPC_VERBOSITY") == nullptr && std::getenv("GRPC_TRACE") == nullptr)
      gpr_set_log_function([](gpr_log_func_args*) {});
  });
}

}  // namespace

std::shared_ptr<grpc::Channel> open_channel(const Settings& settings, const Resolved& secrets) {
  silence_grpc();
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix("millrace");
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);  // in truth: how long one attempt to connect may take
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1000);
  // A peer that takes no byte for 20 s is given up (TCP_USER_TIMEOUT), so that no write keeps a payload for ever. The
  // pings behind it come less often than once in the 5 minutes that servers allow.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 330'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  arguments.SetMaxSendMessageSize(-1);  // limits() and submit() see to it
  arguments.SetMaxReceiveMessageSize(kLargestResponse);
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (settings.tls) {
    if (!settings.tls->server_name.empty()) arguments.SetSslTargetNameOverride(settings.tls->server_name);
    credentials = grpc::SslCredentials({.pem_root_certs = secrets.root_ca,
                                        .pem_private_key = secrets.client.key,
                                        .pem_cert_chain = secrets.client.certificates});
  } else {
    credentials = grpc::InsecureChannelCredentials();
  }
  return grpc::CreateCustomChannel(settings.target, credentials, arguments);
}

gpr_timespec to_timespec(std::uint64_t deadline_ns) {
  return {static_cast<std::int64_t>(deadline_ns / 1'000'000'000),
          static_cast<std::int32_t>(deadline_ns % 1'000'000'000), GPR_CLOCK_MONOTONIC};
}

std::string pushback_of(const grpc::ClientContext& context) {
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto at = trailing.find("grpc-retry-pushback-ms");
  return at == trailing.end() ? std::string() : std::string(at->second.data(), at->second.size());
}

}  // namespace millrace::grpc_sink
