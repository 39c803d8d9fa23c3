// Tesserae and vaults for the tests of this library.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/sha256.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/vault/index.hpp"
#include "preserve/vault/index_home.hpp"

namespace tesseras::vault {

inline BlobId id_of(std::string_view content) {
  return BlobId{crypto::blake3(base::as_bytes(content)).bytes};
}

// Text of a given length that is the same for the same name and differs for others.
inline std::string content_of(std::string_view name, std::size_t size_bytes) {
  std::string content;
  while (content.size() < size_bytes) {
    content += name;
    content += std::to_string(content.size());
  }
  content.resize(size_bytes);
  return content;
}

// A tessera with its files, without a disk: what a caller of the vault has in hand.
struct Sample {
  tessera::Manifest manifest;
  std::vector<std::string> files;  // contents, the signatures among them, MANIFEST not
  std::string ed25519;
  std::string mldsa65;

  ContentHash content_hash() const { return manifest.content_hash(); }
  KeptTessera kept() const { return {manifest, id_of(ed25519), id_of(mldsa65)}; }
};

// One memory a text of `media`. The same title and media give the same tessera.
inline Sample make_sample(const std::string& title, const std::vector<std::string>& media,
                          std::int64_t created = 1'770'000'000) {
  namespace paths = tessera::paths;
  tessera::ManifestHeader header;
  header.title = title;
  header.created.unix_seconds = created;
  header.creator.bytes.fill(std::byte{7});
  const std::string mldsa65_key(tessera::Limits::mldsa65_key_bytes, 'm');
  header.creator_mldsa65 = crypto::blake3(base::as_bytes(mldsa65_key));

  std::vector<std::string> files;
  tessera::ManifestBuilder builder;
  const auto add = [&](const std::string& path, const std::string& content, std::string_view type) {
    builder.add(path, crypto::blake3(base::as_bytes(content)),
                crypto::sha256(base::as_bytes(content)), type, content.size());
    files.push_back(content);
  };
  constexpr std::string_view binary = "application/octet-stream";
  add(std::string(paths::readme), "read me", "text/plain");
  add(std::string(paths::ed25519_key), std::string(base::as_text(header.creator.bytes)), binary);
  add(std::string(paths::mldsa65_key), mldsa65_key, binary);
  add(std::string(paths::xwing_key), std::string(tessera::Limits::xwing_key_bytes, 'x'), binary);
  for (const std::string& content : media) {
    const std::string folder = tessera::memory_folder(crypto::blake3(base::as_bytes(content)));
    add(folder + tessera::media_name("txt"), content, "text/plain");
    add(folder + std::string(paths::context_name), "words of " + content.substr(0, 20),
        "text/plain");
    add(folder + std::string(paths::meta_name), "{}\n", "application/json");
  }
  auto manifest = builder.build(header);
  EXPECT_TRUE(manifest) << manifest.error().message;
  const std::string hash = manifest->content_hash().hex();
  Sample sample{std::move(*manifest), std::move(files), "ed25519 of " + hash,
                content_of("mldsa65 of " + hash, 3309)};
  sample.files.push_back(sample.ed25519);
  sample.files.push_back(sample.mldsa65);
  return sample;
}

inline base::WallTime at_second(std::int64_t seconds) { return {seconds, 0}; }
inline constexpr std::int64_t test_second = 1'780'000'000;

inline Result<void> put_files(Transaction& transaction, const Sample& sample) {
  for (const std::string& content : sample.files) TRY(transaction.put(base::as_bytes(content)));
  return {};
}

inline Result<void> keep(Vault& vault, const Sample& sample, std::int64_t second = test_second) {
  const auto transaction = TRY(vault.begin());
  TRY(put_files(*transaction, sample));
  const KeptTessera kept[] = {sample.kept()};
  return transaction->commit(kept, at_second(second));
}

inline std::vector<std::string> titles(Vault& vault) {
  std::vector<std::string> found;
  const auto tesserae = vault.list();
  EXPECT_TRUE(tesserae) << tesserae.error().message;
  if (tesserae)
    for (const TesseraInfo& info : *tesserae) found.push_back(info.title);
  return found;
}

// Every file of it can be read and is what it was.
inline testing::AssertionResult is_whole(Vault& vault, const Sample& sample) {
  const auto info = vault.tessera(sample.content_hash());
  if (!info) return testing::AssertionFailure() << info.error().message;
  const auto manifest = vault.read_blob(info->manifest(), 1 << 20);
  if (!manifest) return testing::AssertionFailure() << manifest.error().message;
  if (base::as_text(*manifest) != sample.manifest.text())
    return testing::AssertionFailure() << "MANIFEST differs";
  for (const std::string& content : sample.files) {
    const auto bytes = vault.read_blob(id_of(content), 1 << 22);
    if (!bytes) return testing::AssertionFailure() << bytes.error().message;
    if (base::as_text(*bytes) != content) return testing::AssertionFailure() << "a blob differs";
  }
  return testing::AssertionSuccess();
}

// A vault on a MemoryDisk with an index in memory.
class MemoryVault {
 public:
  MemoryVault() {
    EXPECT_TRUE(Vault::create(disk, data_dir, *indexes));
    open();
  }

  void open() {
    auto opened = Vault::open(disk, data_dir, *indexes);
    ASSERT_TRUE(opened) << opened.error().message;
    vault = std::move(*opened);
    vault->set_patience(std::chrono::milliseconds(0));
  }

  RebuildReport rebuild() {
    vault.reset();
    auto report = Vault::rebuild(disk, data_dir, *indexes, runtime::no_progress(), {});
    EXPECT_TRUE(report) << report.error().message;
    open();
    return report.value_or(RebuildReport{});
  }

  CheckReport check() {
    auto report = vault->check(runtime::no_progress(), {});
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(CheckReport{});
  }

  Index& index() {
    view_ = indexes->open().value();
    return *view_;
  }

  static constexpr const char* data_dir = "/data";
  runtime::MemoryDisk disk;
  std::unique_ptr<IndexHome> indexes = memory_index_home();
  std::unique_ptr<Vault> vault;

 private:
  std::unique_ptr<Index> view_;
};

// Everything an index says, as text to compare.
inline std::string dump(Index& index) {
  std::string text;
  const auto tesserae = index.tesserae().value();
  for (const TesseraInfo& info : tesserae) {
    text +=
        fmt::format("tessera {} {} {} {} {} {} {} {} {}\n", info.content_hash.hex(),
                    info.is_readable, info.created.unix_seconds, info.kept_at.unix_seconds,
                    info.title, info.visibility, info.memories, info.media_bytes, info.size_bytes);
    const auto listed = index.blobs_of(info.content_hash).value();
    for (const PlacedBlob& blob : listed) text += fmt::format("  {}\n", blob.id.hex());
  }
  const auto blobs = index.blobs(std::nullopt, 1'000'000).value();
  for (const PlacedBlob& blob : blobs)
    text += fmt::format("blob {} {} {} {} {}\n", blob.id.hex(), blob.place.size_bytes,
                        static_cast<int>(blob.place.where), blob.place.pack, blob.place.offset);
  const auto packs = index.packs().value();
  for (const PackState& pack : packs)
    text += fmt::format("pack {} {} {} {}\n", pack.number, pack.committed_bytes,
                        pack.commit_record_bytes, pack.is_condemned);
  return text;
}

}  // namespace tesseras::vault
