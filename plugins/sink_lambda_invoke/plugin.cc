// The sink `lambda_invoke`: one request is one synchronous invocation of a Lambda function.
//
// No AWS address is ever contacted without credentials: create() refuses what is clear from the configuration, start()
// the rest, both before any connection. submit() signs and hands over; the transport's thread answers.
//
// submit() is called by one thread at a time (it keeps the signer's state); answers come from the transport's thread.
#include <millrace/plugin.hpp>

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdlib>
#include <future>

#include "answer.h"
#include "credentials.h"
#include "curl_transport.h"
#include "deadlines.h"
#include "endpoint.h"
#include "errors.h"
#include "function_name.h"
#include "schema.h"

namespace millrace::lambda_invoke {
namespace {

constexpr std::uint64_t kLargestRequest = 6291456;  // AWS's limit for a synchronous invocation

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

class LambdaInvoke {
 public:
  static constexpr Info info{
      .type = "lambda_invoke",
      .summary = "Invokes an AWS Lambda function, on AWS or at any endpoint with its Invoke API.",
      .schema = kSchema,
      .max_in_flight = 1024,
      .stability = MR_BETA};

  LambdaInvoke(Host host, const Config& config)
      : host_(host),
        function_(
            parse_function_name(config.at("function").get<std::string>(), config.at("qualifier").get<std::string>())),
        endpoint_(choose_endpoint({config.at("endpoint").get_ref<const std::string&>(),
                                   config.at("region").get_ref<const std::string&>(), function_.region},
                                  from_environment)),
        sign_(config.at("sign").get<std::string>()),
        credentials_config_(config.at("credentials")),
        root_ca_reference_(config.at("root_ca").get<std::string>()),
        path_(endpoint_.path + invocation_path(function_)),
        query_(invocation_query(function_)),
        connect_timeout_ms_(config.at("connect_timeout").get<std::uint64_t>()),
        timeout_ms_(config.at("timeout").get<std::uint64_t>()),
        signer_("lambda", endpoint_.region) {
    check_credentials_config(credentials_config_);
    if (sign_ == "never" && endpoint_.is_aws) {
      throw no_credentials("sign is never, but the endpoint " + endpoint_.origin + " is AWS's.", "/sign");
    }
    if (!root_ca_reference_.empty() && !endpoint_.is_https) {
      host_.log().warn("root_ca has no effect: the endpoint is plain http", {field("endpoint", endpoint_.origin)});
    }
  }

  ~LambdaInvoke() { forget_credentials(); }

  void start() {
    transport_ = make_transport(prepare("RequestResponse"), &LambdaInvoke::answer);
    host_.log().info("requests go to a function",
                     {field("function", function_.name), field("qualifier", function_.qualifier),
                      field("endpoint", endpoint_.origin), field("region", endpoint_.region),
                      field("signed", credentials_ ? "with " + credentials_->from : "no")});
  }

  void stop(std::uint64_t deadline_ns) {
    if (transport_) transport_->stop(deadline_ns);
  }

  mr_limits limits() const { return {kLargestRequest, 0, 0}; }

  bool submit(const mr_request& request, Completion& completion) {
    if (!transport_) throw Error(MR_FAILED_PRECONDITION, "The sink was not started.");
    if (request.body.size > kLargestRequest) {
      std::move(completion)
          .too_large("The request has " + std::to_string(request.body.size) + " bytes; a function takes " +
                         std::to_string(kLargestRequest),
                     {field("id", "MR4013")});
      return true;
    }
    auto exchange = std::make_unique<Exchange>(std::move(completion));
    exchange->body = request.body;
    exchange->deadline_ns = request.deadline_ns;
    if (credentials_) sign(*exchange, "RequestResponse");
    if (transport_->send(exchange)) return true;
    completion = std::move(exchange->completion);
    return false;
  }

