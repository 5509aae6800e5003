#include "sigv4.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "function_name.h"

namespace millrace::lambda_invoke {
namespace {

using Json = nlohmann::json;

std::span<const std::uint8_t> span(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string decode(const std::string& base64) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, have = 0;
  for (const char c : base64) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(alphabet.find(c));
    if ((have += 6) >= 8) out += static_cast<char>(bits >> (have -= 8) & 255);
  }
  return out;
}

std::string encode(const std::string& bytes) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned field = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      field = field << 1 | (i < bytes.size() * 8 ? static_cast<unsigned char>(bytes[i / 8]) >> (7 - i % 8) & 1u : 0u);
    }
    out += alphabet[field];
  }
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::time_t parse_time(const std::string& text) {
  std::tm utc{};
  strptime(text.c_str(), "%Y%m%dT%H%M%SZ", &utc);
  return timegm(&utc);
}

struct Case {
  explicit Case(const Json& json)
      : method(json["method"]),
        path(json["path"]),
        query(json["query"]),
        body(decode(json["body"])),
        credentials{json["access_key_id"], json["secret_access_key"], json["session_token"]},
        service(json["service"]),
        region(json["region"]),
        timestamp(json["timestamp"]) {
    for (const Json& header : json["headers"]) headers.emplace_back(header[0], header[1]);
  }
  SignatureInput input() const {
    return {.method = method, .path = path, .query = query, .headers = headers, .body = span(body)};
  }
  std::string method, path, query, body;
  std::vector<std::pair<std::string, std::string>> headers;
  Credentials credentials;
  std::string service, region, timestamp;
};

void expect_same(const Json& json, const Json& botocore) {
  const Case c(json);
  SigV4 signer(c.service, c.region);
  std::string signed_headers;
  ASSERT_EQ(signer.canonical_request(c.input(), c.credentials, c.timestamp, signed_headers),
            botocore["canonical_request"]);
  const SigV4::Signed result = signer.sign(c.input(), c.credentials, parse_time(c.timestamp));
  ASSERT_EQ(result.date, c.timestamp);
  ASSERT_EQ(result.authorization, botocore["authorization"]);
}

Json golden() {
  std::ifstream file(std::string(MR_TESTDATA) + "/sigv4.json");
  EXPECT_TRUE(file);
  return Json::parse(file);
}

