#include "preserve/identity/store.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/identity/limits.hpp"

namespace tesseras::identity {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::fail_in;
using base::Result;
using runtime::path;

constexpr const char* seed_name = "root.seed";
constexpr const char* ed25519_name = "creator.pub.ed25519";
constexpr const char* mldsa65_name = "creator.pub.mldsa65";
constexpr const char* xwing_name = "creator.pub.xwing";
constexpr const char* lock_name = ".lock";

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::uint32_t secret_permissions = 0600;
constexpr std::uint32_t public_permissions = 0644;
constexpr std::uint32_t group_and_others = 0077;

std::string shown(const path& file) { return base::to_printable(file.native()); }

// For a command that is to be pasted into a shell.
std::string quoted(const path& file) {
  std::string text = "'";
  for (const char c : file.native()) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return base::to_printable(text + "'");
}

// A folder, and those above it up to the first that is there already: a new folder is on the
// medium only when the one that holds its name is.
std::vector<path> folders_to_sync(runtime::Disk& disk, const path& folder) {
  std::vector<path> folders = {folder};
  path at = folder;
  do {
    at = at.parent_path();
    if (at.empty()) at = ".";
    folders.push_back(at);
  } while (at.has_relative_path() && at != "." && !disk.status(at));
  return folders;
}

}  // namespace

IdentityStore::IdentityStore(runtime::Disk& disk, const path& data_dir)
    : disk_(disk), folder_(data_dir / "identity") {}

Result<bool> IdentityStore::exists() const {
  const auto status = disk_.status(folder_ / seed_name);
  if (status) return true;
  if (status.error().code == Code::not_found) return false;
  return fail(status.error());
}

Result<void> IdentityStore::require_identity() const {
  if (TRY(exists())) return {};
  return fail(Code::not_found, "there is no identity in {}; make one with `tes init`",
              shown(folder_));
}

Result<Identity> IdentityStore::create(const RootSeed& seed,
                                       const std::optional<Protection>& protection) {
  const auto conflict = [this] {
    return fail(Code::conflict, "there is an identity in {} already; it is left as it is",
                shown(folder_));
  };
  if (TRY(exists())) return conflict();
  // The slow part comes before the lock, so that nobody waits for our passphrase.
  crypto::SecretBuffer bytes;
  if (protection) {
    bytes = crypto::SecretBuffer::copy_of(
        TRY(protect(seed, protection->passphrase.span(), protection->cost)));
  } else {
    bytes = crypto::SecretBuffer::copy_of(encode_heir_blob(seed).span());
  }
  Identity identity = Identity::from_seed(seed);
  const PublicKeys& keys = identity.public_keys();

  const std::vector<path> folders = folders_to_sync(disk_, folder_);
  TRY(disk_.make_folders(folder_, folder_permissions));
  const auto lock = TRY(disk_.lock(folder_ / lock_name, Limits::lock_patience));
  if (TRY(exists())) return conflict();
  TRY(require_no_other(keys));
  const std::array<path, 1> folder = {folder_};
  const path new_seed =
      TRY(runtime::write_new(disk_, folder_ / seed_name, secret_permissions, bytes.span()));
  const auto finish = [&]() -> Result<void> {
    TRY(disk_.sync(folder));  // the new seed's name before the keys': require_no_other reads it
    TRY(write_key(ed25519_name, keys.ed25519.bytes));
    TRY(write_key(mldsa65_name, keys.mldsa65.bytes));
    TRY(write_key(xwing_name, keys.xwing.bytes));
    // The keys' names are on the medium before the seed's.
    return disk_.rename(new_seed, folder_ / seed_name);
  };
  TRY(finish());
  TRY(disk_.sync(folders));
  return identity;
}

// Public keys without a seed are those of somebody who lost it, and a new identity over them would
// look to the person like the old one. Where a run was cut short, a new seed lies beside them.
Result<void> IdentityStore::require_no_other(const PublicKeys& keys) const {
  const auto key = disk_.status(folder_ / ed25519_name);
  if (!key && key.error().code == Code::not_found) return {};
  if (!key) return fail(key.error());
  if (disk_.status(runtime::new_name_of(folder_ / seed_name))) return {};
  const auto there = read_key<crypto::Ed25519PublicKey>(ed25519_name);
  if (there && *there == keys.ed25519) return {};
  return fail(Code::corrupt,
              "{} has public keys, but their root.seed is gone: put it back from a copy, and you "
              "sign as before; to begin as somebody new, move that folder away first",
              shown(folder_));
}

// Under the lock.
Result<void> IdentityStore::write_key(const char* name, ByteSpan key) {
  return runtime::replace_whole(disk_, folder_ / name, public_permissions, key);
}

Result<crypto::SecretBuffer> IdentityStore::read_small(const path& file) const {
  const auto opened = TRY(disk_.open_read(file));
  const auto status = TRY(opened->status());
  if (status.size_bytes > Limits::seed_file_bytes_max) {
    return fail(Code::corrupt, "{} has {} bytes, which is too many for what it should be",
                shown(file), status.size_bytes);
  }
  crypto::SecretBuffer bytes(static_cast<std::size_t>(status.size_bytes));
  bytes.truncate(TRY(opened->read_at(0, bytes.mutable_span())));
  return bytes;
}

