#include "preserve/media/testing.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tesseras::media {

std::string sample(const std::string& name) {
  const char* shared = std::getenv("TESSERAS_SHARED");
  const std::filesystem::path folder =
      shared != nullptr ? shared : std::string(TESSERAS_SOURCE_DIR) + "/../shared";
  std::ifstream in(folder / "samples" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace tesseras::media
