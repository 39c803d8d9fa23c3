#include "preserve/vault/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tesseras::vault {
namespace {

constexpr std::size_t pack_digits = 8;
constexpr std::string_view pack_ending = ".pack";

}  // namespace

runtime::path Layout::blob(const base::BlobId& id) const {
  const std::string name = id.hex();
  return blobs() / name.substr(0, 2) / name.substr(2, 2) / name;
}

runtime::path Layout::pack(std::uint32_t number) const {
  return packs() / fmt::format("{:08}{}", number, pack_ending);
}

std::optional<std::uint32_t> pack_number(std::string_view file_name) {
  if (file_name.size() != pack_digits + pack_ending.size() || !file_name.ends_with(pack_ending))
    return std::nullopt;
  const std::string_view digits = file_name.substr(0, pack_digits);
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  std::uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (number == 0) return std::nullopt;
  return number;
}

bool is_blob_folder(std::string_view name) { return name.size() == 2 && base::is_lower_hex(name); }

}  // namespace tesseras::vault
