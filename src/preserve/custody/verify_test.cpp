#include "preserve/custody/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "preserve/custody/testing.hpp"
#include "preserve/tessera/meta.hpp"

namespace tesseras::custody {
namespace {

using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::Machine;
using testing::must;
using ::testing::Not;
using testing::outcome;
using ::testing::SizeIs;
using ::testing::StartsWith;

// An exported tessera, changed in one way after another.
class Verify : public ::testing::Test {
 protected:
  Verify() {
    const auto hash = machine_.keep(testing::sample_folder(disk_));
    folder_ = must(machine_.hand_on(hash, "/out")).at;
    files_ = testing::tree(disk_, folder_);
  }

  VerifyReport check(bool full = false) { return must(machine_.check_folder(folder_, full)); }

  // The folder with one file changed, checked, and put back.
  VerifyReport check_with(const std::string& relative, const std::string& bytes,
                          bool full = false) {
    testing::put(disk_, folder_ / relative, bytes);
    auto report = check(full);
    testing::put(disk_, folder_ / relative, files_.at(relative));
    return report;
  }

  static bool names(const VerifyReport& report, const std::string& relative) {
    return std::ranges::any_of(report.verdict.lines, [&](const tessera::VerdictLine& line) {
      return !line.ok && (line.path == relative ||
                          line.detail.contains(relative.substr(relative.rfind('/') + 1)));
    });
  }

  // A folder of the same tessera, with other contents at some paths and signed anew.
  path signed_anew(const std::map<std::string, std::string>& changes) {
    const auto old = must(tessera::Manifest::parse(files_.at("MANIFEST")));
    tessera::ManifestBuilder builder;
    auto files = files_;
    for (const auto& [relative, bytes] : changes) files[relative] = bytes;
    for (const auto& entry : old.entries()) {
      const auto found = hashed(base::as_bytes(files.at(entry.decoded_path())));
      builder.add(entry.decoded_path(), found.blake3, found.sha256, entry.media_type,
                  found.size_bytes);
    }
    const auto manifest = must(builder.build(old.header()));
    const auto signatures = machine_.author.sign(base::as_bytes(manifest.text()));
    files["MANIFEST"] = manifest.text();
    files[std::string(tessera::paths::ed25519_signature)] = base::as_text(signatures.ed25519.bytes);
    files[std::string(tessera::paths::mldsa65_signature)] = base::as_text(signatures.mldsa65.bytes);
    const path at = path("/anew") / tessera::folder_name(manifest.content_hash());
    testing::put_tree(disk_, at, files);
    return at;
  }

  std::string meta_path() const {
    for (const auto& [relative, bytes] : files_) {
      if (relative.ends_with("/meta.json")) return relative;
    }
    return {};
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_};
  path folder_;
  std::map<std::string, std::string> files_;
};

TEST_F(Verify, PassesWhatIsWhole) {
  for (const bool full : {false, true}) {
    const auto report = check(full);
    EXPECT_TRUE(report.passed());
    EXPECT_EQ(report.verdict.memories_ok, 4U);
    EXPECT_THAT(report.verdict.lines, SizeIs(4));
    EXPECT_EQ(report.verdict.sha256_checked, full);
    EXPECT_EQ(report.creator, machine_.author.fingerprint());
    EXPECT_EQ("tessera-" + report.content_hash.hex(), folder_.filename());
  }
}

TEST_F(Verify, PassesWhatTheVaultKeeps) {
  const auto hash = check().content_hash;
  EXPECT_TRUE(must(machine_.check_kept(hash)).passed());
}

TEST_F(Verify, FindsAFlippedBitInEveryFile) {
  ASSERT_GT(files_.size(), 20U);
  for (const auto& [relative, bytes] : files_) {
    ASSERT_FALSE(bytes.empty());
    for (const auto at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      const auto report = check_with(relative, changed);
      EXPECT_FALSE(report.passed()) << relative << " at " << at;
      const bool is_root = relative == "MANIFEST" || relative.ends_with(".sig");
      EXPECT_TRUE(is_root || names(report, relative)) << relative << " at " << at;
    }
  }
  EXPECT_TRUE(check().passed());
}

TEST_F(Verify, FindsEveryByteThatWasChangedInSmallFiles) {
  for (const auto* relative :
       {"MANIFEST", "identity/signature.ed25519.sig", "identity/creator.pub.ed25519"}) {
    const auto& bytes = files_.at(relative);
    for (std::size_t at = 0; at < bytes.size(); at += bytes.size() > 1000 ? 41U : 1U) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 0x20);
      EXPECT_FALSE(check_with(relative, changed).passed()) << relative << " at " << at;
    }
  }
}