Result<SeedFile> IdentityStore::read_seed_file() const {
  TRY(require_identity());
  const path file = folder_ / seed_name;
  const auto status = TRY(disk_.status(file));
  if ((status.permissions & group_and_others) != 0) {
    // As ssh does: a secret that others could have read is not used as if nothing were.
    return fail(Code::denied,
                "{} may be read by other users (mode {:04o}); close it with: chmod 600 {}",
                shown(file), status.permissions, quoted(file));
  }
  const crypto::SecretBuffer bytes = TRY(read_small(file));
  auto decoded = decode_seed_file(bytes.span());
  if (!decoded) return fail_in(decoded.error(), "{}", shown(file));
  return decoded;
}

Result<bool> IdentityStore::is_protected() const {
  return std::holds_alternative<ProtectedSeed>(TRY(read_seed_file()));
}

Result<RootSeed> IdentityStore::read_seed(const AskPassphrase& ask) const {
  SeedFile file = TRY(read_seed_file());
  if (auto* bare = std::get_if<RootSeed>(&file)) return std::move(*bare);
  if (!ask) {
    return fail(Code::denied, "{} is protected: a passphrase is needed",
                shown(folder_ / seed_name));
  }
  const crypto::SecretBuffer passphrase = TRY(ask());
  return unprotect(std::get<ProtectedSeed>(file), passphrase.span());
}

std::unexpected<base::Error> IdentityStore::not_together() const {
  return fail(Code::corrupt,
              "the root seed and the public keys in {} do not belong together: one of them was "
              "changed; restore the folder from a copy, or from your heirs' shares",
              shown(folder_));
}

Result<IdentityStore::Opened> IdentityStore::open_both(const AskPassphrase& ask) const {
  RootSeed seed = TRY(read_seed(ask));
  Identity identity = Identity::from_seed(seed);
  // A bare seed has no checksum: a flipped bit would be another person without a word.
  if (identity.public_keys() != TRY(public_keys())) {
    return not_together();
  }
  return Opened{.seed = std::move(seed), .identity = std::move(identity)};
}

Result<Identity> IdentityStore::open(const AskPassphrase& ask) const {
  return std::move(TRY(open_both(ask)).identity);
}

Result<RootSeed> IdentityStore::open_seed(const AskPassphrase& ask) const {
  return std::move(TRY(open_both(ask)).seed);
}

template <class Key>
Result<Key> IdentityStore::read_key(const char* name) const {
  const path file = folder_ / name;
  const auto bytes = read_small(file);
  if (!bytes && bytes.error().code == Code::not_found) {
    return fail(Code::corrupt,
                "{} is missing; `tes init` makes it again where the seed has no passphrase, else "
                "copy it from the identity folder of a tessera of yours",
                shown(file));
  }
  if (!bytes) return fail(bytes.error());
  const auto key = Key::from_bytes(bytes->span());
  if (!key) {
    return fail(Code::corrupt,
                "{} has {} bytes where {} belong; copy it from the identity folder of a tessera "
                "of yours",
                shown(file), bytes->size(), Key::size_bytes);
  }
  return *key;
}

Result<std::vector<std::string>> IdentityStore::restore_public_keys() {
  std::vector<std::string> missing;
  for (const char* name : {ed25519_name, mldsa65_name, xwing_name}) {
    const auto status = disk_.status(folder_ / name);
    if (!status && status.error().code != Code::not_found) return fail(status.error());
    if (!status) missing.emplace_back(name);
  }
  if (TRY(is_protected())) {
    // Without the passphrase nothing can be made; what is missing is at least named.
    TRY(public_keys());
    return std::vector<std::string>{};
  }
  const PublicKeys keys = Identity::from_seed(TRY(read_seed(nullptr))).public_keys();
  const auto lock = TRY(disk_.lock(folder_ / lock_name, Limits::lock_patience));
  const auto is_missing = [&](const char* name) { return std::ranges::contains(missing, name); };
  // What is left is the only checksum that a bare seed has.
  const auto differs = [](const auto& there, const auto& key) {
    return there ? Result<bool>(*there != key) : Result<bool>(fail(there.error()));
  };
  if ((!is_missing(ed25519_name) &&
       TRY(differs(read_key<crypto::Ed25519PublicKey>(ed25519_name), keys.ed25519))) ||
      (!is_missing(mldsa65_name) &&
       TRY(differs(read_key<crypto::MlDsa65PublicKey>(mldsa65_name), keys.mldsa65))) ||
      (!is_missing(xwing_name) &&
       TRY(differs(read_key<crypto::XWingPublicKey>(xwing_name), keys.xwing))))
    return not_together();
  if (missing.empty()) return missing;
  if (is_missing(ed25519_name)) TRY(write_key(ed25519_name, keys.ed25519.bytes));
  if (is_missing(mldsa65_name)) TRY(write_key(mldsa65_name, keys.mldsa65.bytes));
  if (is_missing(xwing_name)) TRY(write_key(xwing_name, keys.xwing.bytes));
  return missing;
}

Result<PublicKeys> IdentityStore::public_keys() const {
  TRY(require_identity());
  return PublicKeys{TRY(read_key<crypto::Ed25519PublicKey>(ed25519_name)),
                    TRY(read_key<crypto::MlDsa65PublicKey>(mldsa65_name)),
                    TRY(read_key<crypto::XWingPublicKey>(xwing_name))};
}

}  // namespace tesseras::identity
