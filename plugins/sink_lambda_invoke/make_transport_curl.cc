// Linked into sink_lambda_invoke_loopback_curl only, in place of make_transport.cc: the same tests over libcurl.
#include "curl_transport.h"

namespace millrace::lambda_invoke {

std::unique_ptr<Transport> make_transport(TransportOptions options, Transport::Finished finished) {
  return std::make_unique<CurlTransport>(std::move(options), std::move(finished));
}

}  // namespace millrace::lambda_invoke
