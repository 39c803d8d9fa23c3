// Files of a tessera that must make sense, beyond being the bytes that were signed: each memory's
// meta.json, and the witnesses of a sealed one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "preserve/tessera/manifest.hpp"

namespace tesseras::custody {

// `entry` is a position in Manifest::entries().
bool must_make_sense(const tessera::Manifest& manifest, std::size_t entry);

// What is wrong with such a file, as such; empty when nothing is, and for every other file.
std::string sense_fault(const tessera::Manifest& manifest, std::size_t entry,
                        std::string_view bytes);

}  // namespace tesseras::custody
