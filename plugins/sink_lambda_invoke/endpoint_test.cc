#include "endpoint.h"

#include <gtest/gtest.h>

#include <map>
#include <millrace/error.hpp>

namespace millrace::lambda_invoke {
namespace {

using Variables = std::map<std::string, std::string>;

Environment environment(Variables variables) {
  return [variables = std::move(variables)](const char* name) {
    const auto at = variables.find(name);
    return at == variables.end() ? std::string() : at->second;
  };
}

Endpoint choose(EndpointChoice choice, Variables variables = {}) {
  return choose_endpoint(choice, environment(std::move(variables)));
}

std::string message(EndpointChoice choice, Variables variables = {}) {
  try {
    choose(choice, std::move(variables));
  } catch (const Error& error) {
    return error.id() + " " + error.field() + ": " + error.what() +
           (error.detail().empty() ? "" : " " + error.detail());
  }
  return "accepted";
}

EndpointChoice at(std::string_view endpoint) {
  return {endpoint, "", ""};
}

TEST(Endpoint, PrefersTheConfigurationToTheEnvironmentToAws) {
  const Variables both{{"AWS_ENDPOINT_URL_LAMBDA", "http://lambda:1"}, {"AWS_ENDPOINT_URL", "http://all:2"}};
  EXPECT_EQ(choose(at("http://own:3"), both).origin, "http://own:3");
  EXPECT_EQ(choose(at(""), both).origin, "http://lambda:1");
  EXPECT_EQ(choose(at(""), {{"AWS_ENDPOINT_URL", "http://all:2"}}).origin, "http://all:2");
  EXPECT_EQ(choose({"", "eu-west-1", ""}).origin, "https://lambda.eu-west-1.amazonaws.com");
}

TEST(Endpoint, PrefersTheConfiguredRegionToTheArnsToTheEnvironment) {
  const Variables both{{"AWS_REGION", "r-1"}, {"AWS_DEFAULT_REGION", "r-2"}};
  EXPECT_EQ(choose({"http://own:3", "us-west-2", "eu-west-1"}, both).region, "us-west-2");
  EXPECT_EQ(choose({"", "", "eu-west-1"}, both).region, "eu-west-1");
  EXPECT_EQ(choose(at(""), both).region, "r-1");
  EXPECT_EQ(choose(at(""), {{"AWS_DEFAULT_REGION", "r-2"}}).region, "r-2");
  EXPECT_EQ(choose(at("http://own:3")).region, "us-east-1");
}

TEST(Endpoint, KnowsAwssAddressesInEveryPartition) {
  EXPECT_EQ(choose({"", "cn-north-1", ""}).origin, "https://lambda.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(choose({"", "us-gov-west-1", ""}).origin, "https://lambda.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(choose({"", "us-isob-east-1", ""}).origin, "https://lambda.us-isob-east-1.sc2s.sgov.gov");
  EXPECT_EQ(choose({"", "eusc-de-east-1", ""}).origin, "https://lambda.eusc-de-east-1.amazonaws.eu");
  EXPECT_TRUE(choose({"", "us-east-1", ""}).is_aws);
  for (const char* host : {"lambda.us-east-1.amazonaws.com", "amazonaws.com", "lambda.us-east-1.amazonaws.com.",
                           "vpce-1.lambda.eu-west-1.vpce.amazonaws.com", "lambda.us-east-1.api.aws",
                           "lambda.cn-north-1.amazonaws.com.cn", "lambda.us-iso-east-1.c2s.ic.gov"}) {
    EXPECT_TRUE(is_aws_host(host)) << host;
  }
  for (const char* host : {"localhost", "127.0.0.1", "notamazonaws.com", "amazonaws.com.example.org", "aws"}) {
    EXPECT_FALSE(is_aws_host(host)) << host;
  }
  // An endpoint that somebody wrote by hand is AWS's too, in whatever case.
  EXPECT_TRUE(choose({"https://Lambda.us-east-1.AmazonAWS.com", "us-east-1", ""}).is_aws);
}

TEST(Endpoint, SplitsAUrlIntoWhatIsSentAndSigned) {
  Endpoint e = choose(at("http://127.0.0.1:9001/base/"));
  EXPECT_EQ(e.origin, "http://127.0.0.1:9001");
  EXPECT_EQ(e.host, "127.0.0.1:9001");
  EXPECT_EQ(e.path, "/base");
  EXPECT_FALSE(e.is_https);
  e = choose(at("https://Example.ORG:443"));
  EXPECT_EQ(e.host, "example.org");
  EXPECT_EQ(e.path, "");
  EXPECT_TRUE(e.is_https);
  EXPECT_EQ(choose(at("http://[::1]:80")).host, "[::1]");
  EXPECT_EQ(choose(at("https://[2001:db8::1]:8443/")).origin, "https://[2001:db8::1]:8443");
}

TEST(Endpoint, RefusesWhatIsNoUrlAndSaysWhereItComesFrom) {
  EXPECT_EQ(message(at("localhost:9001")),
            "MR4002 /endpoint: 'localhost:9001' is no endpoint: it begins with neither http:// nor https://.");
  EXPECT_EQ(message(at("http://")),
            "MR4002 /endpoint: 'http://' is no endpoint: its host is not a name or an address.");
  EXPECT_EQ(message(at("http://h:0")),
            "MR4002 /endpoint: 'http://h:0' is no endpoint: its port is not a number from 1 to 65535.");
  EXPECT_EQ(message(at("http://h:65536")),
            "MR4002 /endpoint: 'http://h:65536' is no endpoint: its port is not a number from 1 to 65535.");
  EXPECT_EQ(message(at("http://h:12x")),
            "MR4002 /endpoint: 'http://h:12x' is no endpoint: its port is not a number from 1 to 65535.");
  EXPECT_EQ(message(at("http://h/a?b=c")),
            "MR4002 /endpoint: 'http://h/a?b=c' is no endpoint: it has a query or a fragment.");
  EXPECT_EQ(message(at("http://h/a/../b")),
            "MR4002 /endpoint: 'http://h/a/../b' is no endpoint: its path has empty or dot segments.");
  EXPECT_EQ(message(at("http://[::1")),
            "MR4002 /endpoint: 'http://[::1' is no endpoint: its address has no closing bracket.");
  // Neither a password nor a line break is shown.
  EXPECT_EQ(message(at("http://user:password@h")),
            "MR4002 /endpoint: '(not shown)' is no endpoint: it contains a user name; credentials belong under "
            "'credentials'.");
  EXPECT_EQ(message(at("http://h\r\nX: y")),
            "MR4002 /endpoint: '(not shown)' is no endpoint: it has a character that a URL cannot have.");
  EXPECT_EQ(message(at(""), {{"AWS_ENDPOINT_URL", "ftp://h"}}),
            "MR4002 : 'ftp://h' is no endpoint: it begins with neither http:// nor https://. It comes from the "
            "environment variable AWS_ENDPOINT_URL.");
}

TEST(Endpoint, RefusesAMissingAWrongAndAContradictoryRegion) {
  EXPECT_EQ(message(at("")), "MR4003 /region: No region is known for AWS Lambda.");
  EXPECT_EQ(message(at("https://lambda.us-east-1.amazonaws.com")),
            "MR4003 /region: No region is known for AWS Lambda.");
  EXPECT_EQ(message({"", "us east", ""}), "MR4003 /region: 'us east' is no region.");
  EXPECT_EQ(message({"", "evil.example.org/", ""}), "MR4003 /region: 'evil.example.org/' is no region.");
  EXPECT_EQ(message(at(""), {{"AWS_REGION", "US"}}),
            "MR4003 : 'US' is no region. It comes from the environment variable AWS_REGION.");
  EXPECT_EQ(message({"", "us-east-1", "eu-west-1"}),
            "MR4003 /region: The function is in eu-west-1, but region says us-east-1.");
  EXPECT_EQ(message({"http://own:1", "us-east-1", "eu-west-1"}), "accepted");
}

}  // namespace
}  // namespace millrace::lambda_invoke
