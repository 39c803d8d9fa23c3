#include "preserve/custody/published_size.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/pack.hpp"
#include "preserve/custody/testing.hpp"

namespace tesseras::custody {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

class PublishedSize : public ::testing::Test {
 protected:
  PublishedSize() { testing::sample_folder(disk_); }

  // MANIFEST of a tessera of the sample folder, in which the file that ends so is said to have so
  // many bytes.
  tessera::Manifest manifest(tessera::Visibility visibility, std::string_view file,
                             std::uint64_t size_bytes) {
    auto options = testing::all_of("/family");
    options.visibility = visibility;
    const auto hash = must(machine_.create(options)).tesserae.at(0).content_hash;
    const auto made =
        must(tessera::Manifest::parse(must(files_in_vault(machine_.vault(), hash)->manifest())));
    tessera::ManifestBuilder builder;
    std::size_t found = 0;
    for (const auto& entry : made.entries()) {
      const bool is_it = entry.path.ends_with(file);
      found += is_it ? 1 : 0;
      builder.add(entry.decoded_path(), entry.blake3, entry.sha256, entry.media_type,
                  is_it ? size_bytes : entry.size_bytes);
    }
    EXPECT_EQ(found, 1) << file;
    return must(builder.build(made.header()));
  }

  runtime::MemoryDisk disk_;
  testing::Machine machine_{disk_};
};

TEST_F(PublishedSize, OfAnOpenOneIsThatOfItsMedia) {
  const auto of = [&](std::uint64_t png_bytes) {
    return outcome(
        check_published_size(manifest(tessera::Visibility::everyone, "/media.png", png_bytes)));
  };
  EXPECT_EQ(of(gib - 100'000), "ok");
  EXPECT_THAT(of(gib), AllOf(StartsWith("exhausted: it has 1 GB of media"), HasSubstr("--split")));
}

TEST_F(PublishedSize, OfAnOpenOneIsThatOfItsTextsToo) {
  const auto of = [&](std::uint64_t page_bytes) {
    return outcome(
        check_published_size(manifest(tessera::Visibility::everyone, "index.html", page_bytes)));
  };
  EXPECT_EQ(of(gib), "ok");
  EXPECT_THAT(of(gib / 4 * 5),
              AllOf(StartsWith("exhausted: it has 1.3 GB with all"), HasSubstr("of fewer files")));
}

TEST_F(PublishedSize, OfAnEncryptedOneIsThatOfItsPack) {
  const auto of = [&](std::uint64_t content_bytes) {
    return outcome(
        check_published_size(manifest(tessera::Visibility::only_me, "content.enc", content_bytes)));
  };
  // A GiB of media, rounded up, and a fifth more.
  EXPECT_EQ(of(gib + gib / 5), "ok");
  EXPECT_THAT(of(gib / 4 * 5),
              AllOf(StartsWith("exhausted: it has 1.3 GB, encrypted"), HasSubstr("--split")));
  EXPECT_THAT(of(gib * 1000), StartsWith("exhausted: "));
  // To the byte, by the pack that others keep.
  const auto small = manifest(tessera::Visibility::only_me, "content.enc", 512);
  const auto beside = PackLayout(small).size_bytes() - 512;
  const auto most = (Limits::published_pack_bytes_max - beside) / 10'240 * 10'240;
  EXPECT_EQ(of(most), "ok");
  EXPECT_NE(of(most + 20'480), "ok");
}

}  // namespace
}  // namespace tesseras::custody
