#include "preserve/custody/listing.hpp"

#include "foundation/crypto/blake3.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::custody {

namespace paths = tessera::paths;

Result<void> add_file(tessera::ManifestBuilder& files, const Put& put, std::string_view path,
                      base::ByteSpan bytes, std::string_view media_type) {
  const auto content = hashed(bytes);
  TRY(put(content.blake3, bytes));
  files.add(path, content.blake3, content.sha256, media_type, content.size_bytes);
  return {};
}

Result<void> add_keys(tessera::ManifestBuilder& files, const Put& put,
                      const identity::PublicKeys& keys) {
  constexpr std::string_view type = "application/octet-stream";
  TRY(add_file(files, put, paths::ed25519_key, keys.ed25519.bytes, type));
  TRY(add_file(files, put, paths::mldsa65_key, keys.mldsa65.bytes, type));
  return add_file(files, put, paths::xwing_key, keys.xwing.bytes, type);
}

tessera::ManifestHeader header_of(const identity::PublicKeys& creator, base::WallTime created) {
  tessera::ManifestHeader header;
  header.created = {created.unix_seconds, 0};
  header.creator = tessera::CreatorKey{creator.ed25519.bytes};
  header.creator_mldsa65 = crypto::blake3(creator.mldsa65.bytes);
  return header;
}

}  // namespace tesseras::custody
