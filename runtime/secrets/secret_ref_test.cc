#include "runtime/secrets/secret_ref.h"

#include <gtest/gtest.h>

namespace millrace::secrets {
namespace {

TEST(SecretRef, TakesEachFormApartAndWritesItBack) {
  for (const char* text : {"${secret:file:kafka.json}", "${secret:file:/run/secrets/k.json#password}",
                           "${secret:env:KAFKA_1}", "${secret:systemd:kafka#username}"}) {
    const auto ref = parse_secret_ref(text);
    ASSERT_TRUE(ref.ok()) << text << ": " << ref.status().to_string();
    EXPECT_EQ((*ref).text(), text);
  }
  const auto ref = parse_secret_ref("${secret:file:a#b.json#password}");
  EXPECT_EQ((*ref).name, "a#b.json");
  EXPECT_EQ((*ref).member, "password");
}

TEST(SecretRef, SaysWhatIsWrongWithAMalformedOne) {
  const std::pair<const char*, const char*> kCases[] = {
      {"hunter2", "a reference to a secret is wanted here, not the secret itself."},
      {"${secret:file:x", "the secret reference ${secret:file:x lacks its closing brace."},
      {"${secret:file:x}#password",
       "the secret reference ${secret:file:x} has text after its closing brace; a reference is the whole value."},
      {"${secret:file:${HOME}/x}",
       "the secret reference ${secret:file:${HOME}/x} holds a brace; a reference is the whole value."},
      {"${secret:vault:x}", "the secret reference ${secret:vault:x} names the provider 'vault', which does not exist."},
      {"${secret:x}", "the secret reference ${secret:x} names no provider."},
      {"${secret:file:}", "the secret reference ${secret:file:} names no file."},
      {"${secret:file:x#}", "the secret reference ${secret:file:x#} names no member after #."},
      {"${secret:env:A-B}",
       "the secret reference ${secret:env:A-B} names no environment variable: letters, digits and _ are allowed."},
      {"${secret:systemd:../x}",
       "the secret reference ${secret:systemd:../x} names no credential: a credential's name has no /."},
  };
  for (const auto& [text, message] : kCases) {
    const auto ref = parse_secret_ref(text);
    ASSERT_FALSE(ref.ok()) << text;
    EXPECT_EQ(ref.status().id(), "MR1401");
    EXPECT_EQ(ref.status().message(), message);
  }
}

TEST(SecretRef, NeverRepeatsWhatMayBeASecretWrittenInPlace) {
  EXPECT_EQ(parse_secret_ref("hunter2").status().to_string().find("hunter2"), std::string::npos);
  EXPECT_EQ(parse_secret_ref("${secret:file:x}hunter2").status().to_string().find("hunter2"), std::string::npos);
}

TEST(SecretRef, RefusesAnArnByName) {
  const auto ref = parse_secret_ref("${secret:arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf}");
  EXPECT_EQ(ref.status().id(), "MR1402");
  EXPECT_EQ(ref.status().code(), Code::kUnimplemented);
  EXPECT_EQ(ref.status().message(),
            "${secret:arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf} is not in this version: "
            "secrets are read from files, the environment and systemd credentials.");
}

TEST(SecretRef, TellsAReferenceFromOtherText) {
  EXPECT_TRUE(looks_like_secret_ref("${secret:anything"));
  EXPECT_FALSE(looks_like_secret_ref("${HOME}"));
  EXPECT_FALSE(looks_like_secret_ref("x ${secret:env:A}"));
}

}  // namespace
}  // namespace millrace::secrets
