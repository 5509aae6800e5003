#include "runtime/secrets/resolver.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "runtime/secrets/check.h"

namespace millrace::secrets {
namespace {

namespace fs = std::filesystem;

class ResolverTest : public testing::Test {
 protected:
  static fs::path make_directory() {
    std::string name = (fs::temp_directory_path() / "millrace-secrets-XXXXXX").string();
    return ::mkdtemp(name.data()) == nullptr ? fs::path() : fs::path(name);
  }
  void TearDown() override { fs::remove_all(directory_); }
  void write(const std::string& name, std::string_view content) {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name, std::ios::binary) << content;
  }
  std::string resolve(const std::string& reference) {
    const Result<Secret> secret = resolver_.resolve(reference);
    return secret.ok() ? std::string((*secret).bytes())
                       : std::string(secret.status().id()) + " " + std::string(secret.status().message());
  }

  const fs::path directory_ = make_directory();
  std::map<std::string, std::string> environment_;
  Resolver resolver_{
      {.base_directory = directory_, .environment = [this](const std::string& name) -> std::optional<std::string> {
         const auto found = environment_.find(name);
         if (found == environment_.end()) return std::nullopt;
         return found->second;
       }}};
};

TEST_F(ResolverTest, ReadsAFileRelativeToTheReferencesFolderAndWithoutItsLastLineEnd) {
  write("a/token", "hunter2\n");
  write("crlf", "hunter2\r\n");
  write("two", "hunter2\n\n");
  EXPECT_EQ(resolve("${secret:file:a/token}"), "hunter2");
  EXPECT_EQ(resolve("${secret:file:" + (directory_ / "a/token").string() + "}"), "hunter2");
  EXPECT_EQ(resolve("${secret:file:crlf}"), "hunter2");
  EXPECT_EQ(resolve("${secret:file:two}"), "hunter2\n");
}

TEST_F(ResolverTest, PicksAMember) {
  write("kafka.json", "{\"username\":\"u\",\"password\":\"p\\n\"}\n");
  EXPECT_EQ(resolve("${secret:file:kafka.json#password}"), "p\n");
  EXPECT_EQ(resolve("${secret:file:kafka.json#passwd}"),
            "MR1408 the secret ${secret:file:kafka.json#passwd} has no member 'passwd'.");
  write("plain", "hunter2");
  EXPECT_EQ(resolve("${secret:file:plain#password}"),
            "MR1407 the secret ${secret:file:plain#password} is not a JSON object, so it has no member 'password'.");
}

TEST_F(ResolverTest, ReadsTheEnvironmentAndSystemdCredentials) {
  environment_["KAFKA"] = "hunter2";
  environment_["EMPTY"] = "";
  EXPECT_EQ(resolve("${secret:env:KAFKA}"), "hunter2");
  EXPECT_EQ(resolve("${secret:env:EMPTY}"), "MR1405 the secret ${secret:env:EMPTY} is empty.");
  EXPECT_EQ(resolve("${secret:env:OTHER}"),
            "MR1403 the secret ${secret:env:OTHER}: the environment variable OTHER is not set.");
  EXPECT_EQ(
      resolve("${secret:systemd:kafka}"),
      "MR1403 the secret ${secret:systemd:kafka}: systemd passed no credentials ($CREDENTIALS_DIRECTORY is not set).");
  environment_["CREDENTIALS_DIRECTORY"] = (directory_ / "cred").string();
  write("cred/kafka", "hunter3");
  EXPECT_EQ(resolve("${secret:systemd:kafka}"), "hunter3");
}

TEST_F(ResolverTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(resolve("${secret:file:none}"), "MR1403 the secret ${secret:file:none}: " + (directory_ / "none").string() +
                                                ": No such file or directory.");
  EXPECT_EQ(resolve("${secret:file:.}"),
            "MR1404 the secret ${secret:file:.}: " + (directory_ / ".").string() + " is not a regular file.");
  write("empty", "\n");
  EXPECT_EQ(resolve("${secret:file:empty}"), "MR1405 the secret ${secret:file:empty} is empty.");
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(resolve("${secret:file:pipe}"),
            "MR1404 the secret ${secret:file:pipe}: " + (directory_ / "pipe").string() + " is not a regular file.");
  if (::geteuid() != 0) {  // root may read anything
    write("closed", "hunter2");
    fs::permissions(directory_ / "closed", fs::perms::none);
    EXPECT_EQ(resolve("${secret:file:closed}"),
              "MR1404 the secret ${secret:file:closed}: " + (directory_ / "closed").string() + ": Permission denied.");
  }
}

TEST_F(ResolverTest, TakesUpTo65536Bytes) {
  write("most", std::string(65'536, 'x'));
  write("more", std::string(65'537, 'x'));
  EXPECT_EQ(resolve("${secret:file:most}").size(), 65'536u);
  EXPECT_EQ(resolve("${secret:file:more}"), "MR1406 the secret ${secret:file:more} is larger than 65,536 bytes.");
}

TEST_F(ResolverTest, SeesARotatedFile) {
  write("token", "one");
  EXPECT_EQ(resolve("${secret:file:token}"), "one");
  write("token", "two");
  EXPECT_EQ(resolve("${secret:file:token}"), "two");
}

TEST_F(ResolverTest, ChecksEverySecretOfAPipelineAtItsPlace) {
  write("good", "x");
  config::PipelineSpec spec;
  spec.file = (directory_ / "orders.yaml").string();
  spec.secrets = {{"${secret:file:good}", "/auth/0/credentials", {3, 5}},
                  {"${secret:file:bad}", "/sink/token", {9, 12}}};
  const Diagnostics problems = check_secrets(Resolver(resolver_options_for(spec)), spec);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].to_string(),
            spec.file + ":9:12: the secret ${secret:file:bad}: " + (directory_ / "bad").string() +
                ": No such file or directory. [MR1403]\n  Create the file, or correct the path. A relative path starts "
                "at the folder of the file that holds the reference.");
  EXPECT_EQ(problems[0].pointer, "/sink/token");
}

}  // namespace
}  // namespace millrace::secrets
