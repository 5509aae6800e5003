// What a signature costs per size of the body, with the signing key cached as in a running sink.
#include <benchmark/benchmark.h>

#include <string>

#include "sigv4.h"

namespace millrace::lambda_invoke {
namespace {

void sign(benchmark::State& state) {
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  const std::vector<std::pair<std::string, std::string>> headers{{"content-type", "application/json"},
                                                                 {"host", "lambda.us-east-1.amazonaws.com"},
                                                                 {"x-amz-invocation-type", "RequestResponse"}};
  const Credentials credentials{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  SigV4 signer("lambda", "us-east-1");
  const SignatureInput input{.method = "POST",
                             .path = "/2015-03-31/functions/my-function/invocations",
                             .query = "Qualifier=PROD",
                             .headers = headers,
                             .body = {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()}};
  for (auto _ : state) benchmark::DoNotOptimize(signer.sign(input, credentials, 1769860800));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sign)->Arg(1 << 10)->Arg(100 << 10)->Arg(6 << 20);

}  // namespace
}  // namespace millrace::lambda_invoke

BENCHMARK_MAIN();
