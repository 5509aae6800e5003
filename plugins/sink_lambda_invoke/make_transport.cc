// The choice between the transports. The tests link one that always takes libcurl beside it (make_transport_curl.cc).
#include "curl_transport.h"
#include "plain_transport.h"

namespace millrace::lambda_invoke {

std::unique_ptr<Transport> make_transport(TransportOptions options, Transport::Finished finished) {
  if (options.url.starts_with("https:"))
    return std::make_unique<CurlTransport>(std::move(options), std::move(finished));
  return std::make_unique<PlainTransport>(std::move(options), std::move(finished));
}

}  // namespace millrace::lambda_invoke
