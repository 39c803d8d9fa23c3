// tessera.toml: what is decoded is something that meta.json can hold, whatever the bytes were.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/base/bytes.hpp"
#include "preserve/intake/description.hpp"
#include "preserve/media/moment.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = base::as_text(std::as_bytes(std::span(data, size)));
  const auto found = intake::decode_description(text);
  if (!found) {
    ASSERT(!found.error().message.empty());
    return 0;
  }
  for (const auto& tag : found->tags) ASSERT(tessera::line_fault(tag).empty());
  for (const auto& person : found->people) ASSERT(tessera::line_fault(person.name).empty());
  for (const auto& file : found->files) {
    ASSERT(found->find(file.relative) == &file);
    if (file.location && file.location->coordinates) {
      ASSERT(media::is_known_position(*file.location->coordinates));
    }
    if (!file.date) continue;
    if (const auto* time = std::get_if<media::LocalTime>(&*file.date)) {
      ASSERT(tessera::is_capture_time(media::to_text(*time)));
    }
  }
  return 0;
}

}  // namespace tesseras