TEST_F(Verify, FindsAFileThatIsShorterLongerOrEmpty) {
  for (const auto& [relative, bytes] : files_) {
    for (const auto& changed : {bytes + "x", bytes.substr(1), std::string()}) {
      EXPECT_FALSE(check_with(relative, changed).passed()) << relative;
    }
  }
}

TEST_F(Verify, ReadsNoFileThatHasAnotherSize) {
  // A sparse one of a tebibyte costs whoever made it nothing, and whoever reads it hours.
  for (const auto& [relative, bytes] : files_) {
    if (relative == "MANIFEST" || relative.ends_with(".sig")) continue;
    testing::put(disk_, folder_ / relative, bytes + "x");
    std::size_t reads = 0;
    testing::WatchedDisk watched(disk_, [&](const path& file) -> Result<void> {
      // The keys are small, and are read for the signatures.
      if (file == folder_ / relative && !relative.starts_with("identity/")) ++reads;
      return {};
    });
    auto tools = machine_.tools_with(watched);
    const auto report = must(verify(*files_in_folder(watched, folder_), {}, tools));
    EXPECT_EQ(reads, 0U) << relative;
    EXPECT_TRUE(std::ranges::any_of(report.verdict.lines, [](const tessera::VerdictLine& line) {
      return line.detail.ends_with("its size differs");
    })) << relative;
    testing::put(disk_, folder_ / relative, bytes);
  }
}

TEST_F(Verify, FindsEveryFileThatIsMissing) {
  for (const auto& [relative, bytes] : files_) {
    must(disk_.remove(folder_ / relative));
    const auto report = check();
    EXPECT_FALSE(report.passed()) << relative;
    EXPECT_EQ(relative == "MANIFEST", !report.manifest_fault.empty());
    testing::put(disk_, folder_ / relative, bytes);
  }
  EXPECT_TRUE(check().passed());
}

TEST_F(Verify, FindsWhateverIsThereBeyond) {
  for (const auto* more : {"extra.txt", "memories/extra", ".hidden", "identity/MANIFEST",
                           "MANIFEST.txt", "identity/signature.ed25519.sig.old", "name\nnew"}) {
    testing::put(disk_, folder_ / more, "x");
    const auto report = check();
    EXPECT_FALSE(report.passed()) << more;
    EXPECT_TRUE(names(report, more)) << more;
    must(disk_.remove(folder_ / more));
  }
  must(disk_.make_folders(folder_ / "memories/empty/inside", 0755));
  const auto report = check();
  EXPECT_FALSE(report.passed());
  EXPECT_TRUE(names(report, "memories/empty/inside/"));
}

TEST_F(Verify, FindsAFolderOfAnotherName) {
  const path other = "/out/tessera-of-ours";
  must(disk_.rename(folder_, other));
  const auto report = must(machine_.check_folder(other));
  EXPECT_FALSE(report.passed());
  EXPECT_NE(report.verdict.name_fault, "");
  EXPECT_EQ(report.verdict.others_failed, 0U);
}

TEST_F(Verify, TellsWhatIsWrongWithAManifest) {
  const auto& text = files_.at("MANIFEST");
  EXPECT_THAT(check_with("MANIFEST", "").manifest_fault, StartsWith("MANIFEST line 1"));
  EXPECT_THAT(check_with("MANIFEST", text + "\n").manifest_fault, StartsWith("MANIFEST line"));
  EXPECT_THAT(check_with("MANIFEST", "x" + text).manifest_fault, StartsWith("MANIFEST line 1"));
  std::string crlf;
  for (const char c : text) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_NE(check_with("MANIFEST", crlf).manifest_fault, "");
}

