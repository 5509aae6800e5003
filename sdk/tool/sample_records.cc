#include "sdk/tool/sample_records.h"

#include <algorithm>

namespace millrace::sdk_tool {
namespace {

std::string letters(Random& random, std::size_t most) {
  std::string out(1 + random() % most, ' ');
  for (char& c : out) c = static_cast<char>('a' + random() % 26);
  return out;
}

}  // namespace

std::vector<SampleRecord> ordinary_records(Random& random, std::uint32_t count) {
  std::vector<SampleRecord> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    SampleRecord r;
    r.key = "key-" + std::to_string(random() % 1'000);
    r.value = random() % 2 == 0 ? letters(random, 40)
                                : "{\"id\":" + std::to_string(i) + ",\"amount\":" + std::to_string(random() % 500) +
                                      ",\"name\":\"" + letters(random, 12) + "\"}";
    if (random() % 3 == 0) r.headers = {{"trace", letters(random, 8)}};
    r.stream = i % 3;
    out.push_back(std::move(r));
  }
  return out;
}

std::vector<SampleRecord> grouped(std::vector<SampleRecord> records) {
  std::stable_sort(records.begin(), records.end(),
                   [](const SampleRecord& a, const SampleRecord& b) { return a.stream < b.stream; });
  return records;
}

std::vector<SampleRecord> odd_records(Random& random, std::uint32_t count) {
  std::vector<SampleRecord> out = ordinary_records(random, count);
  const auto odd = [&](std::optional<std::string>& text) {
    switch (random() % 6) {
      case 0:
        text.reset();
        break;
      case 1:
        text = "";
        break;
      case 2:
        text = std::string("\xff\x00\xc3", 3) + letters(random, 5);
        break;
      case 3:
        text = std::string(random() % 5'000, '{');
        break;
      default:
        break;
    }
  };
  for (SampleRecord& r : out) {
    odd(r.key);
    odd(r.value);
    for (auto& [name, value] : r.headers) {
      odd(value);
      if (random() % 4 == 0) name = "\xfe\n";
    }
  }
  return out;
}

std::string kept(Live& live, const PagedBatch& batch, Outcome when_it_fails) {
  Selection keep(batch.count());
  if (const Answer answer = live.apply(batch.get(), keep.words()); !answer.ok())
    throw Finding{when_it_fails, "apply() failed with " + answer.words() + "."};
  return keep.bits(batch.count());
}

}  // namespace millrace::sdk_tool
