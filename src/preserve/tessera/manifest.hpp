// MANIFEST: the signed list of every file of a tessera (spec/tessera.md, section 2).
//
// parse() accepts exactly what the specification allows; so a text has one meaning, a list of
// files has one text, and the content hash names both.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/sha256.hpp"

namespace tesseras::tessera {

enum class Visibility { everyone, only_me, circle, sealed };

// "public", "private", "circle", "sealed": written in MANIFEST, may never change.
std::string_view name_of(Visibility visibility);
std::optional<Visibility> visibility_from(std::string_view name);

struct CapsuleIdTag;
using CapsuleId = base::StrongId<CapsuleIdTag, 32>;
struct KeyCommitmentTag;
using KeyCommitment = base::StrongId<KeyCommitmentTag, 32>;
struct CollectionIdTag;
using CollectionId = base::StrongId<CollectionIdTag, 16>;
// Not yet known to be a good point of the curve.
using CreatorKey = crypto::Ed25519PublicKey;

struct Collection {
  CollectionId id;
  std::uint32_t number = 1;  // 1 to members
  std::uint32_t members = 1;

  bool operator==(const Collection&) const = default;
};

// The lines before "FILES:". `encoding` and `schema` have one value each and are not kept.
struct ManifestHeader {
  base::WallTime created;  // whole seconds
  CreatorKey creator;
  crypto::Blake3Hash creator_mldsa65;  // of the key file
  std::optional<std::string> title;
  Visibility visibility = Visibility::everyone;
  std::string language = "und";
  std::optional<base::ContentHash> supersedes;
  std::optional<Collection> collection;
  std::optional<CapsuleId> capsule;
  std::optional<base::WallTime> open_after;
  std::optional<KeyCommitment> key_commitment;

  bool operator==(const ManifestHeader&) const = default;
};

// One file. The views point into the Manifest that it came from.
struct ManifestEntry {
  std::string_view path;  // as written, percent-encoded
  crypto::Blake3Hash blake3;
  crypto::Sha256Hash sha256;
  std::string_view media_type;
  std::uint64_t size_bytes = 0;

  // The path as the file system has it: bytes of any kind, safe below a folder of ours.
  std::string decoded_path() const;
};

// A memory's files are neighbours in the list: context.txt, the media (one file, or parts in
// order), meta.json. The numbers are positions in Manifest::entries().
struct ManifestMemory {
  crypto::Blake3Hash id;
  std::size_t context = 0;
  std::size_t media = 0;
  std::size_t media_count = 1;
  std::size_t meta = 0;
  bool in_parts = false;

  bool operator==(const ManifestMemory&) const = default;
};

// Owns its text. Movable; what its entries point at stays where it is.
class Manifest {
 public:
  // invalid, as "MANIFEST line N: reason", for anything but a MANIFEST as specified. Takes at
  // most half as much memory again as the text.
  static base::Result<Manifest> parse(std::string bytes);

  // The exact bytes: what is signed, hashed and stored.
  const std::string& text() const { return *text_; }
  // BLAKE3 of text(): the name of the tessera.
  const base::ContentHash& content_hash() const { return content_hash_; }

  const ManifestHeader& header() const { return header_; }
  // Sorted by the bytes of the path as written; there is at least one.
  std::span<const ManifestEntry> entries() const { return entries_; }
  // Sorted by id.
  std::span<const ManifestMemory> memories() const { return memories_; }
  // Sum of all files' sizes, without MANIFEST and the signatures.
  std::uint64_t total_bytes() const { return total_bytes_; }

  // The memory whose meta.json is entries()[entry], or nullptr when that is no meta.json.
  const ManifestMemory* memory_of_meta(std::size_t entry) const;
  // Position of a path as the file system has it, or nullopt.
  std::optional<std::size_t> find(std::string_view decoded_path) const;
  // Whether a listed file lies in this folder or below it; as the file system has it.
  bool has_folder(std::string_view decoded_path) const;

 private:
  friend class ManifestParser;
  Manifest() = default;

  std::unique_ptr<const std::string> text_;
  base::ContentHash content_hash_;
  ManifestHeader header_;
  std::vector<ManifestEntry> entries_;
  std::vector<ManifestMemory> memories_;
  std::uint64_t total_bytes_ = 0;
};

// The lines up to and with "FILES:". Values are written as they are; Manifest::parse checks them.
std::string encode(const ManifestHeader& header);

// Makes the MANIFEST of files given in any order. Holds one line of text a file, and while it
// builds the text once more.
class ManifestBuilder {
 public:
  ManifestBuilder() = default;
  ManifestBuilder(const ManifestBuilder&) = delete;
  ManifestBuilder& operator=(const ManifestBuilder&) = delete;
  ManifestBuilder(ManifestBuilder&&) = default;
  ManifestBuilder& operator=(ManifestBuilder&&) = default;

  // `path` as the file system has it.
  void add(std::string_view path, const crypto::Blake3Hash& blake3,
           const crypto::Sha256Hash& sha256, std::string_view media_type, std::uint64_t size_bytes);

  // All that was added to the other, which is empty afterwards.
  void add(ManifestBuilder&& other);

  std::size_t size() const { return lines_.size(); }

  // What parse() makes of the text: invalid when a path, a value or the layout is not allowed.
  // The builder is empty afterwards.
  base::Result<Manifest> build(const ManifestHeader& header);

 private:
  std::vector<std::string> blocks_;  // where the lines lie; what is in one never moves
  std::vector<std::string_view> lines_;
};

}  // namespace tesseras::tessera
