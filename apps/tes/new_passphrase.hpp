// The passphrase that an identity is to have from now on, where one is made or recovered.
#pragma once

#include <filesystem>
#include <optional>

#include "apps/tes/session.hpp"
#include "preserve/identity/store.hpp"

namespace tesseras::tes {

struct NewPassphrase {
  bool ask = false;
  std::filesystem::path file;

  bool is_wanted() const { return ask || !file.empty(); }
};

// --passphrase and --passphrase-file.
void add_new_passphrase(CLI::App& command, NewPassphrase& passphrase);

// What protects the identity then; nullopt where no passphrase is wanted. Asks twice.
// invalid: it is empty, or the two differ. denied: there is no terminal to ask on. Else as
// read_passphrase_file().
Result<std::optional<identity::Protection>> protection_by(Session& session,
                                                          const NewPassphrase& passphrase);

}  // namespace tesseras::tes
