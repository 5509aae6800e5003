#include "credentials.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace millrace::lambda_invoke {
namespace {

struct World {
  std::map<std::string, std::string> variables{{"HOME", "/home/u"}};
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> secrets;

  CredentialSources sources() const {
    const auto look = [](const std::map<std::string, std::string>& in, const std::string& name) {
      const auto at = in.find(name);
      return at == in.end() ? std::optional<std::string>() : at->second;
    };
    return {[=, this](const char* name) { return look(variables, name).value_or(""); },
            [=, this](const std::string& path) { return look(files, path); },
            [=, this](const std::string& reference) { return look(secrets, reference).value_or(""); }};
  }
};

std::string found(const World& world, const Config& config = Config::object()) {
  try {
    const auto result = find_credentials(config, world.sources());
    if (!result) return "nothing";
    const Credentials& c = result->credentials;
    return c.access_key_id + "/" + c.secret_access_key + "/" + c.session_token + " from " + result->from;
  } catch (const Error& error) {
    return error.id() + " " + error.field() + ": " + error.what();
  }
}

TEST(Credentials, FindsNothingWhereThereIsNothing) {
  EXPECT_EQ(found({}), "nothing");
  World world;
  world.files["/home/u/.aws/config"] = "[default]\nregion = eu-west-1\n";
  EXPECT_EQ(found(world), "nothing");
}

TEST(Credentials, ResolvesTheSecretsOfTheConfiguration) {
  World world;
  world.variables["AWS_ACCESS_KEY_ID"] = "other";
  world.variables["AWS_SECRET_ACCESS_KEY"] = "other";
  world.secrets = {{"${secret:file:id}", "ID"}, {"${secret:file:key}", "KEY"}, {"${secret:env:TOKEN}", "TOKEN"}};
  EXPECT_EQ(found(world, {{"access_key_id", "${secret:file:id}"},
                          {"secret_access_key", "${secret:file:key}"},
                          {"session_token", "${secret:env:TOKEN}"}}),
            "ID/KEY/TOKEN from the configuration");
  EXPECT_EQ(found(world, {{"access_key_id", "PLAIN"}, {"secret_access_key", "${secret:file:key}"}}),
            "PLAIN/KEY/ from the configuration");
  EXPECT_EQ(found(world, {{"access_key_id", "PLAIN"}, {"secret_access_key", "${secret:file:none}"}}),
            "MR4005 /credentials: A secret that the credentials name is empty.");
}

TEST(Credentials, TakesTheEnvironmentBeforeTheSharedFiles) {
  World world;
  world.variables["AWS_ACCESS_KEY_ID"] = "ENV";
  world.variables["AWS_SECRET_ACCESS_KEY"] = "SECRET";
  world.files["/home/u/.aws/credentials"] = "[default]\naws_access_key_id=FILE\naws_secret_access_key=F\n";
  EXPECT_EQ(found(world), "ENV/SECRET/ from the environment");
  world.variables["AWS_SESSION_TOKEN"] = "T";
  EXPECT_EQ(found(world), "ENV/SECRET/T from the environment");
  EXPECT_EQ(found(world, {{"profile", "default"}}), "FILE/F/ from profile 'default' of /home/u/.aws/credentials");
  world.variables.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(found(world), "MR4005 : AWS_ACCESS_KEY_ID is set in the environment, but AWS_SECRET_ACCESS_KEY is not.");
}

TEST(Credentials, ReadsProfilesOfBothFilesWhereverTheyAre) {
  World world;
  world.files["/home/u/.aws/credentials"] =
      "# comment\n[default]\n aws_access_key_id = indented\naws_access_key_id = "
      "D\naws_secret_access_key=D/S=\n\n[ci]\r\nAWS_ACCESS_KEY_ID=C\r\naws_secret_access_key = CS "
      "\r\naws_session_token = CT\r\n";
  world.files["/home/u/.aws/config"] =
      "[default]\nregion=x\n[profile  only-here]\naws_access_key_id=O\naws_secret_access_key=OS\n[only-here-not]\n";
  EXPECT_EQ(found(world), "D/D/S=/ from profile 'default' of /home/u/.aws/credentials");
  EXPECT_EQ(found(world, {{"profile", "ci"}}), "C/CS/CT from profile 'ci' of /home/u/.aws/credentials");
  EXPECT_EQ(found(world, {{"profile", "only-here"}}), "O/OS/ from profile 'only-here' of /home/u/.aws/config");
  world.variables["AWS_PROFILE"] = "ci";
  EXPECT_EQ(found(world), "C/CS/CT from profile 'ci' of /home/u/.aws/credentials");
  world.variables["AWS_SHARED_CREDENTIALS_FILE"] = "~/other";
  world.files["/home/u/other"] = "[ci]\naws_access_key_id=X\naws_secret_access_key=Y\n";
  EXPECT_EQ(found(world), "X/Y/ from profile 'ci' of /home/u/other");
  world.variables["AWS_CONFIG_FILE"] = "/c";
  world.files["/c"] = "[profile z]\naws_access_key_id=Z\naws_secret_access_key=ZS\n";
  EXPECT_EQ(found(world, {{"profile", "z"}}), "Z/ZS/ from profile 'z' of /c");
}

TEST(Credentials, SaysWhatIsMissingOrNotInThisVersion) {
  World world;
  world.files["/home/u/.aws/credentials"] = "[half]\naws_access_key_id=H\n";
  world.files["/home/u/.aws/config"] =
      "[profile role]\nrole_arn=arn:x\nsource_profile=half\n[profile sso]\nsso_session=s\n[profile empty]\nregion=r\n";
  EXPECT_EQ(found(world, {{"profile", "half"}}),
            "MR4005 /credentials/profile: Profile 'half' in /home/u/.aws/credentials has no aws_secret_access_key.");
  EXPECT_EQ(
      found(world, {{"profile", "role"}}),
      "MR4005 /credentials/profile: Profile 'role' finds its credentials by role_arn, which is not in this version.");
  EXPECT_EQ(
      found(world, {{"profile", "sso"}}),
      "MR4005 /credentials/profile: Profile 'sso' finds its credentials by sso_session, which is not in this version.");
  EXPECT_EQ(found(world, {{"profile", "empty"}}),
            "MR4005 /credentials/profile: Profile 'empty' has no aws_access_key_id and aws_secret_access_key.");
  EXPECT_EQ(
      found(world, {{"profile", "none"}}),
      "MR4005 /credentials/profile: There is no profile 'none' in /home/u/.aws/credentials or /home/u/.aws/config.");
  world.variables["AWS_PROFILE"] = "none";
  EXPECT_EQ(found(world), "MR4005 : There is no profile 'none' in /home/u/.aws/credentials or /home/u/.aws/config.");
  EXPECT_EQ(found({}, {{"role_arn", "arn:aws:iam::123456789012:role/r"}}),
            "MR4005 /credentials/role_arn: credentials.role_arn is not in this version.");
  EXPECT_EQ(found({}, {{"external_id", "e"}}),
            "MR4005 /credentials/external_id: credentials.external_id is not in this version.");
  EXPECT_EQ(found({}, {{"access_key_id", "a"}}), "MR4005 /credentials: credentials has no secret_access_key.");
  EXPECT_EQ(found({}, {{"secret_access_key", "a"}}), "MR4005 /credentials: credentials has no access_key_id.");
  EXPECT_EQ(found({}, {{"session_token", "a"}}), "MR4005 /credentials: A session_token needs its keys beside it.");
  EXPECT_EQ(found({}, {{"profile", "a"}, {"access_key_id", "b"}, {"secret_access_key", "c"}}),
            "MR4005 /credentials: Give either a profile or keys, not both.");
}

TEST(Credentials, RefusesKeysThatWouldBreakAHeader) {
  World world;
  world.secrets = {{"${secret:file:key}", "KEY\n"}};
  EXPECT_EQ(found(world, {{"access_key_id", "ID"}, {"secret_access_key", "${secret:file:key}"}}),
            "MR4005 /credentials: The credentials from the configuration hold a character that none can have (white "
            "space, a line break?).");
}

TEST(Credentials, ReadsRealFilesAndTellsMissingFromUnreadable) {
  const std::string path = testing::TempDir() + "/credentials." + std::to_string(getpid());
  EXPECT_EQ(read_file(path), std::nullopt);
  EXPECT_EQ(read_file(path + "/below"), std::nullopt);
  std::ofstream(path) << "[default]\n";
  EXPECT_EQ(read_file(path), "[default]\n");
  std::remove(path.c_str());
  EXPECT_EQ(read_file(""), std::nullopt);
}

}  // namespace
}  // namespace millrace::lambda_invoke
