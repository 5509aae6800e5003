// Every check finds what it is there for, and nothing else: a planted plugin fails its check and no other.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

namespace millrace {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct Said {
  int code = -1;
  std::string out;
};

Said tool(const std::string& words) {
  Said said;
  std::FILE* pipe = ::popen((environment("MILLRACE_BINARY") + " plugin " + words + " 2>&1").c_str(), "r");
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) said.out.append(buffer, n);
  const int status = ::pclose(pipe);
  said.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return said;
}

// The decoder of the planted encoder's format, one value a line.
const char* const kDecoder =
    " --decoder 'while IFS= read -r l; do printf \"{\\\"value\\\":\\\"%s\\\"}\\n\" \"$(printf %s \"$l\" | base64 "
    "-w0)\"; done'";

json check(const fs::path& file, const std::string& more = "") {
  const Said said = tool("check --json " + more + " " + file.string());
  json report = json::parse(said.out, nullptr, false);
  EXPECT_TRUE(report.is_object()) << file << "\n" << said.out;
  EXPECT_EQ(said.code, report.value("good", false) ? 0 : 1) << file;
  return report;
}

// "name: what was seen" of what failed, crashed or warned.
std::set<std::string> findings(const json& report) {
  std::set<std::string> out;
  for (const json& r : report["results"])
    if (r["outcome"] != "pass" && r["outcome"] != "skip") out.insert(r["check"].get<std::string>());
  return out;
}

std::string text(const json& report) {
  std::string out;
  for (const json& r : report["results"])
    if (r["outcome"] != "pass")
      out += r["outcome"].get<std::string>() + " " + r["check"].get<std::string>() + ": " +
             r["seen"].get<std::string>() + "\n";
  return out;
}

std::string more_for(const std::string& name) {
  if (name == "no-forbidden-needed") return "--plugins " + environment("PLANTED") + "/neighbours";
  if (name == "round-trip") return kDecoder;
  return "";
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const json& c : json::parse(tool("check --list --json").out)) names.push_back(c["check"]);
  return names;
}

// Four at a time: most of a check is waiting.
std::vector<json> check_all(const std::vector<std::pair<fs::path, std::string>>& files) {
  std::vector<json> reports(files.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < files.size(); at = next++)
        reports[at] = check(files[at].first, files[at].second);
    });
  for (std::thread& t : threads) t.join();
  return reports;
}

TEST(PluginCheck, FindsInEachPlantedPluginItsDefectAndNoOther) {
  const std::vector<std::string> names = all_names();
  std::vector<std::pair<fs::path, std::string>> files;
  for (const std::string& name : names) {
    files.emplace_back(fs::path(environment("PLANTED")) / (name + ".so"), more_for(name));
    ASSERT_TRUE(fs::exists(files.back().first)) << "no planted plugin fails the check " << name;
  }
  const std::vector<json> reports = check_all(files);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const json& report = reports[i];
    EXPECT_EQ(findings(report), std::set<std::string>{name}) << text(report);
    for (const json& r : report["results"])
      if (r["check"] == name) {
        EXPECT_FALSE(r["seen"].get<std::string>().empty()) << name;
        EXPECT_FALSE(r["rule"].get<std::string>().empty()) << name;
        EXPECT_FALSE(r["remedy"].get<std::string>().empty()) << name;
      }
  }
}

TEST(PluginCheck, FindsNothingInSoundPlugins) {
  std::set<std::string> passed;
  std::vector<std::pair<fs::path, std::string>> files;
  for (const std::string kind : {"filter", "encoder", "sink", "source", "auth"})
    files.emplace_back(fs::path(environment("PLANTED")) / ("sound-" + kind + ".so"), kind == "encoder" ? kDecoder : "");
  for (const auto& entry : fs::directory_iterator(environment("GOOD")))
    if (entry.path().extension() == ".so") files.emplace_back(entry.path(), "");
  for (const json& report : check_all(files)) {
    EXPECT_EQ(findings(report), std::set<std::string>{}) << report["file"] << "\n" << text(report);
    for (const json& r : report["results"])
      if (r["outcome"] == "pass") passed.insert(r["check"]);
  }
  // A check that no sound plugin ever reaches the end of would prove nothing.
  for (const std::string& name : all_names()) EXPECT_TRUE(passed.contains(name)) << name << " was passed by no plugin";
}

