// Whose folders a program works in.
#pragma once

#include <filesystem>

#include "foundation/base/result.hpp"

namespace tesseras::command_line {

// The home folder of this user. invalid when neither HOME nor the system knows it.
base::Result<std::filesystem::path> home_folder();

// A path as it was given, with "~" in front expanded: for shells that leave it in --data-dir=~/x.
base::Result<std::filesystem::path> expand_home(const std::filesystem::path& given);

}  // namespace tesseras::command_line
