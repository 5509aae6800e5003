// Is a broker's certificate for a name that it is not reached by? Answers `tls.server_name`, which librdkafka cannot:
// its own check knows only the name in bootstrap_servers and advertised.listeners.
//
// Invariant: asked only about certificates whose chain was already verified. Thread-safe.
#pragma once

#include <cstddef>
#include <string>

namespace millrace::kafka {

// `der`: the leaf as it came over the wire. `name`: a DNS name or an IP address.
bool certificate_is_for(const void* der, std::size_t size, const std::string& name);

}  // namespace millrace::kafka