// In the build folder CMake adds run paths; what is installed has none but $ORIGIN.
TEST(PluginCheck, FindsNothingInTheHostsOwnPluginsAndTheSample) {
  std::vector<std::pair<fs::path, std::string>> files;
  files.emplace_back(environment("SAMPLE"), "");
  for (const auto& entry : fs::directory_iterator(environment("FIRST_PARTY")))
    if (entry.path().extension() == ".so")
      files.emplace_back(entry.path(), "--config " + environment("SOURCE") + "/tests/plugin_check/first_party.yaml");
  EXPECT_GE(files.size(), 6u);
  for (const json& report : check_all(files)) {
    std::set<std::string> found = findings(report);
    found.erase("no-rpath-outside-origin");
    found.erase("scan-under-100ms");  // a warning, for a machine that does nothing else; gRPC is large
    EXPECT_EQ(found, std::set<std::string>{}) << report["file"] << "\n" << text(report);
    std::size_t skipped_for_want_of_a_configuration = 0;
    for (const json& r : report["results"])
      skipped_for_want_of_a_configuration +=
          r["seen"].get<std::string>().find("--config FILE.") != std::string::npos && r["group"] == "lifecycle";
    EXPECT_EQ(skipped_for_want_of_a_configuration, 0u) << report["file"] << "\n" << text(report);
  }
  const fs::path installed = fs::current_path() / "plugin_check_install";  // this build tree's own
  fs::remove_all(installed);
  ASSERT_EQ(std::system((environment("CMAKE") + " --install " + environment("BUILD") +
                         " --component plugins --prefix " + installed.string() + " >/dev/null")
                            .c_str()),
            0);
  for (const auto& entry : fs::directory_iterator(installed / "lib/millrace/plugins"))
    EXPECT_EQ(findings(check(entry.path(), "--only no-rpath-outside-origin")), std::set<std::string>{}) << entry.path();
  fs::remove_all(installed);
}

TEST(PluginCheck, SaysWhatWasSeenWhichRuleItIsAndWhatToDo) {
  const std::string file = environment("PLANTED") + "/only-clears-bits.so";
  const Said said = tool("check " + file + " --only only-clears-bits --seed 7");
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out,
            file +
                ": org.example.planted 1.0.0\n"
                "\n"
                "filter: filter planted\n"
                "  FAIL  only-clears-bits\n"
                "        seen:  The bit of record 0 of 150 was clear before apply() and is set after it.\n"
                "        rule:  A filter clears bits of the selection and sets none. (plugin.h, mr_filter_v1.apply)\n"
                "        to do: Write keep[i / 64] &= ~(1ull << (i % 64)) for what is dropped, and leave the rest as\n"
                "               it is.\n"
                "        again: millrace plugin check only-clears-bits.so --only only-clears-bits --seed 7\n"
                "\n"
                "0 pass, 1 fail; seed 7\n");
}

TEST(PluginCheck, ReplaysASeed) {
  const std::string file = environment("PLANTED") + "/fuzz.so";
  const Said first = tool("check " + file + " --only fuzz --seed 3"),
             again = tool("check " + file + " --only fuzz --seed 3");
  EXPECT_EQ(first.code, 1);
  EXPECT_EQ(first.out, again.out);
  EXPECT_NE(first.out.find("CRASH fuzz"), std::string::npos) << first.out;
  EXPECT_NE(first.out.find("\"twist\":true"), std::string::npos) << first.out;
}

TEST(PluginCheck, EndsAHangAtItsTimeout) {
  const Said said =
      tool("check " + environment("PLANTED") + "/interrupt-wakes-poll.so --only interrupt-wakes-poll --timeout 0.5");
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.out.find("It did not return within 500 ms. It was at: interrupt() 100 ms after"), std::string::npos)
      << said.out;
}

TEST(PluginCheck, RefusesWordsItDoesNotKnow) {
  EXPECT_EQ(tool("check").code, 2);
  const Said unknown = tool("check " + environment("PLANTED") + "/fuzz.so --only fuz");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_EQ(unknown.out,
            "millrace: there is no check 'fuz', did you mean 'fuzz'?\n  `millrace plugin check --list` shows what "
            "there is.\n");
  const Said missing = tool("check /nowhere/x.so");
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.out, "millrace: /nowhere/x.so: there is no such file.\n");
  // What is no plugin fails where it has to, and crashes nothing.
  const json report = json::parse(tool("check --json " + environment("SOURCE") + "/README.md").out);
  EXPECT_FALSE(report["good"]);
}

}  // namespace
}  // namespace millrace
