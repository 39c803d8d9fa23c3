#include "preserve/release/release.hpp"

#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/release/limits.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::release {
namespace {

using base::Code;
using base::fail;
using sealing::ContentKey;
using sealing::KeyPart;
using wire::ArrayWriter;
using wire::MapView;
using wire::MapWriter;

Result<KeyPart> read_part(wire::Value value) {
  const MapView map = TRY(value.map());
  const auto data = TRY(map.bytes_exactly("data", crypto::SecretBytes<32>::size_bytes));
  const auto index = TRY(map.number_to<std::uint8_t>("index"));
  return KeyPart{index, crypto::SecretBytes<32>::copy_of(data)};
}

std::shared_ptr<const KeyPart> copy_of(const KeyPart& part) {
  return std::make_shared<const KeyPart>(KeyPart{part.index, part.data.clone()});
}

}  // namespace

dht::Key place_of(const base::ContentHash& content_hash) {
  const auto derived = crypto::blake3_derive_key("tesseras release key v1", content_hash.bytes);
  return *dht::Key::from_bytes(derived.span().first(dht::Key::size_bytes));
}

Result<void> check_key(const tessera::Manifest& manifest, const ContentKey& key) {
  const auto& header = manifest.header();
  if (sealing::commitment_to(key, *header.capsule) == *header.key_commitment) return {};
  return fail(Code::invalid, "that is not the key of this tessera");
}

Result<Release> Release::of_key(std::string manifest_text, const ContentKey& key) {
  auto manifest =
      std::make_shared<const tessera::Manifest>(TRY(encrypted_manifest(std::move(manifest_text))));
  TRY(check_key(*manifest, key));
  Release release(std::move(manifest));
  release.key_ = std::make_shared<const ContentKey>(key.clone());
  return release;
}

Result<Release> Release::of_part(Deposit deposit, const KeyPart& part) {
  Release release(deposit.shared_manifest());
  release.deposit_ = std::move(deposit);
  TRY(release.add(part));
  TRY(release.join());
  return release;
}

Result<void> Release::add(const KeyPart& part) {
  if (!sealing::part_holds(deposit_->witnesses(), *manifest_->header().capsule, part)) {
    return fail(Code::invalid, "part {} is not the one that this tessera lists", part.index);
  }
  parts_.try_emplace(part.index, copy_of(part));
  return {};
}

Result<void> Release::join() {
  if (key_ || parts_.size() < deposit_->witnesses().threshold) return {};
  std::vector<KeyPart> parts;
  parts.reserve(parts_.size());
  for (const auto& [index, part] : parts_) parts.push_back({index, part->data.clone()});
  const auto& header = manifest_->header();
  auto key =
      sealing::key_of_parts(deposit_->witnesses(), *header.capsule, *header.key_commitment, parts);
  if (!key) return fail(Code::invalid, "{}", key.error().message);
  key_ = std::make_shared<const ContentKey>(*std::move(key));
  parts_.clear();
  deposit_.reset();
  return {};
}

Result<bool> Release::merge(const Release& other) {
  ASSERT(other.content_hash() == content_hash());
  if (key_) return false;
  if (other.key_) {
    *this = other;
    return true;
  }
  auto merged = *this;
  for (const auto& [index, part] : other.parts_) merged.parts_.try_emplace(index, part);
  if (merged.parts_.size() == parts_.size()) return false;
  TRY(merged.join());
  *this = std::move(merged);
  return true;
}

base::Bytes Release::encoded() const {
  return wire::pack_body([&](MapWriter& map) {
    if (key_) map.bytes("key", key_->span());
    map.bytes("manifest", base::as_bytes(manifest_->text()));
    if (key_) return;
    map.list("parts", parts_, [](ArrayWriter& out, const auto& one) {
      out.map([&](MapWriter& part) {
        part.bytes("data", one.second->data.span());
        part.number("index", one.first);
      });
    });
    map.bytes("witnesses", deposit_->witnesses_bytes());
  });
}

Result<Release> Release::decode(base::ByteSpan bytes) {
  const MapView map = TRY(wire::unpack_body(bytes));
  std::string manifest(base::as_text(TRY(map.bytes("manifest", Limits::manifest_bytes_max))));
  if (map.has("key")) {
    const auto key = TRY(map.bytes_exactly("key", ContentKey::size_bytes));
    return of_key(std::move(manifest), ContentKey::copy_of(key));
  }
  const auto parts = TRY(map.list("parts", sealing::Limits::witnesses_max, read_part));
  if (parts.empty()) return fail(Code::corrupt, "it has neither a key nor a part of one");
  const auto witnesses = TRY(map.bytes("witnesses", Limits::witnesses_bytes_max));
  auto deposit = TRY(Deposit::of(std::move(manifest), {witnesses.begin(), witnesses.end()}));
  Release release(deposit.shared_manifest());
  release.deposit_ = std::move(deposit);
  for (const auto& part : parts) {
    if (release.parts_.contains(part.index))
      return fail(Code::corrupt, "it has part {} twice", part.index);
    TRY(release.add(part));
  }
  TRY(release.join());
  return release;
}

}  // namespace tesseras::release
