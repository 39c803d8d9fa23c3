#include "preserve/tessera/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "foundation/base/bytes.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/test_tessera.hpp"

namespace tesseras::tessera {
namespace {

using ::testing::HasSubstr;

using test::add_file;
using test::add_memory;
using test::blake3_of;

const std::string mldsa65_key(Limits::mldsa65_key_bytes, 'm');

ManifestHeader sample_header() {
  ManifestHeader header;
  header.created = *base::from_rfc3339_seconds("2026-02-14T09:30:00Z");
  header.creator.bytes.fill(std::byte{7});
  header.creator_mldsa65 = blake3_of(mldsa65_key);
  header.language = "pt-BR";
  return header;
}

void add_fixed(ManifestBuilder& builder, const ManifestHeader& header) {
  test::add_fixed(builder, base::as_text(header.creator.bytes), mldsa65_key);
}

base::Result<Manifest> build_sample(const ManifestHeader& header) {
  ManifestBuilder builder;
  add_memory(builder, "one");
  add_memory(builder, "two");
  add_fixed(builder, header);
  return builder.build(header);
}

TEST(Manifest, RoundTripsEveryKey) {
  ManifestHeader header = sample_header();
  header.title = "Verão em Ericeira";
  header.visibility = Visibility::sealed;
  header.supersedes = base::ContentHash{blake3_of("older").bytes};
  header.collection = Collection{*CollectionId::from_hex("00112233445566778899aabbccddeeff"), 2, 3};
  header.capsule = CapsuleId{blake3_of("capsule").bytes};
  header.open_after = base::from_rfc3339_seconds("2076-02-15T12:00:00Z");
  header.key_commitment = KeyCommitment{blake3_of("key").bytes};
  const auto built = build_sample(header);
  ASSERT_TRUE(built) << built.error().message;
  const auto parsed = Manifest::parse(built->text());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->header(), header);
  EXPECT_EQ(parsed->text(), built->text());
  EXPECT_EQ(parsed->content_hash().bytes, blake3_of(built->text()).bytes);
  ManifestBuilder again;
  for (const ManifestEntry& entry : parsed->entries()) {
    again.add(entry.decoded_path(), entry.blake3, entry.sha256, entry.media_type, entry.size_bytes);
  }
  const auto rebuilt = again.build(parsed->header());
  ASSERT_TRUE(rebuilt);
  EXPECT_EQ(rebuilt->text(), built->text());
}

TEST(Manifest, FindsFilesAndMemories) {
  const auto manifest = build_sample(sample_header());
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->entries().size(), 10U);
  ASSERT_EQ(manifest->memories().size(), 2U);
  const ManifestMemory& memory = manifest->memories()[0];
  EXPECT_EQ(manifest->entries()[memory.media].path, memory_folder(memory.id) + "media.txt");
  EXPECT_EQ(manifest->entries()[memory.meta].path, memory_folder(memory.id) + "meta.json");
  EXPECT_FALSE(memory.in_parts);
  ASSERT_TRUE(manifest->find("README.decode"));
  EXPECT_EQ(manifest->entries()[*manifest->find("README.decode")].size_bytes, 7U);
  EXPECT_FALSE(manifest->find("README"));
  EXPECT_FALSE(manifest->find(""));
  for (const auto* folder : {"identity", "memories"}) EXPECT_TRUE(manifest->has_folder(folder));
  for (const auto* other : {"", "README.decode", "ident", "identity/", "memories/x", "z"}) {
    EXPECT_FALSE(manifest->has_folder(other)) << other;
  }
  EXPECT_EQ(manifest->total_bytes(), 7U + 32 + 1952 + 1216 + 2 * (3 + 6 + 3));
}

TEST(Manifest, TakesOverWhatAnotherBuilderHas) {
  ManifestBuilder builder;
  add_memory(builder, "one");
  {
    ManifestBuilder other;
    add_memory(other, "two");
    builder.add(std::move(other));
  }
  add_fixed(builder, sample_header());
  const auto manifest = builder.build(sample_header());
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->text(), build_sample(sample_header())->text());
}

TEST(Manifest, StaysWholeWhenMoved) {
  auto manifest = build_sample(sample_header());
  ASSERT_TRUE(manifest);
  const std::string path(manifest->entries()[0].path);
  const Manifest moved = std::move(*manifest);
  EXPECT_EQ(moved.entries()[0].path, path);
}

