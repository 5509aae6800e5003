// TLS with certificates made on the spot: a private authority, a client certificate, a name of its own, and what does
// not fit.
#include "call_fixture.h"
#include "tests/certificates/test_authority.h"

namespace millrace::grpc_sink {
namespace {

using tests::TestAuthority;

class Tls : public Call {
 protected:
  Tls() : authority_("Test authority") {
    host_.secrets["${secret:file:ca.pem}"] = authority_.pem();
    const TestAuthority::Pem client = authority_.issue("DNS:client", "orders-client");
    host_.secrets["${secret:file:client.pem}"] = client.certificate + client.key;
    host_.secrets["${secret:file:client.json}"] =
        Config{{"certificate", client.certificate}, {"privateKey", client.key}}.dump();
    host_.secrets["${secret:file:other-key.json}"] =
        Config{{"certificate", client.certificate}, {"privateKey", authority_.issue("DNS:x").key}}.dump();
    host_.secrets["${secret:file:none.pem}"] = "nothing";
  }
  FunctionServer server(const char* names, bool asks_for_client = false) {
    const TestAuthority::Pem pem = authority_.issue(names);
    grpc::SslServerCredentialsOptions options(asks_for_client
                                                  ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                  : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    options.pem_key_cert_pairs.push_back({pem.key, pem.certificate});
    options.pem_root_certs = authority_.pem();
    return FunctionServer([](const Seen&) { return respond(v1::OUTCOME_DONE); },
                          {.credentials = grpc::SslServerCredentials(options)});
  }
  Result send(const FunctionServer& server, Config tls) {
    SinkDriver sink(component(), host_, config(server.target(), {{"tls", std::move(tls)}}));
    sink.start();
    return sink.send(request("r"));
  }
  std::string start_error(Config tls) {
    try {
      SinkDriver sink(component(), host_, config("127.0.0.1:1", {{"tls", std::move(tls)}}));
      sink.start();
    } catch (const Error& error) {
      return error.id() + " " + error.field();
    }
    return "started";
  }
  TestAuthority authority_;
  FakeHost host_;
};

const Config kCa = {{"root_ca", "${secret:file:ca.pem}"}};

Config with(const char* name, const char* value) {
  Config tls = kCa;
  tls[name] = value;
  return tls;
}

TEST_P(Tls, APrivateAuthorityIsTrusted) {
  const FunctionServer s = server("IP:127.0.0.1");
  EXPECT_EQ(send(s, kCa).outcome, std::uint32_t{MR_DONE});
}

TEST_P(Tls, AServerThatNobodyTrustsBlocks) {
  const FunctionServer s = server("IP:127.0.0.1");
  host_.secrets["${secret:file:ca.pem}"] = TestAuthority("Another authority").pem();
  const Result result = send(s, kCa);
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BLOCKED}) << result.detail;
  EXPECT_EQ(result.attributes.at("id"), "MR4116");
}

TEST_P(Tls, TheCertificatesNameMustFitUnlessAnotherIsGiven) {
  const FunctionServer s = server("DNS:functions.internal");
  const Result result = send(s, kCa);
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BLOCKED}) << result.detail;
  EXPECT_EQ(result.attributes.at("id"), "MR4116");
  EXPECT_EQ(send(s, with("server_name", "functions.internal")).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(send(s, with("server_name", "elsewhere.internal")).outcome, std::uint32_t{MR_BLOCKED});
}

TEST_P(Tls, AClientCertificateIsShown) {
  const FunctionServer s = server("IP:127.0.0.1", true);
  EXPECT_EQ(send(s, with("credentials", "${secret:file:client.pem}")).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(send(s, with("credentials", "${secret:file:client.json}")).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(s.seen().at(1).client_name, "orders-client");
  EXPECT_NE(send(s, kCa).outcome, std::uint32_t{MR_DONE});
}

TEST_P(Tls, PlaintextAndTlsDoNotMeet) {
  const FunctionServer plain([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  EXPECT_NE(send(plain, kCa).outcome, std::uint32_t{MR_DONE});
  const FunctionServer s = server("IP:127.0.0.1");
  SinkDriver sink(component(), host_, config(s.target()));
  sink.start();
  EXPECT_NE(sink.send(request("r")).outcome, std::uint32_t{MR_DONE});
}

TEST_P(Tls, SecretsThatCannotBeUsedAreNamedAtTheStart) {
  EXPECT_EQ(start_error({{"root_ca", "${secret:file:none.pem}"}}), "MR4103 /tls/root_ca");
  EXPECT_EQ(start_error({{"credentials", "${secret:file:none.pem}"}}), "MR4104 /tls/credentials");
  EXPECT_EQ(start_error({{"credentials", "${secret:file:other-key.json}"}}), "MR4104 /tls/credentials");
}

INSTANTIATE_TEST_SUITE_P(InBothModes, Tls, ::testing::Values("unary", "stream"), mode_name);

}  // namespace
}  // namespace millrace::grpc_sink
