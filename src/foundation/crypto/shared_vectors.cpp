#include "foundation/crypto/shared_vectors.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tesseras::crypto {

std::optional<std::string> read_shared_vectors(std::string_view name) {
  namespace fs = std::filesystem;
  const char* configured = std::getenv("TESSERAS_SHARED");
  const fs::path shared =
      configured != nullptr ? fs::path(configured) : fs::path(TESSERAS_SOURCE_DIR) / "../shared";
  const fs::path vectors = (shared / "vectors").lexically_normal();
  if (!fs::exists(vectors)) {
    std::printf("absent, so not checked: %s\n", vectors.c_str());
    return std::nullopt;
  }
  const fs::path file = vectors / name;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + " is missing, though its folder is there");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace tesseras::crypto
