#include "runtime/config/yaml_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "runtime/config/expand_variables.h"
#include "runtime/config/utf8.h"

namespace millrace::config {
namespace {

struct Refused {  // thrown by the handler through yaml-cpp, caught in read_yaml()
  std::string id;
  Place place;
  std::string message, hint;
};

Place to_place(const YAML::Mark& mark) {
  return mark.line < 0 ? Place{} : Place{mark.line + 1, mark.column + 1};
}

// Builds the tree from yaml-cpp's events; its own node type would have typed and merged what we want to see as written.
class TreeBuilder final : public YAML::EventHandler {
 public:
  Node take() { return std::move(root_); }
  Place last_quoted() const { return last_quoted_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.place = to_place(mark);
    node.text = "null";
    add(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Node node;
    node.place = to_place(mark);
    node.text = text;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (node.quoted) {
      last_quoted_ = node.place;
    } else {
      refuse_tag(tag, node.place);
    }
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Place place = to_place(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw Refused{"MR1103", place, "the alias stands inside the value it names", "A value cannot contain itself."};
    if (frames_.size() + height(found->second) > kMaximumDepth) refuse_depth(place);
    count(found->second, place);
    attach(Node(found->second));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kSequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMapping, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor;
    bool has_key = false;
  };

  static void refuse_tag(const std::string& tag, Place place) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refused{"MR1103", place, "the tag '" + tag + "' is not accepted",
                  "Leave the tag out; quote a value to make it text."};
  }

  [[noreturn]] static void refuse_depth(Place place) {
    throw Refused{"MR1104", place, "values are nested more than " + std::to_string(kMaximumDepth) + " deep", ""};
  }

  static std::size_t height(const Node& node) {
    std::size_t most = 0;
    for (const Node& item : node.items) most = std::max(most, height(item));
    return most + (node.is_scalar() ? 0 : 1);
  }

  // Counts a value and all within it against the limits that keep aliases from multiplying into gigabytes.
  void count(const Node& node, Place place) {
    ++nodes_;
    bytes_ += node.text.size();
    for (const std::string& key : node.keys) bytes_ += key.size();
    if (nodes_ > kMaximumNodes || bytes_ > kMaximumTextBytes)
      throw Refused{"MR1104", place,
                    "the file holds more than " + std::to_string(kMaximumNodes) +
                        " values, or more than 4 MiB of text, once its aliases are expanded",
                    "Write fewer values."};
    for (const Node& item : node.items) count(item, place);
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const Place place = to_place(mark);
    refuse_tag(tag, place);
    if (frames_.size() >= kMaximumDepth) refuse_depth(place);
    if (expects_key()) refuse_key(place);
    Frame frame{Node{}, anchor};
    frame.node.kind = kind;
    frame.node.place = place;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    frame.has_key = false;
    Node counted;  // the container itself; its items were counted when they came
    count(counted, frame.node.place);
    remember(frame.node, frame.anchor);
    attach(std::move(frame.node));
  }

  void add(Node node, YAML::anchor_t anchor) {
    count(node, node.place);
    remember(node, anchor);
    attach(std::move(node));
  }

  void remember(const Node& node, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    count(node, node.place);  // the copy takes memory too
    anchors_[anchor] = node;
  }

  bool expects_key() const { return !frames_.empty() && frames_.back().node.is_mapping() && !frames_.back().has_key; }

  [[noreturn]] static void refuse_key(Place place) {
    throw Refused{"MR1103", place, "a key must be plain text, not a list or a mapping", ""};
  }

  void attach(Node node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (!expects_key()) {
      // An empty value is reported where the next token stands; its key is where a person looks.
      if (frame.has_key && node.is_scalar() && !node.quoted && node.text == "null" &&
          node.place.line > frame.node.key_places.back().line)
        node.place = frame.node.key_places.back();
      frame.node.items.push_back(std::move(node));
      frame.has_key = false;
      return;
    }
    if (!node.is_scalar()) refuse_key(node.place);
    if (node.text == "<<" && !node.quoted)
      throw Refused{"MR1103", node.place, "the merge key '<<' is not accepted",
                    "Write the fields out, or give the whole mapping an anchor and name it where it is needed."};
    frame.node.keys.push_back(std::move(node.text));
    frame.node.key_places.push_back(node.place);
    frame.has_key = true;
  }

  Node root_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  Place last_quoted_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

// yaml-cpp's words are for those who know its scanner; these are for those who know their file.
std::pair<std::string, std::string> in_operator_words(const std::string& words) {
  struct Row {
    std::string_view theirs, message, hint;
  };
  static constexpr std::array kRows = {
      Row{"illegal map value", "a ':' does not belong here",
          "Check the indentation, or quote a text that contains ': '."},
      Row{"illegal block entry", "a '-' does not belong here", "Check that the items of a list are indented alike."},
      Row{"illegal map key", "a '?' does not belong here", "Quote the text."},
      Row{"end of map not found", "this line does not belong to the mapping above it",
          "Check the indentation and that each key ends with ': '."},
      Row{"end of sequence not found", "this line does not belong to the list above it",
          "Check the indentation and that each item starts with '- '."},
      Row{"end of map flow not found", "a '{' is not closed by '}' before this place", ""},
      Row{"end of sequence flow not found", "a '[' is not closed by ']' before this place", ""},
      Row{"illegal tab", "a tab cannot be used for indentation", "Use spaces."},
      Row{"illegal EOF", "this quote is not closed before the end of the file", ""},
      Row{"illegal document indicator", "'---' or '...' stands inside a quoted text", "Close the quote."},
      Row{"illegal flow end", "a ']' or '}' has no opening", ""},
      Row{"unknown token", "this character does not belong here", "Quote a text that starts with @, ` or %."},
      Row{"unknown escape character", "this \\ escape is not known", "Use single quotes when a backslash is meant."},
      Row{"the referenced anchor is not defined", "the alias names an anchor that is not defined above it", ""},
  };
  for (const Row& row : kRows)
    if (words.find(row.theirs) != std::string::npos) return {std::string(row.message), std::string(row.hint)};
  return {words, ""};
}

Place place_of_offset(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  return {static_cast<int>(lines) + 1,
          static_cast<int>(offset - (start == std::string_view::npos ? 0 : start + 1)) + 1};
}

// yaml-cpp takes the end of the file for a closing quote. Only the last quoted scalar can have swallowed the rest.
bool is_closed(std::string_view text, Place start) {
  if (start.line == 0) return true;
  for (int line = 1; line < start.line; ++line) text.remove_prefix(text.find('\n') + 1);
  text.remove_prefix(static_cast<std::size_t>(start.column) - 1);
  while (!text.empty() && (text.front() == '&' || text.front() == '!'))  // an anchor or a tag before the scalar
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n", text.find_first_of(" \t\r\n"))));
  if (text.empty() || (text.front() != '\'' && text.front() != '"')) return true;
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote) return true;
      ++i;
    }
  }
  return false;
}

YamlRead failed(const std::string& file, std::string id, Place place, std::string message, std::string hint) {
  YamlRead read;
  read.diagnostics.push_back(
      {std::move(id), Severity::kError, file, place.line, place.column, "", std::move(message), std::move(hint)});
  return read;
}

}  // namespace

