#include "base64.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

namespace millrace::lambda_event {
namespace {

// One character at a time, nothing shared with the code under test.
std::string reference(const std::string& in) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t bit = 0; bit < in.size() * 8; bit += 6) {
    unsigned field = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const unsigned one = i < in.size() * 8 ? static_cast<unsigned char>(in[i / 8]) >> (7 - i % 8) & 1u : 0u;
      field = field << 1 | one;
    }
    out += alphabet[field];
  }
  while (out.size() % 4 != 0) out += '=';
  return out;
}

// Input and output in allocations of their exact sizes, so that AddressSanitizer sees a read or a write past them.
std::string encode(Base64Encode kernel, const std::string& in) {
  const std::unique_ptr<std::uint8_t[]> source(new std::uint8_t[in.size()]);
  std::copy(in.begin(), in.end(), source.get());
  const std::unique_ptr<char[]> target(new char[base64_size(in.size())]);
  kernel(source.get(), in.size(), target.get());
  return {target.get(), base64_size(in.size())};
}

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  for (const Base64Kernel& kernel : base64_kernels()) {
    if (!kernel.runs_here) continue;
    SCOPED_TRACE(kernel.name);
    EXPECT_EQ(encode(kernel.encode, ""), "");
    EXPECT_EQ(encode(kernel.encode, "f"), "Zg==");
    EXPECT_EQ(encode(kernel.encode, "fo"), "Zm8=");
    EXPECT_EQ(encode(kernel.encode, "foo"), "Zm9v");
    EXPECT_EQ(encode(kernel.encode, "foob"), "Zm9vYg==");
    EXPECT_EQ(encode(kernel.encode, "fooba"), "Zm9vYmE=");
    EXPECT_EQ(encode(kernel.encode, "foobar"), "Zm9vYmFy");
  }
}

TEST(Base64, EveryKernelAgreesWithTheReferenceAtEveryLengthUpTo1100) {
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size <= 1100; ++size) {
    const std::string in = random_bytes(random, size);
    const std::string expected = reference(in);
    for (const Base64Kernel& kernel : base64_kernels()) {
      if (kernel.runs_here) {
        ASSERT_EQ(encode(kernel.encode, in), expected) << kernel.name << ", " << size << " bytes";
      }
    }
  }
}

TEST(Base64, EveryKernelWritesEveryCharacterInEveryColumn) {
  // Each of the 64 fields at each of the 64 places of the widest kernel's block.
  std::string in(48 * 64, '\0');
  for (std::size_t i = 0; i < 64 * 64; ++i) {
    const auto field = static_cast<unsigned>((i % 64 + i / 64) % 64);
    for (std::size_t b = 0; b < 6; ++b) {
      const std::size_t bit = i * 6 + b;
      if (field >> (5 - b) & 1) in[bit / 8] = static_cast<char>(in[bit / 8] | 1 << (7 - bit % 8));
    }
  }
  const std::string expected = reference(in);
  for (const Base64Kernel& kernel : base64_kernels()) {
    if (kernel.runs_here) {
      EXPECT_EQ(encode(kernel.encode, in), expected) << kernel.name;
    }
  }
}

TEST(Base64, EveryKernelAgreesWithThePlainOneOnLargeInput) {
  std::mt19937_64 random(2);
  const Base64Encode plain = base64_kernels().back().encode;
  for (int round = 0; round < 20; ++round) {
    const std::string in = random_bytes(random, random() % 200000);
    const std::string expected = encode(plain, in);
    for (const Base64Kernel& kernel : base64_kernels()) {
      if (kernel.runs_here) {
        ASSERT_EQ(encode(kernel.encode, in), expected) << kernel.name << ", " << in.size() << " bytes";
      }
    }
  }
}

TEST(Base64, ThePlainKernelRunsEverywhereAndTheBestOneRunsHere) {
  EXPECT_TRUE(base64_kernels().back().runs_here);
  EXPECT_EQ(encode(best_base64(), "foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace millrace::lambda_event
