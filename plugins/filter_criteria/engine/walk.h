// The second pass: walks the fields that patterns ask for, along the masks of the scan, and tells which slots are
// satisfied.
//
// What nobody asks for is skipped bracket by bracket without a look at its bytes. Nothing recurses; memory grows with
// the nesting of wanted containers only. The text must have passed the scan.
//
// Used by json_matcher.cc; a Walk belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "field_tree.h"
#include "scan.h"

namespace millrace::filter {

// What is known of a slot. "In an entry": inside an object or array that is an entry of an array.
enum SlotState : std::uint8_t {
  kSeenOutside = 1,   // a value that is in no entry; noted for slots that may be absent only
  kSeenInEntry = 2,   // the same, in an entry
  kTakenOutside = 4,  // an alternative took a value that is in no entry
  kTakenInEntry = 8,
};

class Walk {
 public:
  // How slots make parts; the caller fills it once for its patterns.
  struct Parts {
    std::vector<std::uint32_t> part_of;     // by slot
    std::vector<std::uint8_t> is_alone;     // by slot: the only field of its part
    std::vector<std::uint32_t> counts;      // by part: how many slots it has
    std::vector<std::uint8_t> ends_search;  // by part: when it is satisfied the caller wants no more

    void finish();  // behind the last slot

   private:
    friend Walk;
    std::vector<std::uint32_t> fresh_;  // what a walk's memory is before it begins: left(), and behind it slots()
    std::size_t slots_at_ = 0;
  };

  // Fills slots(), left() and satisfied(). Stops early when all parts are satisfied, or one that ends the search.
  // checks: the scan was not a full one, so what is looked at is checked here; false when it is malformed.
  bool run(std::string_view text, Scan scan, const Blocks& blocks, const FieldNode& root, const Parts& parts,
           bool may_end_search, bool checks);

  const std::uint8_t* slots() const noexcept { return slots_; }
  // By part: 0 when each of its slots is satisfied by a value outside all entries, or it has one slot alone.
  const std::uint32_t* left() const noexcept { return left_; }
  // The parts of which nothing is left, a bit for each. Means nothing for more than 64 parts.
  std::uint64_t satisfied() const noexcept { return satisfied_; }
  // Some entry satisfied a slot of a part that has others too, so that they may have to be joined.
  bool has_entries() const noexcept { return has_entries_; }

 private:
  struct Frame {
    const FieldNode* node;
    bool is_array;
    bool in_entry;
  };

  void grow();
  void push(const FieldNode* node, bool is_array, bool in_entry);
  void pop() noexcept;
  bool walk_objects();
  bool walk_array();
  void skip_container(std::size_t open);
  void go_behind(std::size_t at) noexcept;
  const Frame& top() const noexcept { return frames_.data()[depth_ - 1]; }
  std::size_t next_marked(std::size_t block) const noexcept;
  std::size_t string_end(std::size_t open) const noexcept;
  std::size_t scalar_end(std::size_t at) const noexcept;
  std::size_t skip_white(std::size_t at) const noexcept;
  const FieldNode* find(const FieldNode& node, std::size_t begin, std::size_t end);
  bool value(const FieldNode& node, std::size_t at, bool in_entry, std::size_t& end);
  bool string_value(const FieldNode& node, std::string_view raw, bool in_entry);
  bool number_value(const FieldNode& node, std::size_t at, bool in_entry, std::size_t& end);
  bool word_value(const FieldNode& node, std::string_view raw, bool in_entry);
  bool take(std::uint32_t slot, bool in_entry);
  void see(const FieldNode& node, bool in_entry) noexcept;

  std::string_view text_;
  const std::uint64_t *marks_of_ = nullptr, *brackets_ = nullptr, *opens_ = nullptr, *objects_ = nullptr,
                      *ends_ = nullptr;  // by block
  const std::uint64_t* filled_ = nullptr;
  const Parts* parts_ = nullptr;
  bool escapes_ = false;
  bool may_end_search_ = false;
  bool checks_ = false;
  bool is_malformed_ = false;
  std::size_t last_name_ = 0;  // block
  std::size_t block_ = 0;      // where the walk is: the next mark is in this block or later,
  std::uint64_t marks_ = 0;    // among these bits of it
  std::size_t at_ = 0;         // in an array: the next byte to look at
  std::size_t parts_left_ = 0;
  std::uint64_t satisfied_ = 0;
  bool has_entries_ = false;
  std::vector<std::uint32_t> memory_;
  std::uint8_t* slots_ = nullptr;  // by slot
  std::uint32_t* left_ = nullptr;  // by part
  std::vector<Frame> frames_;      // the first depth_ of them: containers that have not ended, the innermost last
  std::size_t depth_ = 0;
  std::size_t arrays_ = 0;  // among them
  std::string decoded_;
};

}  // namespace millrace::filter
