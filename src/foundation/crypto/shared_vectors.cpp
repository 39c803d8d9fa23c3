#include "foundation/crypto/shared_vectors.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tesseras::crypto {

std::optional<std::string> read_shared_vectors(std::string_view name) {
  namespace fs = std::filesystem;
  const char* configured = std::getenv("TESSERAS_SHARED");
  const fs::path shared =
      configured != nullptr ? fs::path(configured) : fs::path(TESSERAS_SOURCE_DIR) / "../shared";
  const fs::path file = (shared / "vectors" / name).lexically_normal();
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    std::printf("absent, so not checked: %s\n", file.c_str());
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace tesseras::crypto
