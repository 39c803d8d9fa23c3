// For tests: a file of spec/vectors.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace tesseras::base {

// The lines "name: value" of a vector; a value may be empty.
using VectorFields = std::map<std::string, std::string>;

inline VectorFields read_vector(const std::filesystem::path& file) {
  VectorFields fields;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    EXPECT_NE(colon, std::string::npos) << file << ": " << line;
    fields[line.substr(0, colon)] = line.size() > colon + 2 ? line.substr(colon + 2) : "";
  }
  return fields;
}

}  // namespace tesseras::base
