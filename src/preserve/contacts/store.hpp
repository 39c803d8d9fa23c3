// The contacts in a data dir's contacts/ folder: a card each, under the name that its user gave
// (spec/contact.md, section 3).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/runtime/disk.hpp"
#include "preserve/contacts/card.hpp"

namespace tesseras::contacts {

struct Contact {
  std::string name;
  AnyCard card;
};

// Nothing when somebody may be called so, else why not: "has a '/'".
std::string_view name_fault(std::string_view name);

// One writer at a time. Besides what is listed: denied, io, exhausted as the disk says.
class ContactStore {
 public:
  // Touches nothing yet. The disk outlives the store.
  ContactStore(runtime::Disk& disk, const runtime::path& data_dir);

  // `card` is a card's text. invalid: it, or the name, is none. conflict: the name is taken by
  // another card; the same once more is no error.
  Result<Contact> add(std::string_view name, std::string_view card);
  // By their names. corrupt: one is damaged; the message names the file.
  Result<std::vector<Contact>> all() const;
  // not_found: nobody is called so; the message has the nearest name. corrupt as all().
  Result<Contact> find(std::string_view name) const;
  // not_found as find().
  Result<void> remove(std::string_view name);

 private:
  runtime::path file_of(std::string_view name) const;
  Result<std::vector<std::string>> names() const;
  Result<Contact> read(const std::string& name) const;

  runtime::Disk& disk_;
  runtime::path folder_;
};

}  // namespace tesseras::contacts
