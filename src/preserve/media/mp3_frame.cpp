#include "preserve/media/mp3_frame.hpp"

#include <array>
#include <cstdint>

#include "foundation/base/bytes.hpp"
#include "preserve/media/quicktime_text.hpp"

namespace tesseras::media {

std::size_t mp3_frame_bytes(std::string_view head) {
  if (head.size() < 4) return 0;
  const auto bits = static_cast<std::uint32_t>(big_endian(base::as_bytes(head).first(4)));
  const auto version = bits >> 19 & 3U, layer = bits >> 17 & 3U;
  const auto rate_index = bits >> 12 & 15U, frequency_index = bits >> 10 & 3U;
  if (bits >> 21 != 0x7ffU || version == 1 || layer != 1) return 0;
  if (rate_index == 0 || rate_index == 15 || frequency_index == 3) return 0;
  constexpr std::array<unsigned, 15> mpeg1 = {0,   32,  40,  48,  56,  64,  80, 96,
                                              112, 128, 160, 192, 224, 256, 320};
  constexpr std::array<unsigned, 15> mpeg2 = {0,  8,  16, 24,  32,  40,  48, 56,
                                              64, 80, 96, 112, 128, 144, 160};
  constexpr std::array<unsigned, 3> frequencies = {44100, 48000, 32000};
  const bool first = version == 3;
  const unsigned rate = (first ? mpeg1 : mpeg2)[rate_index] * 1000;
  const unsigned frequency = frequencies[frequency_index] >> (first ? 0 : version == 2 ? 1 : 2);
  return (first ? 144U : 72U) * rate / frequency + (bits >> 9 & 1U);
}

}  // namespace tesseras::media
