#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <millrace/testing.hpp>

MR_DECLARE_PLUGIN(auth_tls);

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kPem = "-----BEGIN CERTIFICATE-----\nQUJDRA==\n-----END CERTIFICATE-----\n";

testing::Provided provided(const Config& config, const std::string& secret = "") {
  testing::FakeHost host;
  host.secrets["ca"] = secret;
  testing::Instance auth(testing::component(millrace_plugin_entry_v1_auth_tls(), "tls"), host, config);
  return auth.provide("b1:9092");
}

Error refusal(const std::string& secret) {
  try {
    provided({{"root_ca", "ca"}}, secret);
  } catch (const Error& error) {
    return error;
  }
  return Error(MR_UNKNOWN, "accepted");
}

TEST(Tls, TurnsTlsOnWithTheSystemsCAsWhenNothingIsSaid) {
  const auto out = provided(Config::object());
  ASSERT_EQ(out.properties.size(), 1u);
  EXPECT_EQ(out.value("tls.enabled"), "1");
}

TEST(Tls, GivesTheCaAndTheServerName) {
  const auto out = provided({{"root_ca", "ca"}, {"server_name", "kafka.internal"}}, kPem);
  EXPECT_EQ(out.value("tls.ca_pem"), kPem);
  EXPECT_EQ(out.value("tls.server_name"), "kafka.internal");
}

TEST(Tls, ReadsTheJsonFormOfAws) {
  EXPECT_EQ(provided({{"root_ca", "ca"}}, Config{{"certificate", kPem}}.dump()).value("tls.ca_pem"), kPem);
}

TEST(Tls, AcceptsRawLineBreaksInTheJsonForm) {
  EXPECT_EQ(provided({{"root_ca", "ca"}}, "{\"certificate\": \"" + kPem + "\"}").value("tls.ca_pem"), kPem);
}

TEST(Tls, KeepsEveryCertificateAndDropsWhatStandsBetween) {
  const auto out = provided({{"root_ca", "ca"}}, "subject=CN=root\r\n" + kPem + "\n# the old one\n" + kPem);
  EXPECT_EQ(out.value("tls.ca_pem"), kPem + kPem);
}

TEST(Tls, PutsLostLineBreaksBack) {
  EXPECT_EQ(provided({{"root_ca", "ca"}}, "-----BEGIN CERTIFICATE----- QUJD RA== -----END CERTIFICATE-----")
                .value("tls.ca_pem"),
            kPem);
}

TEST(Tls, SaysWhatIsWrongWithTheCaWithoutShowingIt) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "The CA secret holds no certificate in PEM form."},
      {"hunter2", "The CA secret holds no certificate in PEM form."},
      {"{\"certificate\": hunter2", "The CA secret is neither PEM nor JSON."},
      {R"({"cert": "hunter2"})", "The CA secret is JSON without a string member certificate."},
      {"-----BEGIN CERTIFICATE-----\nhunter2\n", "The CA secret has a certificate without its END line."},
      {"-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----",
       "The CA secret has a certificate that is damaged or cut off."},
      {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "The CA secret has an empty certificate."},
      {kPem + "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
       "The CA secret holds a private key. A key is never needed to trust a CA."}};
  for (const auto& [secret, detail] : cases) {
    const Error error = refusal(secret);
    EXPECT_STREQ(error.what(), "Provided certificate or private key is invalid.");
    EXPECT_EQ(error.detail(), detail);
    EXPECT_EQ(error.id(), "MR3111");
    EXPECT_EQ(error.reason(), "ESM_CONFIG_NOT_VALID");
    EXPECT_EQ(error.field(), "/root_ca");
    for (const std::string& text : {std::string(error.what()), error.detail(), error.hint()})
      EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace millrace
