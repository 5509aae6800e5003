#include "runtime/secrets/secret.h"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <type_traits>

namespace millrace::secrets {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
static_assert(!Printable<Secret>);

TEST(Secret, HoldsBytesUntilItIsMovedFrom) {
  Secret secret = Secret::copy_of("hunter2");
  Secret other = std::move(secret);
  EXPECT_EQ(other.bytes(), "hunter2");
  EXPECT_TRUE(secret.empty());
  secret = std::move(other);
  EXPECT_EQ(secret.bytes(), "hunter2");
  EXPECT_TRUE(other.empty());
}

TEST(Secret, WipesWhatItCutsOff) {
  Secret secret = Secret::copy_of("hunter2-and-more");
  char* data = secret.data();
  secret.shrink(7);
  EXPECT_EQ(secret.bytes(), "hunter2");
  for (int i = 7; i < 16; ++i) EXPECT_EQ(data[i], '\0');
  secret.wipe();
  EXPECT_TRUE(secret.empty());
}

}  // namespace
}  // namespace millrace::secrets
