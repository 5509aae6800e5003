#include "event.h"

#include <algorithm>

#include "utf8.h"

namespace millrace::filter {

using Token = JsonReader::Token;

bool Event::read(std::string_view text, const std::vector<std::string>& paths) {
  paths_ = &paths;
  values_.resize(paths.size());
  for (auto& values : values_) values.clear();
  nodes_.assign(1, Node{kRoot, false});
  open_.clear();
  if (!is_utf8(text)) return false;
  reader_.restart(text);
  if (reader_.next() != Token::kBeginObject) return false;
  open_.push_back({{0, static_cast<std::uint32_t>(paths.size()), 0}, kRoot, kRoot, false});
  return read_members();
}

bool Event::read_members() {
  Place place = open_.back().place;  // of the next value
  std::size_t unwanted = 0;          // open containers below a member that no path asks for
  for (;;) {
    const Token token = reader_.next();
    switch (token) {
      case Token::kFault:
        return false;
      case Token::kEnd:
        return true;
      case Token::kKey:
        if (unwanted == 0) place = step(open_.back(), reader_.value());
        break;
      case Token::kBeginObject:
      case Token::kBeginArray:
        if (unwanted > 0 || !place.is_wanted()) {
          ++unwanted;
        } else {
          enter(place, token == Token::kBeginArray);
        }
        break;
      case Token::kEndObject:
      case Token::kEndArray:
        if (unwanted > 0) {
          --unwanted;
        } else {
          open_.pop_back();
          if (!open_.empty() && open_.back().is_array) place = open_.back().place;
        }
        break;
      case Token::kString:
        if (unwanted == 0) add_value(place, Leaf::Kind::kString);
        break;
      case Token::kNumber:
        if (unwanted == 0) add_value(place, Leaf::Kind::kNumber);
        break;
      case Token::kTrue:
      case Token::kFalse:
      case Token::kNull:
        if (unwanted == 0) add_value(place, Leaf::Kind::kLiteral);
        break;
    }
  }
}

// Narrows the range of paths by one member name. The paths are sorted and share what came before, so those that go on
// with this name are neighbours.
Event::Place Event::step(const Container& from, std::string_view name) const noexcept {
  const auto narrow = [this](Place place, std::string_view more) -> Place {
    const auto at = [&](const std::string& path) { return std::string_view(path).substr(place.length, more.size()); };
    const auto begin = paths_->begin() + place.first;
    const auto end = paths_->begin() + place.last;
    const auto low = std::partition_point(begin, end, [&](const std::string& path) { return at(path) < more; });
    const auto high = std::partition_point(low, end, [&](const std::string& path) { return at(path) == more; });
    return {static_cast<std::uint32_t>(low - paths_->begin()), static_cast<std::uint32_t>(high - paths_->begin()),
            place.length + more.size()};
  };
  const bool is_top = open_.size() == 1;
  return narrow(is_top ? from.place : narrow(from.place, "."), name);
}

void Event::enter(const Place& place, bool is_array) {
  const Container& outer = open_.back();
  // Only what is a container itself is an entry of its own; see the head of event.h about scalars.
  const std::uint32_t node = outer.is_array ? add_node(outer.array, false) : outer.node;
  open_.push_back({place, node, is_array ? add_node(node, true) : kRoot, is_array});
}

void Event::add_value(const Place& place, Leaf::Kind kind) {
  if (!place.is_wanted() || (*paths_)[place.first].size() != place.length) return;
  values_[place.first].push_back({kind, open_.back().node, reader_.value()});
}

std::uint32_t Event::add_node(std::uint32_t parent, bool is_array) {
  nodes_.push_back({parent, is_array});
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

}  // namespace millrace::filter
