// A look at TOML before it is given to its parser (toml++), which nests a table for every dot of a
// key and takes them down by recursion: a megabyte of dots would end the program.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tesseras::base {

struct TomlProblem {
  std::size_t line = 0;
  std::string reason;
};

// nullopt when `toml` may be parsed (it may still be wrong). `parts_max` is how many parts a dotted
// key or a table's name may have.
std::optional<TomlProblem> find_toml_problem(std::string_view toml, std::size_t parts_max);

}  // namespace tesseras::base
