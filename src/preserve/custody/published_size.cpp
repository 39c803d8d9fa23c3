#include "preserve/custody/published_size.hpp"

#include "foundation/base/text.hpp"
#include "preserve/custody/limits.hpp"
#include "preserve/custody/pack.hpp"

namespace tesseras::custody {
namespace {

std::uint64_t media_bytes_of(const tessera::Manifest& manifest) {
  std::uint64_t sum = 0;
  for (const auto& memory : manifest.memories())
    for (const auto& media : manifest.entries().subspan(memory.media, memory.media_count))
      sum += media.size_bytes;
  return sum;
}

}  // namespace

Result<void> check_published_size(const tessera::Manifest& manifest) {
  const auto media_bytes = media_bytes_of(manifest);
  if (media_bytes > Limits::published_media_bytes_max) {
    return fail(Code::exhausted,
                "it has {} of media, and others keep at most {} in one tessera; make several of "
                "them: tes create --split",
                base::human_size(media_bytes), base::human_size(Limits::published_media_bytes_max));
  }
  const auto pack_bytes = PackLayout(manifest).size_bytes();
  if (pack_bytes <= Limits::published_pack_bytes_max) return {};
  return fail(Code::exhausted,
              "it has {}{}, and others keep at most {} of one tessera; make several of them: tes "
              "create --split, or of fewer files each",
              base::human_size(pack_bytes),
              manifest.header().capsule ? ", encrypted" : " with all that belongs to it",
              base::human_size(Limits::published_pack_bytes_max));
}

}  // namespace tesseras::custody
