// The types of QuickTime and MP4 boxes, and which of them are known to hold no position: a list of
// what is known, not of what is feared. Pure. Sources: ISO/IEC 14496-12; Apple's QuickTime File
// Format Specification; 3GPP TS 26.244; what iTunes, ffmpeg and phones write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tesseras::media {

// Four letters as the file has them, big-endian; © is one byte there, 0xa9.
using BoxType = std::uint32_t;

constexpr BoxType type_of(const char (&name)[5]) {
  BoxType type = 0;
  for (int i = 0; i < 4; ++i) type = type << 8 | static_cast<unsigned char>(name[i]);
  return type;
}

// For people: "©xyz"; "?" for a byte that cannot be shown.
std::string shown(BoxType type);

// Unused space, which players pass by.
bool is_spare(BoxType type);

// A box of a track or a fragment that says how to play its samples.
bool is_structure(BoxType type);

// User data that says who, what and with which program, and nothing of where.
bool is_harmless_user_data(BoxType type);

// An item of a metadata list without keys, as music players and ffmpeg write it.
bool is_harmless_item(BoxType type);

// A key of a metadata list by the makers of the two systems that write most of them. Their keys
// of places have a word that means a place: ask is_about_place first.
bool is_harmless_key(std::string_view key);

}  // namespace tesseras::media
