#include "preserve/tessera/manifest_head.hpp"

#include "foundation/base/time.hpp"

namespace tesseras::tessera {
namespace {

constexpr std::size_t time_bytes = 20;  // "2026-02-14T09:30:00Z"
constexpr std::size_t hash_digits = 64;

// Takes "NAME<value>\n" off the front; its value, or nothing where another line stands there.
std::optional<std::string_view> take(std::string_view& rest, std::string_view name,
                                     std::size_t value_bytes) {
  if (rest.size() <= name.size() + value_bytes || !rest.starts_with(name) ||
      rest[name.size() + value_bytes] != '\n')
    return std::nullopt;
  const auto value = rest.substr(name.size(), value_bytes);
  rest.remove_prefix(name.size() + value_bytes + 1);
  return value;
}

}  // namespace

base::Result<ManifestHead> parse_manifest_head(std::string_view beginning) {
  const auto no_manifest = [] {
    return base::fail(base::Code::corrupt, "it does not begin as a MANIFEST does");
  };
  std::string_view rest = beginning;
  const auto version = take(rest, "TESSERA MANIFEST v1", 0);
  const auto created = take(rest, "created: ", time_bytes);
  const auto creator = take(rest, "creator: ", hash_digits);
  const auto mldsa65 = take(rest, "creator-mldsa65: ", hash_digits);
  if (!version || !created || !creator || !mldsa65) return no_manifest();
  const auto time = base::from_rfc3339_seconds(*created);
  const auto key = CreatorKey::from_hex(*creator);
  const auto hash = crypto::Blake3Hash::from_hex(*mldsa65);
  if (!time || !key || !hash) return no_manifest();
  return ManifestHead{*time, *key, *hash};
}

}  // namespace tesseras::tessera
