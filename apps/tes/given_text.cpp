#include "apps/tes/given_text.hpp"

#include <cstdio>

#include "foundation/runtime/whole_file.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::Result;

constexpr std::string_view scanner_prefix = "QR-Code:";

Result<std::string> read_standard_input(std::size_t bytes_max) {
  std::string text(bytes_max + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stdin));
  if (std::ferror(stdin) != 0) return base::fail(Code::io, "standard input cannot be read");
  if (text.size() > bytes_max) {
    return base::fail(Code::corrupt, "standard input has more than {} bytes, which is too many",
                      bytes_max);
  }
  return text;
}

}  // namespace

Result<std::string> read_given_text(runtime::Disk& disk, const std::filesystem::path& file,
                                    std::size_t bytes_max) {
  auto text = TRY(file == "-" ? read_standard_input(bytes_max)
                              : runtime::read_whole_text(disk, file, bytes_max));
  if (text.starts_with(scanner_prefix)) text.erase(0, scanner_prefix.size());
  return text;
}

}  // namespace tesseras::tes
