#include "runtime/plugin/state_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

namespace millrace::plugin {
namespace {

namespace fs = std::filesystem;

class StateStoreTest : public testing::Test {
 protected:
  static fs::path make_directory() {
    std::string name = (fs::temp_directory_path() / "millrace-state-XXXXXX").string();
    return ::mkdtemp(name.data()) == nullptr ? fs::path() : fs::path(name);
  }
  void TearDown() override { fs::remove_all(directory_); }
  const fs::path directory_ = make_directory();
  FileStateStore store_{directory_ / "state"};
};

TEST_F(StateStoreTest, GivesNothingForWhatWasNeverPut) {
  EXPECT_EQ(store_.get("orders", "activated").value(), std::nullopt);
}

TEST_F(StateStoreTest, KeepsAValueForTheNextProcess) {
  ASSERT_TRUE(store_.put("orders", "activated", "{\"at\":1}").ok());
  ASSERT_TRUE(store_.put("orders", "activated", std::string("new\0value", 9)).ok());
  FileStateStore next(directory_ / "state");
  EXPECT_EQ(next.get("orders", "activated").value(), std::string("new\0value", 9));
  EXPECT_EQ(next.get("other", "activated").value(), std::nullopt);
  struct stat info {};
  ASSERT_EQ(::stat((directory_ / "state/pipelines/orders/activated").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(StateStoreTest, KeepsStrangeKeysApartAndInsideItsFolder) {
  const std::vector<std::string> keys = {"../../evil", "a/b", "a%2Fb", ".hidden", "ä", ".", "..", "A", "a"};
  for (const std::string& key : keys) ASSERT_TRUE(store_.put("..", key, key).ok()) << key;
  for (const std::string& key : keys) EXPECT_EQ(store_.get("..", key).value(), key);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory_))
    if (entry.is_regular_file()) {
      ++files;
      EXPECT_EQ(entry.path().parent_path(), directory_ / "state/pipelines/%2E.");
    }
  EXPECT_EQ(files, keys.size());
}

TEST_F(StateStoreTest, KeepsTheOldValueWhenAWriteDiesHalfway) {
  ASSERT_TRUE(store_.put("orders", "k", "old").ok());
  // What a crash between write and rename leaves behind.
  std::ofstream(directory_ / "state/pipelines/orders/.k.new") << "ha";
  EXPECT_EQ(store_.get("orders", "k").value(), "old");
  ASSERT_TRUE(store_.put("orders", "k", "new").ok());
  EXPECT_EQ(store_.get("orders", "k").value(), "new");
  EXPECT_FALSE(fs::exists(directory_ / "state/pipelines/orders/.k.new"));
}

TEST_F(StateStoreTest, KeepsLongKeysApart) {
  const std::string key(400, '/');
  ASSERT_TRUE(store_.put("p", key + "1", "one").ok());
  ASSERT_TRUE(store_.put("p", key + "2", "two").ok());
  EXPECT_EQ(store_.get("p", key + "1").value(), "one");
  EXPECT_EQ(store_.get("p", key + "2").value(), "two");
}

TEST_F(StateStoreTest, BoundsKeysAndValues) {
  EXPECT_TRUE(store_.put("p", std::string(1024, 'k'), std::string(65'536, 'v')).ok());
  EXPECT_EQ(store_.put("p", std::string(1025, 'k'), "").code(), Code::kInvalidArgument);
  EXPECT_EQ(store_.put("p", "", "").code(), Code::kInvalidArgument);
  EXPECT_EQ(store_.put("p", "k", std::string(65'537, 'v')).message(),
            "a fact of 65537 bytes under a key of 1 cannot be kept: at most 65536 and 1024.");
}

TEST_F(StateStoreTest, SaysWhichFileCannotBeWritten) {
  std::ofstream(directory_ / "state") << "a file where the folder should be";
  const Status status = store_.put("orders", "k", "v");
  EXPECT_EQ(status.id(), "MR7052");
  EXPECT_EQ(status.message(), "the state file " + (directory_ / "state/pipelines/orders/k").string() +
                                  " cannot be written: Not a directory.");
  const auto read = store_.get("orders", "k");
  EXPECT_EQ(read.status().id(), "MR7051");
}

TEST_F(StateStoreTest, TakesPutsFromManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(store_.put("orders", "shared", std::string(1'000, static_cast<char>('a' + t))).ok());
    });
  for (auto& t : threads) t.join();
  const std::string value = store_.get("orders", "shared").value().value();
  EXPECT_EQ(value, std::string(1'000, value[0]));
}

}  // namespace
}  // namespace millrace::plugin