TEST_F(Verify, TellsASignatureThatIsNoneFromOneThatIsMissing) {
  const auto ed25519 = std::string(tessera::paths::ed25519_signature);
  EXPECT_THAT(check_with(ed25519, std::string(100'000, 'x')).verdict.signatures.ed25519_fault,
              EndsWith("has 100000 bytes, which is too many for what it should be"));
  must(disk_.remove(folder_ / ed25519));
  EXPECT_THAT(check().verdict.signatures.ed25519_fault, EndsWith("is missing or empty"));
  must(disk_.make_folders(folder_ / ed25519, 0755));
  EXPECT_THAT(check().verdict.signatures.ed25519_fault, Not(EndsWith("is missing or empty")));
}

TEST_F(Verify, FindsASignatureThatDoesNotHold) {
  const auto ed25519 = std::string(tessera::paths::ed25519_signature);
  const auto mldsa65 = std::string(tessera::paths::mldsa65_signature);
  const auto other = testing::author_from(8).sign(base::as_bytes(files_.at("MANIFEST")));
  for (const auto& bytes : {std::string(base::as_text(other.ed25519.bytes)), std::string(64, '\0'),
                            std::string(), std::string(100'000, 'x'), files_.at(mldsa65)}) {
    const auto report = check_with(ed25519, bytes);
    EXPECT_FALSE(report.passed());
    EXPECT_NE(report.verdict.signatures.ed25519_fault, "");
    EXPECT_EQ(report.verdict.signatures.mldsa65_fault, "");
  }
  for (const auto& bytes : {std::string(base::as_text(other.mldsa65.bytes)),
                            std::string(3309, '\0'), std::string(), files_.at(ed25519)}) {
    const auto report = check_with(mldsa65, bytes);
    EXPECT_FALSE(report.passed());
    EXPECT_EQ(report.verdict.signatures.ed25519_fault, "");
    EXPECT_NE(report.verdict.signatures.mldsa65_fault, "");
  }
}

TEST_F(Verify, FindsAMetaThatMakesNoSenseThoughItIsSigned) {
  EXPECT_TRUE(must(machine_.check_folder(signed_anew({}))).passed());
  for (const auto& meta : {std::string("{}\n"), std::string("[]"), std::string("not json"),
                           std::string(100'000, '['), std::string()}) {
    const auto report = must(machine_.check_folder(signed_anew({{meta_path(), meta}})));
    EXPECT_FALSE(report.passed()) << meta.substr(0, 20);
    EXPECT_TRUE(report.verdict.signatures.valid());
    EXPECT_EQ(report.verdict.memories_failed, 1U);
  }
}

TEST_F(Verify, SaysNothingOfATesseraOnAMediumThatFails) {
  for (const auto& relative :
       {meta_path(), std::string("MANIFEST"), std::string(tessera::paths::mldsa65_signature)}) {
    testing::WatchedDisk failing(disk_, [&](const path& file) -> Result<void> {
      if (file == folder_ / relative) return fail(Code::io, "input/output error");
      return {};
    });
    auto tools = machine_.tools_with(failing);
    EXPECT_THAT(outcome(verify(*files_in_folder(failing, folder_), {}, tools)), StartsWith("io: "))
        << relative;
  }
}

TEST_F(Verify, SaysThatItCouldNotLook) {
  testing::WatchedDisk locked(disk_, [&](const path& file) -> Result<void> {
    if (file.filename() == "meta.json") return fail(Code::denied, "permission denied");
    return {};
  });
  auto tools = machine_.tools_with(locked);
  EXPECT_THAT(outcome(verify(*files_in_folder(locked, folder_), {}, tools)),
              StartsWith("denied: "));
  EXPECT_THAT(outcome(machine_.check_folder("/nowhere")), StartsWith("not_found: "));
  must(disk_.make_folders("/pictures", 0755));
  EXPECT_THAT(outcome(machine_.check_folder("/pictures")), StartsWith("invalid: /pictures is no"));
  machine_.stop.request_stop();
  EXPECT_THAT(outcome(machine_.check_folder(folder_)), StartsWith("cancelled: "));
}

TEST_F(Verify, FindsALinkInTheFileSystem) {
  auto& disk = runtime::posix_disk();
  const base::TemporaryFolder real;
  const auto at = real.path() / folder_.filename();
  testing::put_tree(disk, at, files_);
  runtime::Workers workers(1);
  testing::FixedClock clock;
  Tools tools{disk, clock, workers, runtime::no_progress(), {}};
  const auto passes = [&] {
    return must(verify(*files_in_folder(disk, at), {.full = false, .folder_name = at.filename()},
                       tools))
        .passed();
  };
  EXPECT_TRUE(passes());
  for (const auto* relative : {"MANIFEST", "README.decode", "identity/signature.ed25519.sig"}) {
    // The bytes are the same, but a link may lead anywhere tomorrow.
    std::filesystem::rename(at / relative, real.path() / "elsewhere");
    std::filesystem::create_symlink(real.path() / "elsewhere", at / relative);
    EXPECT_FALSE(passes()) << relative;
    std::filesystem::rename(real.path() / "elsewhere", at / relative);
  }
  EXPECT_TRUE(passes());
  std::filesystem::rename(at / "memories", real.path() / "memories");
  std::filesystem::create_directory_symlink(real.path() / "memories", at / "memories");
  EXPECT_FALSE(passes());
}

}  // namespace
}  // namespace tesseras::custody
