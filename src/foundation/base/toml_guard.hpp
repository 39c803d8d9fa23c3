// A look at TOML before it is given to its parser (toml++ 3.4), for what that parser does not bear
// from outside. It nests a table for every dot of a key and takes them down by recursion: a
// megabyte of dots would end the program. And it asks of letters beyond ASCII whether they are
// blanks in a way that is undefined for many of them, wherever a blank could stand.
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
// key or a table's name may have. A problem too: a byte beyond ASCII outside of quotes and comments
// (TOML has none there), and one behind a backslash that joins two lines of a """text""", which is
// TOML, and has to be written without that backslash; and a value that goes on where it should end,
// since the parser would look for its end by those same blanks.
std::optional<TomlProblem> find_toml_problem(std::string_view toml, std::size_t parts_max);

}  // namespace tesseras::base