  // Asks whether the function can be invoked without invoking it. Only AWS knows such a question; at an endpoint of
  // one's own a dry run would be a run, so that there the connection is all that is tried.
  void check(std::uint64_t deadline_ns, CheckReport& out) {
    TransportOptions options;
    try {
      options = prepare("DryRun");
      out.pass("credentials", {field("signed", credentials_ ? "with " + credentials_->from : "no")});
    } catch (const Error& error) {
      return out.fail("credentials", error);
    }
    const std::uint64_t now = now_ns();
    const std::uint64_t left_ms = deadline_ns > now ? (deadline_ns - now) / kMsToNs : 0;
    options.timeout_ms = std::clamp<std::uint64_t>(left_ms, 1, 30'000);
    options.connect_timeout_ms = std::min(options.connect_timeout_ms, options.timeout_ms);
    const std::vector<mr_field> where{field("endpoint", endpoint_.origin)};
    if (const std::optional<Reply> failure = probe(options)) {
      return out.fail("connection", finding(judge(*failure, std::time(nullptr))), where);
    }
    out.pass("connection", where);
    if (!endpoint_.is_aws) return out.skip("function", {field("why", "only AWS answers without running it")});

    std::promise<Reply> promise;
    CurlTransport transport(options, [&](Exchange& exchange) { promise.set_value(std::move(exchange.reply)); });
    auto exchange = std::make_unique<Exchange>(Completion(mr_completion{}));
    if (credentials_) sign(*exchange, "DryRun");
    transport.send(exchange);
    const Judgement judgement = judge(promise.get_future().get(), std::time(nullptr));
    const std::vector<mr_field> what{field("function", function_.name)};
    if (judgement.outcome == MR_DONE) return out.pass("function", what);
    out.fail("function", finding(judgement), what);
  }

 private:
  static Error no_credentials(const std::string& message, const std::string& at) {
    return Error(MR_FAILED_PRECONDITION, message, at)
        .id("MR4004")
        .hint(
            "Give credentials, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or set endpoint for a function that is "
            "not on AWS.");
  }

  static Error finding(const Judgement& judgement) {
    return Error(judgement.code, judgement.detail).id(judgement.id).reason(judgement.reason);
  }

  std::string secret(const std::string& reference) const {
    std::string value;
    host_.secret(reference, [&](std::string_view secret) { value = secret; });
    return value;
  }

  void forget_credentials() {
    if (!credentials_) return;
    for (std::string* part : {&credentials_->credentials.secret_access_key, &credentials_->credentials.session_token}) {
      OPENSSL_cleanse(part->data(), part->size());
    }
    credentials_.reset();
  }

  // Everything that has to be right before the first connection.
  TransportOptions prepare(const char* invocation_type) {
    forget_credentials();
    if (sign_ != "never") {
      credentials_ = find_credentials(
          credentials_config_, {from_environment, read_file, [this](const std::string& r) { return secret(r); }});
      if (!credentials_ && endpoint_.is_aws) {
        throw no_credentials("There are no credentials for " + endpoint_.origin + "; nothing was sent.",
                             "/credentials");
      }
      if (!credentials_ && sign_ == "always") {
        throw no_credentials("sign is always, but there are no credentials.", "/credentials");
      }
    }
    TransportOptions options{
        .url = endpoint_.origin + path_ + (query_.empty() ? "" : "?" + query_),
        .headers = {"Host: " + endpoint_.host, "Content-Type: application/json",
                    std::string("X-Amz-Invocation-Type: ") + invocation_type, "User-Agent: millrace"},
        .root_ca = {},
        .connect_timeout_ms = connect_timeout_ms_,
        .timeout_ms = timeout_ms_,
        .max_in_flight = info.max_in_flight};
    if (!root_ca_reference_.empty()) {
      options.root_ca = secret(root_ca_reference_);
      check_pem(options.root_ca);
    }
    return options;
  }

  static void check_pem(const std::string& text) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                        &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
    if (certificate) return;
    throw Error(MR_INVALID_ARGUMENT, "The secret that root_ca names holds no certificate in PEM.", "/root_ca")
        .id("MR4006");
  }

  void sign(Exchange& exchange, const char* invocation_type) {
    auto& headers = exchange.headers;
    headers.reserve(3);
    const std::pair<std::string, std::string> covered[] = {
        {"content-type", "application/json"}, {"host", endpoint_.host}, {"x-amz-invocation-type", invocation_type}};
    const SigV4::Signed signature =
        signer_.sign({.method = "POST",
                      .path = path_,
                      .query = query_,
                      .headers = covered,
                      .body = {exchange.body.data, static_cast<std::size_t>(exchange.body.size)}},
                     credentials_->credentials, std::time(nullptr));
    headers.push_back("X-Amz-Date: " + signature.date);
    headers.push_back("Authorization: " + signature.authorization);
    const std::string& token = credentials_->credentials.session_token;
    if (!token.empty()) headers.push_back("X-Amz-Security-Token: " + token);
  }

  // On the transport's thread.
  static void answer(Exchange& exchange) {
    const Reply& reply = exchange.reply;
    const Judgement judgement = judge(reply, std::time(nullptr));
    const std::string status = std::to_string(reply.status);
    std::vector<mr_field> attributes;
    attributes.reserve(5);
    const auto add = [&](const char* name, std::string_view value) {
      if (!value.empty()) attributes.push_back(field(name, value));
    };
    if (reply.kind == Reply::Kind::kHttp) add("statusCode", status);
    add("requestId", reply.request_id);
    add("functionError", reply.function_error);
    add("executedVersion", reply.executed_version);
    add("id", judgement.id);
    std::move(exchange.completion)
        .answer({.outcome = judgement.outcome,
                 .code = judgement.code,
                 .detail = judgement.detail,
                 .reason = judgement.reason,
                 .retry_after_ms = judgement.retry_after_ms,
                 .failed = {},
                 .attributes = attributes});
  }

  const Host host_;
  const FunctionName function_;
  const Endpoint endpoint_;
  const std::string sign_;
  const Config credentials_config_;
  const std::string root_ca_reference_;
  const std::string path_;
  const std::string query_;
  const std::uint64_t connect_timeout_ms_;
  const std::uint64_t timeout_ms_;
  SigV4 signer_;
  std::optional<FoundCredentials> credentials_;
  std::unique_ptr<Transport> transport_;
};

constexpr PluginInfo kPlugin{.name = "millrace.sink_lambda_invoke",
                             .version = "0.1.0",
                             .vendor = "Millrace",
                             .license = "Apache-2.0",
                             .errors = kErrors};

}  // namespace
}  // namespace millrace::lambda_invoke

MR_PLUGIN(millrace::lambda_invoke::kPlugin, &millrace::sink<millrace::lambda_invoke::LambdaInvoke>)
