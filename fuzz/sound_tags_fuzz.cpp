// The tags of sound, WebM and GIF. The first byte of the input chooses the format.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "foundation/base/assert.hpp"
#include "foundation/base/bytes.hpp"
#include "foundation/base/text.hpp"
#include "preserve/media/id3_tags.hpp"
#include "preserve/media/sound_tags.hpp"
#include "preserve/media/testing.hpp"
#include "preserve/media/vorbis_tags.hpp"

namespace tesseras {
namespace {

using tessera::MediaFormat;

constexpr std::array formats = {MediaFormat::wav, MediaFormat::mp3,  MediaFormat::flac,
                                MediaFormat::ogg, MediaFormat::webm, MediaFormat::gif};

// A tag in memory is refused with a reason, and nothing else.
void check_reason(const base::Result<void>& done) {
  ASSERT(done || (done.error().code == base::Code::unsupported && !done.error().message.empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const auto choice = data[0] % (formats.size() + 2);
  if (choice == formats.size()) {
    check_reason(media::check_id3(bytes));
  } else if (choice > formats.size()) {
    check_reason(media::check_vorbis_comment(bytes));
  } else {
    media::BytesFile file{std::string(base::as_text(bytes))};
    const auto unclear = media::unclear_tags(file, file.size(), formats[choice]);
    ASSERT(unclear.has_value());
    ASSERT(base::is_utf8(*unclear));
    // Something behind the end is part of no format. (Of a WAV that was cut short it is sound, and
    // in an MP3 it may be the rest of a frame.)
    if (unclear->empty() && formats[choice] != MediaFormat::mp3 &&
        formats[choice] != MediaFormat::wav) {
      media::BytesFile longer{std::string(base::as_text(bytes)) + "?!"};
      const auto again = media::unclear_tags(longer, longer.size(), formats[choice]);
      ASSERT(again && !again->empty());
    }
  }
  return 0;
}

}  // namespace tesseras
