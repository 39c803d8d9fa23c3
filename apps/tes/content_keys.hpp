// Where the key of an encrypted tessera comes from, other than from one's own identity: files that
// people hand on (spec/key-publication.md).
#pragma once

#include <filesystem>
#include <vector>

#include "apps/tes/session.hpp"
#include "preserve/custody/opening.hpp"
#include "preserve/sealing/content_key.hpp"

namespace CLI {
class App;
}

namespace tesseras::tes {

struct KeyFiles {
  std::filesystem::path key;
  std::vector<std::filesystem::path> parts;

  bool any() const { return !key.empty() || !parts.empty(); }
};

// --key and --part.
void add_key_files(CLI::App& command, KeyFiles& files);

// The key that they give. invalid: one is of another tessera, is damaged, or they are too few; the
// message names the file. Errors of reading them.
Result<sealing::ContentKey> key_of_files(Session& session, const custody::Closed& closed,
                                         const KeyFiles& files);

}  // namespace tesseras::tes
