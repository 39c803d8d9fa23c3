#include "apps/command_line/home.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace tesseras::command_line {

using base::Result;

Result<std::filesystem::path> home_folder() {
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return std::filesystem::path(home);
  if (const passwd* user = getpwuid(getuid()); user != nullptr && *user->pw_dir == '/') {
    return std::filesystem::path(user->pw_dir);
  }
  return base::fail(base::Code::invalid, "this user has no home folder; say where with --data-dir");
}

Result<std::filesystem::path> expand_home(const std::filesystem::path& given) {
  const std::string& text = given.native();
  if (text == "~") return home_folder();
  if (text.starts_with("~/")) return TRY(home_folder()) / text.substr(2);
  return given;
}

}  // namespace tesseras::command_line
