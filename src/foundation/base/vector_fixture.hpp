// For tests: a file of spec/vectors.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "foundation/base/bytes.hpp"

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

// What "00 ab*300" stands for: hexadecimal, spaces, and how often a part is repeated.
inline Bytes bytes_of_vector(const std::string& text) {
  Bytes bytes;
  std::istringstream parts(text);
  for (std::string part; parts >> part;) {
    const std::size_t star = part.find('*');
    const std::string hex = part.substr(0, star);
    const std::size_t times = star == std::string::npos ? 1 : std::stoull(part.substr(star + 1));
    Bytes once(hex.size() / 2);
    EXPECT_TRUE(from_hex(hex, once)) << part;
    for (std::size_t i = 0; i < times; ++i) bytes.insert(bytes.end(), once.begin(), once.end());
  }
  return bytes;
}

}  // namespace tesseras::base
