#include "preserve/custody/pack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <random>

#include "foundation/base/vector_fixture.hpp"
#include "preserve/custody/tar.hpp"
#include "preserve/custody/testing.hpp"

namespace tesseras::custody {
namespace {

using ::testing::HasSubstr;
using testing::Machine;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

class PackTest : public ::testing::Test {
 protected:
  PackTest() {
    testing::sample_folder(disk_);
    // Longer than what is read at once, of a size that ends no block, and deep in folders.
    testing::put(disk_, "/family/long.txt", std::string(300'000, 'l') + "\n");
    testing::put(disk_, "/family/empty.txt", "");
    hash_ = machine_.keep("/family");
  }

  std::string exported() {
    return testing::get(disk_, must(machine_.hand_on(hash_, "/out", ExportFormat::tar)).at);
  }
  std::string read(Pack& pack, std::uint64_t offset, std::size_t count) {
    base::Bytes bytes(count);
    bytes.resize(must(pack.read_at(offset, bytes)));
    return std::string(base::as_text(bytes));
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_};
  base::ContentHash hash_;
};

TEST_F(PackTest, IsTheTarThatIsExported) {
  const std::string tar = exported();
  auto pack = must(Pack::open(machine_.vault(), hash_));
  ASSERT_EQ(pack.size_bytes(), tar.size());
  EXPECT_EQ(pack.manifest().content_hash(), hash_);
  EXPECT_TRUE(read(pack, 0, tar.size()) == tar);
}

TEST_F(PackTest, IsReadFromAnywhere) {
  const std::string tar = exported();
  auto pack = must(Pack::open(machine_.vault(), hash_));
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t offset = random() % tar.size();
    const std::size_t count = random() % (i % 3 == 0 ? 100'000 : 700);
    EXPECT_TRUE(read(pack, offset, count) == tar.substr(offset, count)) << offset << " " << count;
  }
  // Every border of a member, and a byte on either side.
  const PackLayout layout(pack.manifest());
  for (std::size_t member = 0; member <= layout.members(); ++member) {
    const std::uint64_t begin = layout.begin_bytes(member);
    const std::uint64_t from = begin == 0 ? 0 : begin - 1;
    EXPECT_TRUE(read(pack, from, 514) == tar.substr(from, 514)) << member;
    EXPECT_EQ(layout.member_at(begin), member);
    if (begin > 0) {
      EXPECT_EQ(layout.member_at(begin - 1), member - 1);
    }
  }
  EXPECT_EQ(read(pack, tar.size() - 3, 10).size(), 3U);
  EXPECT_EQ(read(pack, tar.size(), 10).size(), 0U);
  EXPECT_EQ(read(pack, ~std::uint64_t{0}, 10).size(), 0U);
}

TEST_F(PackTest, BeginsWithManifestAndSignatures) {
  auto pack = must(Pack::open(machine_.vault(), hash_));
  const PackLayout layout(pack.manifest());
  const std::string folder = tessera::folder_name(hash_) + "/";
  EXPECT_THAT(read(pack, 0, 100), StartsWith(folder + "MANIFEST"));
  EXPECT_THAT(read(pack, layout.begin_bytes(1), 512), HasSubstr("signature.ed25519.sig"));
  EXPECT_THAT(read(pack, layout.begin_bytes(2), 512), HasSubstr("signature.mldsa65.sig"));
  EXPECT_EQ(layout.file_bytes(0), pack.manifest().text().size());
  EXPECT_EQ(layout.members(), pack.manifest().entries().size() + 3);
}

// One with a file large enough to have a blob's file of its own.
class LargePackTest : public PackTest {
 protected:
  LargePackTest() {
    testing::put(disk_, "/big/film.wav", testing::wav_bytes() + std::string(1'000'000, '\1'));
    hash_ = machine_.keep("/big");
    for (const auto& [relative, bytes] : testing::tree(disk_, machine_.home() / "blobs"))
      if (bytes.size() > 1'000'000) film_ = machine_.home() / "blobs" / relative;
    pack_ = must(Pack::open(machine_.vault(), hash_));
  }

  path film_;
  std::optional<Pack> pack_;
};

TEST_F(LargePackTest, HoldsWhileNothingIsDamaged) { EXPECT_TRUE(pack_->check()); }

TEST_F(LargePackTest, TellsWhatIsMissing) {
  must(disk_.remove(film_));
  base::Bytes bytes(pack_->size_bytes());
  EXPECT_THAT(outcome(pack_->read_at(0, bytes)), StartsWith("corrupt: "));
  EXPECT_THAT(outcome(pack_->check()), StartsWith("corrupt: "));
  EXPECT_EQ(read(*pack_, 0, 512).size(), 512U);
}

TEST_F(LargePackTest, FindsAFlippedBit) {
  disk_.flip_bit(film_, 900'000, 1);
  EXPECT_THAT(outcome(pack_->check()), HasSubstr("is not what MANIFEST says"));
}

TEST_F(PackTest, OfAnUnknownTesseraThereIsNone) {
  EXPECT_THAT(outcome(Pack::open(machine_.vault(), base::ContentHash{})),
              StartsWith("not_found: "));
}

// spec/vectors/pack, made by other code than ours: see make.py there.
TEST(PackVectors, Hold) {
  int held = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/pack";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename());
    auto vector = base::read_vector(entry.path());
    const base::Bytes path = base::bytes_of_vector(vector["path"]);
    const std::uint64_t size_bytes = std::stoull(vector["size"]);
    const base::WallTime created{std::stoll(vector["created"]), 0};
    EXPECT_EQ(base::to_hex(tar_header(base::as_text(path), size_bytes, created)),
              base::to_hex(base::bytes_of_vector(vector["header"])));
    EXPECT_EQ(std::to_string(tar_padding_bytes(size_bytes)), vector["padding"]);
    ++held;
  }
  EXPECT_GE(held, 20);
}

}  // namespace
}  // namespace tesseras::custody