YamlRead read_yaml(std::string_view text, const std::string& file, const Environment& environment) {
  if (text.size() > kMaximumFileBytes)
    return failed(file, "MR1002", {}, "the file is larger than 1 MiB", "Check that it is a configuration file.");
  if (const std::size_t bad = first_invalid_utf8(text); bad < text.size())
    return failed(file, "MR1003", place_of_offset(text, bad), "this byte is not UTF-8 text", "Save the file as UTF-8.");
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    return failed(file, "MR1003", place_of_offset(text, zero), "a zero byte stands in the text",
                  "Check that it is a text file.");

  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::string ended = std::string(text) + (text.ends_with('\n') ? "" : "\n");
  TreeBuilder builder;
  try {
    std::istringstream stream{ended};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return failed(file, "MR1101", {}, "the file is empty", "");
    if (!is_closed(ended, builder.last_quoted()))
      return failed(file, "MR1101", builder.last_quoted(), "this quote is not closed before the end of the file", "");
    TreeBuilder rest;
    if (parser.HandleNextDocument(rest))
      return failed(file, "MR1103", rest.take().place, "a second document starts here",
                    "Put each document into a file of its own.");
  } catch (const Refused& refused) {
    return failed(file, refused.id, refused.place, refused.message, refused.hint);
  } catch (const YAML::Exception& e) {
    auto [message, hint] = in_operator_words(e.msg);
    return failed(file, "MR1101", to_place(e.mark), std::move(message), std::move(hint));
  }

  YamlRead read;
  Node root = builder.take();
  if (environment) expand_variables(root, file, environment, read.diagnostics);
  if (read.diagnostics.empty()) read.root = std::move(root);
  return read;
}

std::optional<std::string> read_file(const std::string& file, std::size_t limit, Diagnostics& diagnostics) {
  auto fail = [&](std::string id, const std::string& message, std::string hint) {
    diagnostics.push_back({std::move(id), Severity::kError, file, 0, 0, "", message, std::move(hint)});
    return std::nullopt;
  };
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail("MR1001", std::string("cannot be read: ") + std::strerror(errno),
                "Check the path and its permissions.");
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } closer{fd};
  struct stat info {};
  if (::fstat(fd, &info) != 0) return fail("MR1001", std::string("cannot be read: ") + std::strerror(errno), "");
  if (S_ISDIR(info.st_mode)) return fail("MR1001", "is a directory, not a file", "Name the files in it.");
  std::string bytes;
  char buffer[16384];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("MR1001", std::string("cannot be read: ") + std::strerror(errno), "");
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > limit)
      return fail("MR1002", "the file is larger than 1 MiB", "Check that it is a configuration file.");
  }
}

YamlRead read_yaml_file(const std::string& file, const Environment& environment) {
  YamlRead read;
  const auto text = read_file(file, kMaximumFileBytes, read.diagnostics);
  if (!text) return read;
  return read_yaml(*text, file, environment);
}

}  // namespace millrace::config
