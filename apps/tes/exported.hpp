// What `tes export` and `tes open` share: a tessera becomes files that anybody can read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "apps/tes/session.hpp"
#include "preserve/custody/export.hpp"

namespace CLI {
class App;
}

namespace tesseras::tes {

// What is written where, and as what.
struct ExportTarget {
  std::string hash;
  std::filesystem::path destination;
  custody::ExportFormat format = custody::ExportFormat::folder;
};

// HASH, DEST, of which `destination_help` speaks, and --format.
void add_export_target(CLI::App& command, ExportTarget& target, const char* destination_help);

// Says where it is now; `how` is "Exported to" or the like.
void print(Session& session, std::string_view command, const base::ContentHash& hash,
           const custody::Exported& exported, std::string_view how);

}  // namespace tesseras::tes
