#include "node/node_key.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "foundation/wire/reader.hpp"
#include "foundation/wire/writer.hpp"
#include "preserve/contacts/card.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Result;
using runtime::path;
using Seed = crypto::SecretBytes<32>;

constexpr const char* public_name = "identity.key";
constexpr const char* secret_name = "identity.secret";
constexpr std::size_t file_bytes = dht::NodePublicKey::size_bytes + 8;
constexpr std::uint32_t public_permissions = 0644;
constexpr std::uint32_t secret_permissions = 0600;
constexpr std::uint32_t group_and_others = 0077;

std::string shown(const path& file) { return base::to_printable(file.native()); }

std::unexpected<base::Error> wrong(const path& file, std::string_view why) {
  return fail(Code::corrupt, "{} {}; restore it from a copy, or delete it to begin as a new node",
              shown(file), why);
}

base::Bytes public_file(const dht::NodePublicKey& key, std::uint64_t nonce) {
  base::Bytes bytes(file_bytes);
  wire::Writer writer(bytes);
  ASSERT(writer.bytes(key.bytes) && writer.u64_le(nonce));
  return bytes;
}

Result<Seed> read_seed(runtime::Disk& disk, const path& file) {
  const auto status = disk.status(file);
  if (!status && status.error().code == Code::not_found) {
    return fail(Code::not_found,
                "{} is gone, the private key of this node: put it back from a copy, or delete {} "
                "to begin as a new node",
                shown(file), public_name);
  }
  if (!status) return fail(status.error());
  if ((status->permissions & group_and_others) != 0) {
    return fail(Code::denied, "{} may be read by others: chmod 600 it", shown(file));
  }
  auto bytes = TRY(runtime::read_whole(disk, file, Seed::size_bytes + 1));
  if (bytes.size() != Seed::size_bytes) return wrong(file, "has not the 32 bytes of a key");
  Seed seed = Seed::copy_of(bytes);
  crypto::cleanse(bytes);
  return seed;
}

Result<NodeKey> load(runtime::Disk& disk, const path& data_dir, base::ByteSpan file) {
  const path name = data_dir / public_name;
  if (file.size() != file_bytes) {
    return wrong(name, "has not the 40 bytes of a public key and a nonce");
  }
  wire::Reader reader(file);
  const auto key = TRY(reader.id<dht::NodePublicKey>());
  const auto nonce = TRY(reader.u64_le());
  const auto id = dht::check_nonce(key, nonce);
  if (!id) return wrong(name, id.error().message);
  auto seed = TRY(read_seed(disk, data_dir / secret_name));
  auto secret = crypto::Ed25519Key::from_seed(seed);
  if (secret.public_key() != key) {
    return fail(Code::corrupt,
                "{} and {} do not belong together: restore both from one copy, or delete {} to "
                "begin as a new node",
                shown(name), secret_name, public_name);
  }
  return NodeKey{std::move(secret), std::move(seed), nonce, *id, false};
}

// Never over another: it may be all that is left of a node.
Result<void> keep_aside(runtime::Disk& disk, const path& secret) {
  path old = secret;
  old += ".old";
  for (int i = 2; disk.status(old); ++i) {
    old = secret;
    old += fmt::format(".old-{}", i);
  }
  return disk.rename(secret, old);
}

}  // namespace

Result<NodeKey> open_node_key(runtime::Disk& disk, const path& data_dir,
                              const std::function<void(base::MutableByteSpan)>& fill_random) {
  const path public_path = data_dir / public_name, secret_path = data_dir / secret_name;
  const auto file = runtime::read_whole(disk, public_path, 1 << 10);
  if (file) return load(disk, data_dir, *file);
  if (file.error().code != Code::not_found) return fail(file.error());

  if (disk.status(secret_path)) TRY(keep_aside(disk, secret_path));
  for (;;) {
    Seed seed;
    fill_random(seed.mutable_span());
    auto key = crypto::Ed25519Key::from_seed(seed);
    const auto nonce = dht::find_nonce(key.public_key());
    if (!nonce) continue;  // a key without one, which nobody will ever see
    // The secret first: a public key without one would be nobody's.
    TRY(runtime::replace_whole(disk, secret_path, secret_permissions, seed.span()));
    TRY(runtime::replace_whole(disk, public_path, public_permissions,
                               public_file(key.public_key(), *nonce)));
    const auto id = dht::node_id_of(key.public_key(), *nonce);
    return NodeKey{std::move(key), std::move(seed), *nonce, id, true};
  }
}

crypto::SecretBytes<32> pointer_secret(const NodeKey& node) {
  return crypto::blake3_derive_key("tesseras pointer store secret v1", node.seed.span());
}

crypto::XWingKey node_xwing_key(const NodeKey& node) {
  return crypto::XWingKey::from_seed(
      crypto::blake3_derive_key("tesseras node xwing v1", node.seed.span()));
}

std::string card_of(const NodeKey& node) {
  return contacts::encode(node.key, node.nonce, node_xwing_key(node).public_key());
}

}  // namespace tesseras::node
