#include "fetched_records.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::kafka {
namespace {

mr_bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(ByteStore, KeepsEveryCopyWhereItIsWhileItGrows) {
  ByteStore store;
  std::vector<std::string> texts;
  for (int i = 0; i < 5'000; ++i) texts.push_back("value " + std::to_string(i));
  std::vector<mr_bytes> copies;
  for (const std::string& text : texts) copies.push_back(store.copy(bytes_of(text)));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_NE(copies[i].data, bytes_of(texts[i]).data);
    EXPECT_EQ(view(copies[i]), texts[i]);
  }
  EXPECT_LT(store.size(), 150'000u);
}

TEST(ByteStore, TakesWhatIsLargerThanAPiece) {
  ByteStore store;
  const std::string small = "small", large(1'000'000, 'x');
  const mr_bytes before = store.copy(bytes_of(small)), whole = store.copy(bytes_of(large));
  EXPECT_EQ(view(whole), large);
  EXPECT_EQ(view(store.copy(bytes_of(small))), small);
  EXPECT_EQ(view(before), small);
  EXPECT_GE(store.size(), large.size());
}

TEST(ByteStore, TellsAbsentFromEmpty) {
  ByteStore store;
  EXPECT_EQ(store.copy({nullptr, 0}).data, nullptr);
  const mr_bytes empty = store.copy(bytes_of(""));
  EXPECT_NE(empty.data, nullptr);
  EXPECT_EQ(empty.size, 0u);
}

}  // namespace
}  // namespace millrace::kafka
