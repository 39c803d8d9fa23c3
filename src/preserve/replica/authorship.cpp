#include "preserve/replica/authorship.hpp"

#include "foundation/crypto/limits.hpp"
#include "preserve/tessera/manifest_head.hpp"

namespace tesseras::replica {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;

Result<Authorship> Authorship::make(std::string_view text, std::string_view manifest,
                                    const identity::Identity& author) {
  const ByteSpan bytes = base::as_bytes(manifest);
  const auto chunk = bytes.first(crypto::blake3_chunk_size(bytes.size(), 0));
  Authorship made;
  made.chunk_ = Bytes(chunk.begin(), chunk.end());
  made.path_ = TRY(crypto::tree_path(bytes, 0));
  made.ed25519_ = author.public_keys().ed25519;
  made.mldsa65_ = author.public_keys().mldsa65;
  const auto head = TRY(tessera::parse_manifest_head(base::as_text(chunk)));
  if (head.creator != made.ed25519_ ||
      head.creator_mldsa65 != crypto::blake3(made.mldsa65_.bytes)) {
    return fail(Code::denied, "this tessera is somebody else's, and only its author can sign that");
  }
  made.signatures_ = author.sign(base::as_bytes(text));
  return made;
}

Result<Authorship> Authorship::read(const wire::MapView& map) {
  Authorship read;
  const auto chunk = TRY(map.bytes("chunk", crypto::blake3_chunk_size_bytes));
  read.chunk_ = Bytes(chunk.begin(), chunk.end());
  read.ed25519_ = TRY(map.id<crypto::Ed25519PublicKey>("ed25519_key"));
  read.signatures_.ed25519 = TRY(map.id<crypto::Ed25519Signature>("ed25519_signature"));
  read.mldsa65_ = TRY(map.id<crypto::MlDsa65PublicKey>("mldsa65_key"));
  read.signatures_.mldsa65 = TRY(map.id<crypto::MlDsa65Signature>("mldsa65_signature"));
  read.path_ = TRY(map.list("path", crypto::Limits::blake3_tree_depth_max,
                            [](wire::Value one) { return one.id<crypto::ChainingValue>(); }));
  return read;
}

void Authorship::write(wire::MapWriter& map) const {
  map.bytes("chunk", chunk_);
  map.bytes("ed25519_key", ed25519_.bytes);
  map.bytes("ed25519_signature", signatures_.ed25519.bytes);
  map.bytes("mldsa65_key", mldsa65_.bytes);
  map.bytes("mldsa65_signature", signatures_.mldsa65.bytes);
  map.list("path", path_,
           [](wire::ArrayWriter& out, const crypto::ChainingValue& one) { out.bytes(one.bytes); });
}

Result<void> Authorship::check(std::string_view text, const base::ContentHash& content_hash,
                               std::uint64_t manifest_bytes) const {
  const crypto::Blake3Hash root{content_hash.bytes};
  TRY(crypto::verify_path(root, manifest_bytes, 0, chunk_, path_));
  const auto head = TRY(tessera::parse_manifest_head(base::as_text(chunk_)));
  if (head.creator != ed25519_ || head.creator_mldsa65 != crypto::blake3(mldsa65_.bytes))
    return fail(Code::corrupt, "its keys are not those of the tessera's author");
  const auto message = base::as_bytes(text);
  if (!crypto::verify(ed25519_, message, signatures_.ed25519) ||
      !crypto::verify(mldsa65_, message, signatures_.mldsa65))
    return fail(Code::corrupt, "a signature does not hold");
  return {};
}

}  // namespace tesseras::replica
