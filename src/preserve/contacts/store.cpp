#include "preserve/contacts/store.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::contacts {
namespace {

using base::Code;
using base::fail;
using base::to_printable;

constexpr std::string_view suffix = ".contact";
constexpr std::size_t name_bytes_max = 64;

}  // namespace

std::string_view name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > name_bytes_max) return "has more than 64 bytes";
  if (!base::is_utf8(name) || base::has_control(name)) return "is no line of text in UTF-8";
  if (name.contains('/')) return "has a '/'";
  if (name.starts_with('.') || name.starts_with('-')) return "begins with '.' or '-'";
  if (name.starts_with(' ') || name.ends_with(' ')) return "begins or ends with a space";
  return {};
}

ContactStore::ContactStore(runtime::Disk& disk, const runtime::path& data_dir)
    : disk_(disk), folder_(data_dir / "contacts") {}

runtime::path ContactStore::file_of(std::string_view name) const {
  return folder_ / (std::string(name) + std::string(suffix));
}

Result<Contact> ContactStore::add(std::string_view name, std::string_view card) {
  if (const auto fault = name_fault(name); !fault.empty())
    return fail(Code::invalid, "nobody can be called '{}': it {}", to_printable(name), fault);
  Contact contact{std::string(name), TRY(decode(card))};
  const auto before = find(name);
  if (before && before->card != contact.card) {
    return fail(Code::conflict,
                "'{}' has another card already; choose another name, or remove that one first: "
                "tes contact remove",
                to_printable(name));
  }
  if (before) return contact;
  if (before.error().code != Code::not_found) return fail(before.error());
  TRY(disk_.make_folders(folder_, 0755));
  TRY(runtime::replace_whole(disk_, file_of(name), 0644, base::as_bytes(card)));
  return contact;
}

Result<std::vector<std::string>> ContactStore::names() const {
  std::vector<std::string> names;
  const auto entries = disk_.list(folder_);
  if (!entries && entries.error().code == Code::not_found) return names;
  if (!entries) return fail(entries.error());
  for (const auto& entry : *entries) {
    std::string_view name = entry.name;
    if (!name.ends_with(suffix)) continue;  // somebody else's
    name.remove_suffix(suffix.size());
    if (name_fault(name).empty()) names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Result<Contact> ContactStore::read(const std::string& name) const {
  const auto text = TRY(runtime::read_whole_text(disk_, file_of(name), card_bytes_max));
  auto card = decode(text);
  if (!card) {
    return fail(Code::corrupt, "{}: {}; ask for that card again",
                to_printable(file_of(name).native()), card.error().message);
  }
  return Contact{name, *std::move(card)};
}

Result<std::vector<Contact>> ContactStore::all() const {
  std::vector<Contact> contacts;
  for (const auto& name : TRY(names())) contacts.push_back(TRY(read(name)));
  return contacts;
}

Result<Contact> ContactStore::find(std::string_view name) const {
  const auto known = TRY(names());
  if (std::ranges::find(known, name) != known.end()) return read(std::string(name));
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const auto close = base::nearest(name, candidates);
  return fail(Code::not_found, "there is no contact '{}'{}", to_printable(name),
              close.empty() ? "; see `tes contact list`"
                            : fmt::format("; did you mean '{}'?", to_printable(close)));
}

Result<void> ContactStore::remove(std::string_view name) {
  const auto known = TRY(names());
  if (std::ranges::find(known, name) == known.end()) return fail(find(name).error());
  TRY(disk_.remove(file_of(name)));
  return disk_.sync(std::array{folder_});
}

}  // namespace tesseras::contacts
