#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <millrace/testing.hpp>

MR_DECLARE_PLUGIN(auth_sasl_scram);

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const mr_component& scram() {
  return testing::component(millrace_plugin_entry_v1_auth_sasl_scram(), "sasl_scram");
}

testing::Provided provided(const std::string& secret, const Config& more = Config::object()) {
  testing::FakeHost host;
  host.secrets["${secret:file:kafka.json}"] = secret;
  Config config{{"mechanism", "SCRAM-SHA-512"}, {"credentials", "${secret:file:kafka.json}"}};
  config.update(more);
  testing::Instance auth(scram(), host, config);
  return auth.provide("b1:9092");
}

Error refusal(const std::string& secret) {
  try {
    provided(secret);
  } catch (const Error& error) {
    return error;
  }
  return Error(MR_UNKNOWN, "accepted");
}

TEST(SaslScram, GivesUserPasswordMechanismAndTls) {
  const auto out = provided(R"({"username": "alice", "password": "p w", "engine": "ignored"})");
  EXPECT_EQ(out.value("sasl.mechanism"), "SCRAM-SHA-512");
  EXPECT_EQ(out.value("sasl.username"), "alice");
  EXPECT_EQ(out.value("sasl.password"), "p w");
  EXPECT_EQ(out.value("tls.enabled"), "1");
  EXPECT_EQ(out.expires_unix_ms, 0);
}

TEST(SaslScram, MarksUserAndPasswordAsSecret) {
  for (const auto& property : provided(R"({"username": "alice", "password": "pw"})").properties)
    EXPECT_EQ(property.is_secret, property.name == "sasl.password" || property.name == "sasl.username")
        << property.name;
}

TEST(SaslScram, LeavesTlsToOthersWhenInsecure) {
  const auto out =
      provided(R"({"username": "a", "password": "b"})", {{"insecure", true}, {"mechanism", "SCRAM-SHA-256"}});
  EXPECT_EQ(out.value("sasl.mechanism"), "SCRAM-SHA-256");
  for (const auto& property : out.properties) EXPECT_NE(property.name, "tls.enabled");
}

TEST(SaslScram, ReadsTheSecretAnewEachTime) {
  testing::FakeHost host;
  host.secrets["ref"] = R"({"username": "a", "password": "old"})";
  testing::Instance auth(scram(), host, {{"mechanism", "SCRAM-SHA-256"}, {"credentials", "ref"}});
  EXPECT_EQ(auth.provide("").value("sasl.password"), "old");
  host.secrets["ref"] = R"({"username": "a", "password": "new"})";
  EXPECT_EQ(auth.provide("").value("sasl.password"), "new");
}

TEST(SaslScram, SaysWhatIsWrongWithTheSecretWithoutShowingIt) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"hunter2", "The credentials secret is not JSON."},
      {R"({"username": "alice", "password": "hunter2")", "The credentials secret is not JSON."},
      {R"(["hunter2"])", "The credentials secret is not a JSON object."},
      {R"({"password": "hunter2"})", "The credentials secret has no username."},
      {R"({"username": "alice", "pasword": "hunter2"})", "The credentials secret has no password."},
      {R"({"username": "alice", "password": ""})", "The credentials secret has an empty password."},
      {R"({"username": 7, "password": "hunter2"})", "The credentials secret has a username that is not a string."},
      {"{\"username\": \"alice\", \"password\": \"hunter2\\u0000x\"}",
       "The credentials secret has a NUL character in password."}};
  for (const auto& [secret, message] : cases) {
    const Error error = refusal(secret);
    EXPECT_EQ(error.what(), message);
    EXPECT_EQ(error.code(), mr_status{MR_INVALID_ARGUMENT});
    EXPECT_EQ(error.id(), "MR3101");
    EXPECT_EQ(error.field(), "/credentials");
    for (const std::string& text : {std::string(error.what()), error.detail(), error.hint()}) {
      EXPECT_THAT(text, Not(HasSubstr("hunter2")));
      EXPECT_THAT(text, Not(HasSubstr("alice")));
    }
  }
}

TEST(SaslScram, PassesOnThatTheSecretCannotBeRead) {
  testing::FakeHost host;
  testing::Instance auth(scram(), host, {{"mechanism", "SCRAM-SHA-256"}, {"credentials", "nowhere"}});
  EXPECT_THROW(auth.provide(""), Error);
}

}  // namespace
}  // namespace millrace