TEST(Sha256, MatchesTheVectorsOfFips180AndRfc4231) {
  const auto hex = [](const Digest& digest) {
    std::string text;
    for (const std::uint8_t byte : digest) {
      char two[3];
      std::snprintf(two, sizeof two, "%02x", byte);
      text += two;
    }
    return text;
  };
  Sha256 sha256;
  EXPECT_EQ(hex(sha256.hash("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256.hash("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256.hmac(span("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(sha256.hmac(span(std::string(131, '\xaa')), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(SigV4, SignsTheGoldenCasesAsBotocoreDoes) {
  const Json cases = golden();
  ASSERT_GE(cases["signed"].size(), 10u);
  for (const Json& c : cases["signed"]) {
    SCOPED_TRACE(c["path"].get<std::string>() + "?" + c["query"].get<std::string>());
    expect_same(c, c);
  }
}

TEST(SigV4, InvokesWithTheUrlAndTheSignatureOfBotocoresOwnClient) {
  const Json cases = golden();
  ASSERT_GE(cases["clients"].size(), 5u);
  for (const Json& c : cases["clients"]) {
    SCOPED_TRACE(c["url"].get<std::string>());
    const FunctionName function =
        parse_function_name(c["function"].get<std::string>(), c["qualifier"].get<std::string>());
    const std::string path = invocation_path(function), query = invocation_query(function);
    EXPECT_EQ("http://127.0.0.1:9001" + path + (query.empty() ? "" : "?" + query), c["url"]);

    // The headers that its client chose to sign, in our signer.
    const std::string authorization = c["headers"]["authorization"];
    const std::size_t from = authorization.find("SignedHeaders=") + 14;
    const std::string names = authorization.substr(from, authorization.find(',', from) - from) + ";";
    std::vector<std::pair<std::string, std::string>> headers;
    for (std::size_t at = 0; at < names.size(); at = names.find(';', at) + 1) {
      const std::string name = names.substr(at, names.find(';', at) - at);
      if (name == "x-amz-date" || name == "x-amz-security-token") continue;
      headers.emplace_back(name, name == "host" ? "127.0.0.1:9001" : c["headers"][name].get<std::string>());
    }
    const std::string body = c["body"];
    const Credentials credentials{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", c["session_token"]};
    SigV4 signer("lambda", "eu-west-1");
    EXPECT_EQ(signer.sign({"POST", path, query, headers, span(body)}, credentials, parse_time("20260131T120000Z"))
                  .authorization,
              authorization);
  }
}

TEST(SigV4, DerivesTheKeyAnewForAnotherDayAndAnotherSecret) {
  SigV4 reused("lambda", "us-east-1");
  const std::vector<std::pair<std::string, std::string>> headers{{"host", "h"}};
  const SignatureInput input{"POST", "/", "", headers, {}};
  const std::time_t day = 86400;
  for (const std::time_t now : {std::time_t{0}, day - 1, day, 3 * day, std::time_t{5}}) {
    for (const char* secret : {"one", "two", "one"}) {
      const Credentials credentials{"id", secret, ""};
      SigV4 fresh("lambda", "us-east-1");
      EXPECT_EQ(reused.sign(input, credentials, now).authorization, fresh.sign(input, credentials, now).authorization);
    }
  }
}

// ---- against botocore as it is installed here
// -------------------------------------------------------------------------

std::string random_text(std::mt19937_64& random, std::string_view alphabet, std::size_t least, std::size_t most) {
  std::string text;
  for (std::size_t n = least + random() % (most - least + 1); n > 0; --n) text += alphabet[random() % alphabet.size()];
  return text;
}

Json random_case(std::mt19937_64& random) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
  std::string path;
  for (std::uint64_t n = random() % 6; n > 0; --n) {
    path += "/";
    switch (random() % 6) {
      case 0:
        path += "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3A" + random_text(random, letters, 1, 10);
        break;
      case 1:
        path += random_text(random, ":$@!*'(),;=+&", 1, 6);
        break;
      case 2:
        path += random() % 2 ? ".." : ".";
        break;
      case 3:
        break;  // an empty segment
      default:
        path += random_text(random, letters, 1, 20);
    }
  }
  if (path.empty() || random() % 4 == 0) path += "/";
  std::string query;
  for (std::uint64_t n = random() % 4; n > 0; --n) {
    query += (query.empty() ? "" : "&") + random_text(random, letters, 1, 8) + "=" +
             percent_encode(random_text(random, "aZ0 $/+=:%~", 0, 8));
  }
  Json headers = Json::array({{"host", "lambda.us-east-1.amazonaws.com"}});
  for (std::uint64_t n = random() % 4; n > 0; --n) {
    headers.push_back({"x-" + random_text(random, "abcdefghij-", 3, 12) + std::to_string(n),
                       random_text(random, "ab \t;,:=\"", 0, 20)});
  }
  std::string body(random() % 300, '\0');
  for (char& c : body) c = static_cast<char>(random());
  char timestamp[32];
  std::snprintf(timestamp, sizeof timestamp, "20%02u%02u%02uT%02u%02u%02uZ", static_cast<unsigned>(random() % 100),
                static_cast<unsigned>(1 + random() % 12), static_cast<unsigned>(1 + random() % 28),
                static_cast<unsigned>(random() % 24), static_cast<unsigned>(random() % 60),
                static_cast<unsigned>(random() % 60));
  return {{"method", random() % 5 ? "POST" : "GET"},
          {"origin", "https://lambda.us-east-1.amazonaws.com"},
          {"path", path},
          {"query", query},
          {"headers", headers},
          {"body", encode(body)},
          {"access_key_id", random_text(random, letters, 16, 20)},
          {"secret_access_key", random_text(random, letters, 1, 100)},
          {"session_token", random() % 2 ? random_text(random, letters, 10, 400) : ""},
          {"service", random() % 4 ? "lambda" : "sts"},
          {"region", random() % 2 ? "us-east-1" : random_text(random, "abcdefgh-", 3, 12)},
          {"timestamp", timestamp}};
}

TEST(SigV4, AgreesWithTheInstalledBotocoreOnRandomRequests) {
  std::mt19937_64 random(20260131);
  std::vector<Json> cases;
  const std::string file = testing::TempDir() + "/sigv4_cases." + std::to_string(getpid());
  {
    std::ofstream out(file);
    for (int i = 0; i < 3000; ++i) out << cases.emplace_back(random_case(random)).dump() << "\n";
  }
  const std::string command = "/usr/bin/python3 '" MR_TESTDATA "/sigv4_oracle.py' sign <'" + file + "'";
  FILE* oracle = popen(command.c_str(), "r");
  ASSERT_NE(oracle, nullptr);
  std::string answers;
  char chunk[65536];
  for (std::size_t n; (n = std::fread(chunk, 1, sizeof chunk, oracle)) > 0;) answers.append(chunk, n);
  const int status = pclose(oracle);
  std::remove(file.c_str());
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127)) {
    GTEST_SKIP() << "python3-botocore is not installed: not compared with the real one";
  }
  ASSERT_EQ(status, 0);
  std::size_t at = 0;
  for (const Json& c : cases) {
    const std::size_t end = answers.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    SCOPED_TRACE(c.dump());
    ASSERT_NO_FATAL_FAILURE(expect_same(c, Json::parse(answers.substr(at, end - at))));
    at = end + 1;
  }
}

}  // namespace
}  // namespace millrace::lambda_invoke
