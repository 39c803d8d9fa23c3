#include "preserve/custody/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "foundation/base/assert.hpp"

namespace tesseras::custody {
namespace {

constexpr std::size_t name_bytes = 100, prefix_bytes = 155;
constexpr std::uint64_t ustar_size_max = (std::uint64_t{1} << 33U) - 1;  // 11 octal digits
constexpr std::int64_t ustar_time_max = (std::int64_t{1} << 33U) - 1;
constexpr std::size_t path_bytes_max = 8192;

struct SplitPath {
  std::string_view prefix, name;
};

// ustar keeps a path in two fields, cut at a slash.
std::optional<SplitPath> split(std::string_view path) {
  if (path.size() <= name_bytes) return SplitPath{{}, path};
  const auto slash = path.find('/', path.size() - name_bytes - 1);
  if (slash == std::string_view::npos || slash > prefix_bytes || slash + 1 == path.size()) {
    return std::nullopt;
  }
  return SplitPath{path.substr(0, slash), path.substr(slash + 1)};
}

class Block {
 public:
  void text(std::size_t at, std::string_view value) {
    std::ranges::copy(base::as_bytes(value), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  // Octal, zero-filled, with a final NUL.
  void number(std::size_t at, std::size_t width, std::uint64_t value) {
    text(at, fmt::format("{:0{}o}", value, width - 1));
  }
  base::Bytes finish() {
    text(148, "        ");  // the checksum counts its own field as spaces
    unsigned sum = 0;
    for (const std::byte b : bytes_) sum += std::to_integer<unsigned>(b);
    number(148, 7, sum);
    bytes_[154] = std::byte{0};
    return std::move(bytes_);
  }

 private:
  base::Bytes bytes_ = base::Bytes(tar_block_bytes);
};

base::Bytes ustar(const SplitPath& path, char type, std::uint64_t size_bytes,
                  base::WallTime modified) {
  Block block;
  block.text(0, path.name);
  block.number(100, 8, 0644);
  block.number(108, 8, 0);
  block.number(116, 8, 0);
  block.number(124, 12, size_bytes);
  block.number(136, 12,
               static_cast<std::uint64_t>(
                   std::clamp<std::int64_t>(modified.unix_seconds, 0, ustar_time_max)));
  block.text(156, std::string_view(&type, 1));
  block.text(257, std::string_view("ustar\0"
                                   "00",
                                   8));
  block.number(329, 8, 0);
  block.number(337, 8, 0);
  block.text(345, path.prefix);
  return block.finish();
}

// "LENGTH key=value\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) {
    length = std::to_string(length).size() + rest;
  }
  return fmt::format("{} {}={}\n", length, key, value);
}

}  // namespace

std::size_t tar_padding_bytes(std::uint64_t size_bytes) {
  return static_cast<std::size_t>((tar_block_bytes - size_bytes % tar_block_bytes) %
                                  tar_block_bytes);
}

base::Bytes tar_header(std::string_view path, std::uint64_t size_bytes, base::WallTime modified) {
  ASSERT(!path.empty() && path.size() <= path_bytes_max);
  const auto fits = split(path);
  std::string records;
  if (!fits) records += pax_record("path", path);
  if (size_bytes > ustar_size_max) records += pax_record("size", std::to_string(size_bytes));

  base::Bytes out;
  if (!records.empty()) {
    out = ustar({{}, "pax-header"}, 'x', records.size(), modified);
    const auto bytes = base::as_bytes(records);
    out.insert(out.end(), bytes.begin(), bytes.end());
    out.resize(out.size() + tar_padding_bytes(records.size()));
  }
  const auto shown = fits.value_or(SplitPath{{}, path.substr(0, name_bytes)});
  const auto header = ustar(shown, '0', size_bytes > ustar_size_max ? 0 : size_bytes, modified);
  out.insert(out.end(), header.begin(), header.end());
  return out;
}

}  // namespace tesseras::custody
