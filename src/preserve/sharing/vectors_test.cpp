// spec/vectors/sharing, made by other code than ours: see make.py there.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "foundation/base/vector_fixture.hpp"
#include "preserve/sharing/shamir.hpp"

namespace tesseras::sharing {
namespace {

// "01aabb 02ccdd": an index, and the data, of each.
std::vector<Share> shares_of(const std::string& text) {
  std::vector<Share> shares;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const base::Bytes bytes = base::bytes_of_vector(word);
    shares.push_back({std::to_integer<std::uint8_t>(bytes[0]),
                      crypto::SecretBuffer::copy_of(base::ByteSpan(bytes).subspan(1))});
  }
  return shares;
}

std::string text_of(std::span<const Share> shares) {
  std::string text;
  for (const Share& share : shares) {
    if (!text.empty()) text += ' ';
    text += base::to_hex(std::array{std::byte{share.index}}) + base::to_hex(share.data.span());
  }
  return text;
}

TEST(SharingVectors, Hold) {
  int split = 0, combined = 0, refused = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/sharing";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename());
    base::VectorFields v = base::read_vector(entry.path());
    if (v.contains("coefficients")) {
      const auto shares = split_with(
          base::bytes_of_vector(v["secret"]), static_cast<unsigned>(std::stoul(v["threshold"])),
          static_cast<unsigned>(std::stoul(v["count"])), base::bytes_of_vector(v["coefficients"]));
      EXPECT_EQ(text_of(shares), v["shares"]);
      ++split;
      continue;
    }
    const auto secret = combine(shares_of(v["shares"]));
    EXPECT_EQ(secret ? "valid" : base::name_of(secret.error().code), v["expect"]);
    ++(secret ? combined : refused);
    if (!secret) continue;
    EXPECT_EQ(base::to_hex(secret->span()), v["secret"]);
  }
  EXPECT_GE(split, 4);
  EXPECT_GE(combined, 6);
  EXPECT_GE(refused, 5);
}

}  // namespace
}  // namespace tesseras::sharing
