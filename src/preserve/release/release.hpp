// What is public of the content key of one tessera: the key, or parts of it on the way to it
// (spec/key-publication.md, section 4). Nothing in it is believed: the MANIFEST commits to the key,
// and lists who has which part. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/release/deposit.hpp"
#include "preserve/sealing/content_key.hpp"

namespace tesseras::release {

// Where it is kept: the first 20 bytes of derive-key("tesseras release key v1", content hash).
dht::Key place_of(const base::ContentHash& content_hash);

// Whether this is the key of that tessera, which is encrypted. invalid: it is another's.
Result<void> check_key(const tessera::Manifest& manifest, const sealing::ContentKey& key);

class Release {
 public:
  // Of a key. invalid: it is another's, or as encrypted_manifest().
  static Result<Release> of_key(std::string manifest, const sealing::ContentKey& key);
  // Of a first part. invalid: it does not hold, and the message names it; or as Deposit::of().
  static Result<Release> of_part(Deposit deposit, const sealing::KeyPart& part);

  const tessera::Manifest& manifest() const { return *manifest_; }
  const base::ContentHash& content_hash() const { return manifest_->content_hash(); }

  // nullptr: there are too few parts yet.
  const sealing::ContentKey* key() const { return key_.get(); }
  // None once there is the key; fewer than are needed until then.
  using Parts = std::map<std::uint8_t, std::shared_ptr<const sealing::KeyPart>>;
  const Parts& parts() const { return parts_; }
  // Of which these are parts. nullptr once there is the key.
  const Deposit* deposit() const { return deposit_ ? &*deposit_ : nullptr; }

  // What the other has more. Whether anything came of it; it is of the same tessera. Where the
  // parts are enough now, they make way for the key. invalid: they are enough, and give no key that
  // the MANIFEST commits to: the author made them so, and nothing is taken.
  Result<bool> merge(const Release& other);

  // As it stands in messages and on the disk: a MessagePack map, at most body_bytes_max.
  base::Bytes encoded() const;
  // corrupt, and as of_key() and of_part().
  static Result<Release> decode(base::ByteSpan bytes);

 private:
  explicit Release(std::shared_ptr<const tessera::Manifest> manifest)
      : manifest_(std::move(manifest)) {}
  Result<void> add(const sealing::KeyPart& part);
  Result<void> join();

  std::shared_ptr<const tessera::Manifest> manifest_;
  std::shared_ptr<const sealing::ContentKey> key_;
  std::optional<Deposit> deposit_;
  Parts parts_;
};

}  // namespace tesseras::release
