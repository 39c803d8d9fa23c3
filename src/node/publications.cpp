#include "node/publications.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "foundation/base/bytes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;

constexpr std::uint32_t file_permissions = 0600;
constexpr std::size_t line_bytes = 2 * ContentHash::size_bytes + 1;

}  // namespace

Result<Publications> Publications::open(runtime::Disk& disk, runtime::path file) {
  Publications publications(disk, std::move(file));
  const auto bytes = runtime::read_whole(disk, publications.file_, line_bytes * count_max);
  if (!bytes && bytes.error().code == Code::not_found) return publications;
  if (!bytes) return fail(bytes.error());
  std::size_t number = 1;
  for (auto text = base::as_text(*bytes); !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    const auto hash = ContentHash::from_hex(line);
    if (!hash || line.size() == text.size()) {
      return fail(Code::corrupt,
                  "{} line {} is no content hash; mend or delete it, and publish again",
                  base::to_printable(publications.file_.native()), number);
    }
    publications.all_.insert(*hash);
    text.remove_prefix(line.size() + 1);
  }
  return publications;
}

Result<void> Publications::add(const ContentHash& content_hash) {
  if (all_.contains(content_hash)) return {};
  if (all_.size() == count_max) {
    return fail(Code::exhausted, "this node has published {} tesserae, which is as many as it may",
                count_max);
  }
  auto more = all_;
  more.insert(content_hash);
  TRY(write(more));
  all_ = std::move(more);
  return {};
}

Result<void> Publications::remove(std::span<const ContentHash> content_hashes) {
  if (std::ranges::none_of(content_hashes, [&](const auto& one) { return all_.contains(one); }))
    return {};
  auto fewer = all_;
  for (const auto& one : content_hashes) fewer.erase(one);
  TRY(write(fewer));
  all_ = std::move(fewer);
  return {};
}

Result<void> Publications::write(const std::set<ContentHash>& all) {
  std::string text;
  text.reserve(all.size() * line_bytes);
  for (const auto& hash : all) text += hash.hex() + '\n';
  return runtime::replace_whole(*disk_, file_, file_permissions, base::as_bytes(text));
}

}  // namespace tesseras::node
