#include "preserve/custody/sense.hpp"

#include "preserve/sealing/witnesses.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/verify.hpp"

namespace tesseras::custody {
namespace {

bool is_witnesses(const tessera::Manifest& manifest, std::size_t entry) {
  return manifest.entries()[entry].path == tessera::paths::witnesses;
}

std::string witnesses_fault(const tessera::Manifest& manifest, std::string_view bytes) {
  if (manifest.header().visibility != tessera::Visibility::sealed)
    return "a tessera that is not sealed has no witnesses";
  const auto witnesses = sealing::parse_witnesses(base::as_bytes(bytes));
  return witnesses ? std::string() : witnesses.error().message;
}

}  // namespace

bool must_make_sense(const tessera::Manifest& manifest, std::size_t entry) {
  return manifest.memory_of_meta(entry) != nullptr || is_witnesses(manifest, entry);
}

std::string sense_fault(const tessera::Manifest& manifest, std::size_t entry,
                        std::string_view bytes) {
  if (const auto* memory = manifest.memory_of_meta(entry))
    return tessera::meta_fault(manifest, *memory, bytes);
  return is_witnesses(manifest, entry) ? witnesses_fault(manifest, bytes) : std::string();
}

}  // namespace tesseras::custody
