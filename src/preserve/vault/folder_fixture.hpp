// A folder on the real disk that goes with the test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "foundation/crypto/random.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::vault {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::array<std::byte, 8> name{};
    crypto::fill_random(name);
    path_ = std::filesystem::temp_directory_path() / ("tesseras-vault-" + base::to_hex(name));
    EXPECT_TRUE(std::filesystem::create_directory(path_));
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const runtime::path& path() const { return path_; }

 private:
  runtime::path path_;
};

}  // namespace tesseras::vault
