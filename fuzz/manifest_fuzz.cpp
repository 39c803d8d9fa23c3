// Whatever Manifest::parse takes has one text: the same list encodes to the same bytes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "foundation/base/assert.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto manifest = tessera::Manifest::parse(text);
  if (!manifest) {
    ASSERT(manifest.error().code == base::Code::invalid);
    ASSERT(manifest.error().message.starts_with("MANIFEST "));
    return 0;
  }
  tessera::ManifestBuilder builder;
  for (std::size_t i = 0; i < manifest->entries().size(); ++i) {
    const tessera::ManifestEntry& entry = manifest->entries()[i];
    ASSERT(manifest->find(entry.decoded_path()) == i);
    builder.add(entry.decoded_path(), entry.blake3, entry.sha256, entry.media_type,
                entry.size_bytes);
  }
  const auto again = builder.build(manifest->header());
  ASSERT(again.has_value());
  ASSERT(again->text() == text);
  ASSERT(again->content_hash() == manifest->content_hash());
  return 0;
}

}  // namespace tesseras
