// A URL here is scheme, host, port and path; everything else (user, query, fragment) is refused, so that no secret
// hides in a configuration and the signature covers exactly what is sent.
#include "endpoint.h"

#include <algorithm>
#include <array>
#include <millrace/error.hpp>

namespace millrace::lambda_invoke {
namespace {

struct Partition {
  std::string_view region_prefix;
  std::string_view domain;
};
constexpr std::array<Partition, 7> kPartitions{{{"cn-", "amazonaws.com.cn"},
                                                {"us-iso-", "c2s.ic.gov"},
                                                {"us-isob-", "sc2s.sgov.gov"},
                                                {"us-isof-", "csp.hci.ic.gov"},
                                                {"eu-isoe-", "cloud.adc-e.uk"},
                                                {"eusc-", "amazonaws.eu"},
                                                {"", "amazonaws.com"}}};
constexpr std::string_view kDualStackDomain = "api.aws";

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

[[noreturn]] void fail(const std::string& source, std::string_view url, const std::string& why) {
  const bool configured = source == "endpoint";
  throw Error(MR_INVALID_ARGUMENT, "'" + std::string(url) + "' is no endpoint: " + why + ".",
              configured ? "/endpoint" : "")
      .id("MR4002")
      .detail(configured ? "" : "It comes from the environment variable " + source + ".")
      .hint("Write http://HOST:PORT or https://HOST, with a path if the endpoint has one.");
}

Endpoint parse(const std::string& source, std::string_view url) {
  Endpoint result;
  std::string_view rest = url;
  for (const char c : url) {
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
      fail(source, "(not shown)", "it has a character that a URL cannot have");
    }
  }
  if (rest.starts_with("https://")) {
    result.is_https = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    fail(source, url, "it begins with neither http:// nor https://");
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  result.path = rest.substr(slash);
  if (authority.find('@') != std::string_view::npos) {
    fail(source, "(not shown)", "it contains a user name; credentials belong under 'credentials'");
  }
  if (url.find_first_of("?#") != std::string_view::npos) fail(source, url, "it has a query or a fragment");
  while (result.path.ends_with('/')) result.path.pop_back();
  if ((result.path + "/").find("//") != std::string::npos || (result.path + "/").find("/./") != std::string::npos ||
      (result.path + "/").find("/../") != std::string::npos) {
    fail(source, url, "its path has empty or dot segments");
  }

  std::size_t port_at = std::string_view::npos;
  std::string host;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) fail(source, url, "its address has no closing bracket");
    host = authority.substr(0, end + 1);
    const bool plain = std::all_of(host.begin() + 1, host.end() - 1, [](char c) {
      return std::string_view("0123456789abcdefABCDEF:.").find(c) != std::string_view::npos;
    });
    if (!plain || host.size() < 4) fail(source, url, "its address is not IPv6");
    if (end + 1 < authority.size()) port_at = end + 1;
  } else {
    port_at = authority.find(':');
    host = authority.substr(0, port_at);
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) {
      fail(source, url, "its host is not a name or an address");
    }
  }
  const std::string own_port = result.is_https ? "443" : "80";
  std::string port;
  if (port_at != std::string_view::npos) {
    if (authority[port_at] != ':') fail(source, url, "its port cannot be read");
    port = authority.substr(port_at + 1);
    const bool digits = !port.empty() && port.size() <= 5 &&
                        std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || std::stoul(port) == 0 || std::stoul(port) > 65535) {
      fail(source, url, "its port is not a number from 1 to 65535");
    }
    port = std::to_string(std::stoul(port));
  }
  result.host = port.empty() || port == own_port ? host : host + ":" + port;
  result.origin = (result.is_https ? "https://" : "http://") + result.host;
  result.is_aws = is_aws_host(host);
  return result;
}

bool is_region(std::string_view region) {
  return !region.empty() && region.size() <= 32 && region.front() != '-' &&
         std::all_of(region.begin(), region.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace

bool is_aws_host(std::string_view host) {
  while (host.ends_with('.')) host.remove_suffix(1);
  const auto is_in = [&](std::string_view domain) {
    return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
  };
  return is_in(kDualStackDomain) || std::any_of(kPartitions.begin(), kPartitions.end(),
                                                [&](const Partition& partition) { return is_in(partition.domain); });
}

Endpoint choose_endpoint(const EndpointChoice& choice, const Environment& environment) {
  std::string region, region_from;
  const auto consider = [&](std::string_view value, const char* from) {
    if (region.empty() && !value.empty()) {
      region = value;
      region_from = from;
    }
  };
  consider(choice.region, "region");
  consider(choice.function_region, "function");
  consider(environment("AWS_REGION"), "AWS_REGION");
  consider(environment("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION");
  if (!region.empty() && !is_region(region)) {
    const bool configured = region_from == "region" || region_from == "function";
    throw Error(MR_INVALID_ARGUMENT, "'" + region + "' is no region.", configured ? "/" + region_from : "")
        .id("MR4003")
        .detail(configured ? "" : "It comes from the environment variable " + region_from + ".")
        .hint("A region looks like us-east-1.");
  }

  std::string url, source;
  const auto consider_url = [&](std::string_view value, const char* from) {
    if (url.empty() && !value.empty()) {
      url = value;
      source = from;
    }
  };
  consider_url(choice.endpoint, "endpoint");
  consider_url(environment("AWS_ENDPOINT_URL_LAMBDA"), "AWS_ENDPOINT_URL_LAMBDA");
  consider_url(environment("AWS_ENDPOINT_URL"), "AWS_ENDPOINT_URL");

  Endpoint result;
  if (!url.empty()) {
    result = parse(source, url);
    result.region = region.empty() && !result.is_aws ? "us-east-1" : region;
  } else if (!region.empty()) {
    const auto partition = std::find_if(kPartitions.begin(), kPartitions.end(),
                                        [&](const Partition& p) { return region.starts_with(p.region_prefix); });
    result.host = "lambda." + region + "." + std::string(partition->domain);
    result.origin = "https://" + result.host;
    result.region = region;
    result.is_https = true;
    result.is_aws = true;
  }
  if (result.region.empty()) {
    throw Error(MR_INVALID_ARGUMENT, "No region is known for AWS Lambda.", "/region")
        .id("MR4003")
        .hint(
            "Set region, or AWS_REGION in the environment, or name the function by its full ARN; or set endpoint for a "
            "function that is not on AWS.");
  }
  if (result.is_aws && !choice.function_region.empty() && result.region != choice.function_region) {
    throw Error(
        MR_INVALID_ARGUMENT,
        "The function is in " + std::string(choice.function_region) + ", but region says " + result.region + ".",
        "/region")
        .id("MR4003")
        .hint("Leave region out: the function's ARN says it.");
  }
  return result;
}

}  // namespace millrace::lambda_invoke