TEST(Manifest, EscapesPathsAndSortsThemAsWritten) {
  const ManifestHeader header = sample_header();
  ManifestBuilder builder;
  add_fixed(builder, header);
  add_memory(builder, "one");
  const std::string odd = "notes/a b\n\xff\"é";
  add_file(builder, odd, "x");
  add_file(builder, "notes/a", "y");
  const auto manifest = builder.build(header);
  ASSERT_TRUE(manifest) << manifest.error().message;
  ASSERT_TRUE(manifest->find(odd));
  const ManifestEntry& entry = manifest->entries()[*manifest->find(odd)];
  EXPECT_EQ(entry.path, "notes/a%20b%0A%FF%22%C3%A9");
  EXPECT_EQ(entry.decoded_path(), odd);
}

TEST(Manifest, TakesPartsInOrder) {
  const ManifestHeader header = sample_header();
  const std::string folder = memory_folder(blake3_of("whole"));
  const auto with_parts = [&](const std::vector<unsigned>& parts) {
    ManifestBuilder builder;
    add_fixed(builder, header);
    add_file(builder, folder + "context.txt", "words\n");
    add_file(builder, folder + "meta.json", "{}");
    for (const unsigned part : parts) add_file(builder, folder + media_name("mp4", part), "who");
    return builder.build(header);
  };
  const auto manifest = with_parts({2, 3});
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_TRUE(manifest->memories()[0].in_parts);
  EXPECT_EQ(manifest->memories()[0].media_count, 2U);
  EXPECT_FALSE(with_parts({1, 3}));
  EXPECT_FALSE(with_parts({0, 1}));
  EXPECT_FALSE(with_parts({}));
}

TEST(Manifest, RefusesAHeaderWhoseValueHasALineBreak) {
  ManifestHeader header = sample_header();
  header.language = "en\nsupersedes: " + std::string(64, '0');
  const auto manifest = build_sample(header);
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, base::Code::invalid);
  EXPECT_THAT(manifest.error().message, HasSubstr("line break"));
}

TEST(Manifest, RefusesTooManyBytes) {
  const auto manifest = Manifest::parse(std::string(Limits::manifest_bytes_max + 1, '\n'));
  ASSERT_FALSE(manifest);
  EXPECT_THAT(manifest.error().message, HasSubstr("at most 268435456"));
}

TEST(Manifest, RefusesEveryCut) {
  const auto whole = build_sample(sample_header());
  ASSERT_TRUE(whole);
  const std::string& text = whole->text();
  const std::size_t last_line = text.rfind('\n', text.size() - 2) + 1;
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto cut = Manifest::parse(text.substr(0, size));
    // Without whole lines at its end a text may be a MANIFEST of fewer files.
    EXPECT_TRUE(!cut || (size < last_line && text[size - 1] == '\n')) << size;
  }
}

TEST(Manifest, RefusesOrChangesItsHashForEveryFlippedBit) {
  const auto whole = build_sample(sample_header());
  ASSERT_TRUE(whole);
  for (std::size_t i = 0; i < whole->text().size(); ++i) {
    std::string text = whole->text();
    text[i] = static_cast<char>(static_cast<unsigned char>(text[i]) ^ 1U);
    const auto flipped = Manifest::parse(text);
    EXPECT_TRUE(!flipped || flipped->content_hash() != whole->content_hash()) << i;
  }
}

struct Expected {
  bool ok = false;
  std::string error_start;  // "MANIFEST line N: "
  std::string reason;
};

Expected expected_from(std::string_view line) {
  Expected expected;
  line.remove_prefix(std::string_view("expect: ").size());
  expected.ok = line == "ok";
  if (!expected.ok) {
    const std::size_t space = line.find(' ');
    expected.error_start = "MANIFEST line " + std::string(line.substr(0, space)) + ": ";
    expected.reason = line.substr(space + 1);
  }
  return expected;
}

TEST(Manifest, AgreesWithTheVectors) {
  const std::filesystem::path folder(TESSERAS_SOURCE_DIR "/spec/vectors/manifest");
  int good = 0, bad = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(file.path().filename().string());
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const std::size_t end = bytes.find("\n\n");
    ASSERT_TRUE(bytes.starts_with("expect: ") && end != std::string::npos);
    const Expected expected = expected_from(std::string_view(bytes).substr(0, end));
    const std::string text = bytes.substr(end + 2);
    const auto manifest = Manifest::parse(text);
    ++(expected.ok ? good : bad);
    if (expected.ok) {
      ASSERT_TRUE(manifest) << manifest.error().message;
      EXPECT_EQ(encode(manifest->header()), text.substr(0, text.find("FILES:") + 7));
      continue;
    }
    ASSERT_FALSE(manifest);
    EXPECT_THAT(manifest.error().message, ::testing::StartsWith(expected.error_start));
    EXPECT_THAT(manifest.error().message, HasSubstr(expected.reason));
  }
  EXPECT_GE(good, 5);
  EXPECT_GE(bad, 40);
}

}  // namespace
}  // namespace tesseras::tessera
