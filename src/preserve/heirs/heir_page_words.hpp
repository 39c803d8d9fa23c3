// What a share's sheet says, in each language.
#pragma once

#include <string>

#include "foundation/paper/language.hpp"
#include "preserve/heirs/share.hpp"

namespace tesseras::heirs {

// A paragraph each, as paper::Pages takes them.
struct HeirPageWords {
  std::string title;
  std::string what;
  std::string facts;  // a line: owner, session, day
  std::string keep_heading;
  std::string keep;
  std::string use_heading;
  std::string gather;
  std::string read;
  std::string read_command;
  std::string reconstruct;
  std::string reconstruct_command;
  std::string letters_heading;
  std::string letters;
  std::string without_heading;
  std::string without;
  std::string foot;
};

HeirPageWords words_of(const Share& share, paper::Language language);

}  // namespace tesseras::heirs
