#include "preserve/media/sound_tags.hpp"

#include "preserve/media/flac_tags.hpp"
#include "preserve/media/gif_tags.hpp"
#include "preserve/media/matroska_tags.hpp"
#include "preserve/media/mp3_tags.hpp"
#include "preserve/media/ogg_tags.hpp"
#include "preserve/media/riff_tags.hpp"
#include "preserve/media/tag_source.hpp"

namespace tesseras::media {
namespace {

base::Result<void> check(TagSource& source, tessera::MediaFormat format) {
  using enum tessera::MediaFormat;
  switch (format) {
    case wav: return check_wav(source);
    case mp3: return check_mp3(source);
    case flac: return check_flac(source);
    case ogg:
    case opus: return check_ogg(source);
    case webm: return check_webm(source);
    case gif: return check_gif(source);
    default: return doubt("it is not certain whether it holds a position");
  }
}

}  // namespace

base::Result<std::string> unclear_tags(runtime::File& file, std::uint64_t size_bytes,
                                       tessera::MediaFormat format) {
  TagSource source(file, size_bytes);
  const auto done = check(source, format);
  if (done) return std::string();
  if (done.error().code == base::Code::unsupported) return done.error().message;
  return base::fail(done.error());
}

}  // namespace tesseras::media
