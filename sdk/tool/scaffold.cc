#include "sdk/tool/scaffold.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

namespace millrace::sdk_tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 40;

std::string camel_case(const std::string& name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

std::string with_dashes(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name;
}

// Each @WORD@ that is known, replaced.
std::string filled_in(std::string text, const std::map<std::string, std::string>& words) {
  for (const auto& [word, value] : words)
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size()))
      text.replace(at, word.size(), value);
  return text;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Status cannot(Code code, const std::string& message, const std::string& hint = {}) {
  return Status(code, "", message, hint);
}

}  // namespace

std::string problem_with_name(const std::string& name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return "it does not begin with a letter a-z";
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
      return "it has something else in it than a-z, 0-9 and _";
  if (name.back() == '_' || name.find("__") != std::string::npos) return "an underscore stands between two words";
  if (name.size() > kLongestName) return "it is longer than " + std::to_string(kLongestName) + " characters";
  return "";
}

Result<Scaffolded> scaffold(const Scaffold& what) {
  if (const std::string problem = problem_with_name(what.name); !problem.empty())
    return cannot(Code::kInvalidArgument, "'" + what.name + "' cannot be a component's type: " + problem + ".",
                  "A type is lower_snake_case, such as keep_large.");
  Scaffolded out;
  out.directory = what.directory.empty() ? fs::path(what.kind + "_" + what.name) : what.directory;
  const std::map<std::string, std::string> words = {{"@KIND@", what.kind},
                                                    {"@NAME@", what.name},
                                                    {"@CLASS@", camel_case(what.name)},
                                                    {"@DASHED@", with_dashes(what.name)},
                                                    {"@PREFIX@", what.prefix.string()}};
  std::map<std::string, std::string> files;
  for (const fs::path& folder : {what.templates / "common", what.templates / what.kind}) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      files[filled_in(it->path().filename().string(), {{"NAME", what.name}})] = filled_in(contents(it->path()), words);
    if (error)
      return cannot(Code::kNotFound, "There are no templates in " + folder.string() + ".",
                    "They are installed with Millrace, in share/millrace/template beside bin.");
  }
  for (const auto& [name, text] : files) {
    std::error_code ignored;
    if (fs::exists(out.directory / name, ignored))
      return cannot(Code::kAlreadyExists,
                    (out.directory / name).string() + " is there already, and nothing is overwritten.",
                    "Name another --directory.");
  }
  std::error_code error;
  fs::create_directories(out.directory, error);
  for (const auto& [name, text] : files) {
    std::ofstream file(out.directory / name, std::ios::binary);
    file << text;
    file.close();
    if (error || !file) return cannot(Code::kUnavailable, (out.directory / name).string() + " cannot be written.");
    out.files.push_back(name);
  }
  return out;
}

}  // namespace millrace::sdk_tool
