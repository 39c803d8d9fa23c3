// The first half of create: every file of a folder is looked into, read once, hashed and staged,
// several at a time. What comes out does not depend on which was read first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "preserve/custody/create.hpp"
#include "preserve/custody/hashing.hpp"

namespace tesseras::custody {

// One memory: a file, or several equal ones. Described by `item`, staged as its parts.
struct Memory {
  intake::Item item;
  Hashed whole;
  std::vector<Hashed> parts;  // where it is longer than a tessera may be; else empty
  // Of the text shown in the gallery, which is read once more: it must still be the same.
  std::optional<crypto::Blake3Hash> excerpt;
};

struct Reading {
  std::vector<Memory> memories;  // by the path of their first source
  intake::Whole whole;
  CreateReport report;  // all but the tesserae
};

// Stages media in `transaction`; nullptr when nothing is to be kept. Errors as create().
Result<Reading> read_folder(const CreateOptions& options, vault::Transaction* transaction,
                            Tools& tools);

// Where the bytes of an excerpt end: at most `bytes_max`, not inside a character.
std::string_view excerpt_of(std::string_view text, std::size_t bytes_max);

}  // namespace tesseras::custody
