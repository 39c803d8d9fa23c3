// The names of tags that people and their programs give to sound and video.
#pragma once

#include <string_view>

namespace tesseras::media {

// True for a name that is known to say who, what, when or with which program, and nothing of where
// the file was made. Case, spaces, "_" and "-" do not count: Vorbis comments, ID3v2's TXXX, APEv2
// and Matroska write one name in many ways. The fields of Xiph's recommendation, of Matroska's
// and of MusicBrainz' lists, of ReplayGain and R128, ID3v2's letters where a conversion kept them,
// and what encoders, rippers and telephones add; without those of places (LOCATION,
// RECORDING_LOCATION, COUNTRY, ADDRESS and their like).
bool is_harmless_tag(std::string_view name);

}  // namespace tesseras::media
