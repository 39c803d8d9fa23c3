// For tests: vectors from outside, which lie beside the project and are never copied into it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tesseras::crypto {

// The text of a file under vectors/ in ${TESSERAS_SHARED:-<source>/../shared}. Where that folder is
// not there, nullopt and one line that says so; where it is and the file is not, an exception: a
// test that is skipped by itself looks like one that holds.
std::optional<std::string> read_shared_vectors(std::string_view name);

}  // namespace tesseras::crypto
