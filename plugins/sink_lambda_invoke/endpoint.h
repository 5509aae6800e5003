// Where requests go: region and endpoint, from the configuration, the function's ARN and the environment.
//
// Whether the address is one of AWS's is decided here, once: plugin.cc refuses to start without credentials when it is.
//
// Thread-safe: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "environment.h"

namespace millrace::lambda_invoke {

struct Endpoint {
  std::string origin;  // "https://lambda.us-east-1.amazonaws.com", "http://[::1]:9001"
  std::string host;    // the Host header: without the port where it is the scheme's own
  std::string path;    // before the API's own path: "" or "/base"
  std::string region;  // for the signature; "" when there is none and none is needed to reach the endpoint
  bool is_https = false;
  bool is_aws = false;
};

struct EndpointChoice {
  std::string_view endpoint;         // of the configuration, or ""
  std::string_view region;           // of the configuration, or ""
  std::string_view function_region;  // of the function's ARN, or ""
};

// Endpoint: configuration, AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL, AWS's own for the region. Region: configuration,
// ARN, AWS_REGION, AWS_DEFAULT_REGION, us-east-1 with an endpoint of one's own.
// Throws millrace::Error: MR4002 for the endpoint, MR4003 for the region.
Endpoint choose_endpoint(const EndpointChoice& choice, const Environment& environment);

// True for names under which AWS answers, public and private ones, in every partition.
bool is_aws_host(std::string_view host);

}  // namespace millrace::lambda_invoke
