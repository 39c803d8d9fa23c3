#include "preserve/tessera/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/meta.hpp"
#include "preserve/tessera/test_tessera.hpp"

namespace tesseras::tessera {
namespace {

using ::testing::HasSubstr;

const SignatureState valid_signatures{.ed25519_fault = "", .mldsa65_fault = ""};

class Check : public ::testing::Test {
 protected:
  FileFacts facts_of(std::size_t entry) const {
    const ManifestEntry& e = manifest_.entries()[entry];
    return {.size_bytes = e.size_bytes, .blake3 = e.blake3, .sha256 = e.sha256};
  }
  std::size_t at(std::string_view path) const { return *manifest_.find(path); }

  // Everything as listed, but for one entry.
  void all_but(std::size_t except) {
    for (std::size_t i = 0; i < manifest_.entries().size(); ++i) {
      if (i != except) check_.on_file(i, facts_of(i));
    }
  }
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  Manifest manifest_ = test::sample_manifest(test::Creator());
  TesseraCheck check_{manifest_};
};

TEST_F(Check, PassesWhenAllHolds) {
  all_but(none);
  check_.on_folder_name(folder_name(manifest_.content_hash()));
  EXPECT_TRUE(check_.holds_so_far());
  const Verdict verdict = check_.finish(valid_signatures);
  EXPECT_TRUE(verdict.passed());
  EXPECT_TRUE(verdict.sha256_checked);
  EXPECT_EQ(verdict.memories_ok, 2U);
  EXPECT_EQ(verdict.others_ok, 4U);
  ASSERT_EQ(verdict.lines.size(), 2U);
  EXPECT_TRUE(verdict.lines[0].ok && verdict.lines[0].is_memory);
  EXPECT_EQ(verdict.lines[0].path, memory_folder(manifest_.memories()[0].id) + "media.txt");
}

TEST_F(Check, FailsForEachFileThatDiffers) {
  for (std::size_t entry = 0; entry < manifest_.entries().size(); ++entry) {
    for (int kind = 0; kind < 5; ++kind) {
      check_ = TesseraCheck(manifest_);
      all_but(entry);
      FileFacts facts = facts_of(entry);
      if (kind == 0) facts.size_bytes += 1;
      if (kind == 1) facts.blake3.bytes[31] ^= std::byte{1};
      if (kind == 2) facts.sha256->bytes[0] ^= std::byte{0x80};
      if (kind == 3) check_.on_unreadable(entry, "permission denied");
      if (kind < 3) check_.on_file(entry, facts);  // kind 4: missing
      const Verdict verdict = check_.finish(valid_signatures);
      EXPECT_FALSE(verdict.passed());
      EXPECT_EQ(verdict.memories_failed + verdict.others_failed, 1U);
      EXPECT_EQ(verdict.memories_ok + verdict.others_ok, 5U);
    }
  }
}

TEST_F(Check, SaysWhatIsWrongWithAMemory) {
  const ManifestMemory& memory = manifest_.memories()[1];
  all_but(memory.context);
  check_.on_nonsense(memory.meta, "is not JSON at byte 1");
  const Verdict verdict = check_.finish(valid_signatures);
  ASSERT_EQ(verdict.lines.size(), 2U);
  EXPECT_TRUE(verdict.lines[0].ok);
  EXPECT_FALSE(verdict.lines[1].ok);
  EXPECT_EQ(verdict.lines[1].path, memory_folder(memory.id) + "media.txt");
  EXPECT_EQ(verdict.lines[1].detail, "context.txt: is missing; meta.json: is not JSON at byte 1");
}

TEST_F(Check, NamesEveryOtherFaultByPath) {
  all_but(at("README.decode"));
  check_.on_extra("zz/note\n.txt", "is a link");
  check_.on_extra("A", "is not listed in MANIFEST");
  const Verdict verdict = check_.finish(valid_signatures);
  EXPECT_EQ(verdict.others_failed, 3U);
  EXPECT_EQ(verdict.others_ok, 3U);
  ASSERT_EQ(verdict.lines.size(), 5U);
  EXPECT_EQ(verdict.lines[2].path, "A");
  EXPECT_EQ(verdict.lines[2].detail, "is not listed in MANIFEST");
  EXPECT_EQ(verdict.lines[3].path, "README.decode");
  EXPECT_EQ(verdict.lines[3].detail, "is missing");
  EXPECT_EQ(verdict.lines[4].path, "zz/note\n.txt");
  EXPECT_EQ(verdict.lines[4].detail, "is a link");
}

TEST_F(Check, FailsForAWrongNameOrSignature) {
  all_but(none);
  check_.on_folder_name("tessera-0");
  EXPECT_FALSE(check_.holds_so_far());
  EXPECT_THAT(check_.finish(valid_signatures).name_fault, HasSubstr("tessera-0"));
  check_ = TesseraCheck(manifest_);
  all_but(none);
  EXPECT_FALSE(check_.finish(SignatureState{.ed25519_fault = "", .mldsa65_fault = "x"}).passed());
  check_ = TesseraCheck(manifest_);
  all_but(none);
  EXPECT_FALSE(check_.finish(SignatureState{}).passed());
}

TEST_F(Check, SaysWhenSha256WasNotChecked) {
  for (std::size_t i = 0; i < manifest_.entries().size(); ++i) {
    FileFacts facts = facts_of(i);
    if (i == 3) facts.sha256.reset();
    check_.on_file(i, facts);
  }
  const Verdict verdict = check_.finish(valid_signatures);
  EXPECT_TRUE(verdict.passed());
  EXPECT_FALSE(verdict.sha256_checked);
}

TEST_F(Check, CountsMoreExtrasThanItNames) {
  all_but(none);
  for (std::size_t i = 0; i < Limits::verdict_extras_max + 7; ++i) {
    check_.on_extra(std::to_string(i), "is a link");
  }
  const Verdict verdict = check_.finish(valid_signatures);
  EXPECT_EQ(verdict.others_failed, Limits::verdict_extras_max + 7);
  EXPECT_EQ(verdict.lines.back().detail, "7 more that do not belong there");
}

TEST_F(Check, HoldsMetaAgainstManifest) {
  const ManifestMemory& memory = manifest_.memories()[0];
  const ManifestEntry& media = manifest_.entries()[memory.media];
  Meta good;
  good.mime = "text/plain";
  good.media = {.file = "media.txt",
                .size_bytes = media.size_bytes,
                .blake3 = media.blake3,
                .sha256 = media.sha256,
                .parts = {}};
  good.sources = {source_from("one.txt")};
  const auto fault = [&](auto change) {
    Meta meta = good;
    change(meta);
    return meta_fault(manifest_, memory, encode(meta).value());
  };
  EXPECT_EQ(fault([](Meta&) {}), "");
  EXPECT_THAT(fault([](Meta& m) { m.mime = "text/markdown"; }), HasSubstr("mime"));
  EXPECT_THAT(fault([](Meta& m) { m.media.file = "media.md"; }), HasSubstr("file"));
  EXPECT_THAT(fault([](Meta& m) { ++m.media.size_bytes; }), HasSubstr("size"));
  EXPECT_THAT(fault([](Meta& m) { m.media.blake3.bytes[0] ^= std::byte{1}; }), HasSubstr("blake3"));
  EXPECT_THAT(fault([](Meta& m) { m.media.sha256.bytes[0] ^= std::byte{1}; }), HasSubstr("sha256"));
  EXPECT_THAT(fault([](Meta& m) {
                m.media.parts = {{"media.txt.part-001", 1}, {"media.txt.part-002", 2}};
              }),
              HasSubstr("parts"));
  EXPECT_THAT(meta_fault(manifest_, memory, "{}"), HasSubstr("is missing"));
}

}  // namespace
}  // namespace tesseras::tessera
