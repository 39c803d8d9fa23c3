// What `tes export` and `tes open` share: a tessera becomes files that anybody can read.
#pragma once

#include <string_view>

#include "apps/tes/session.hpp"
#include "preserve/custody/export.hpp"

namespace CLI {
class App;
}

namespace tesseras::tes {

// --format dir, tar or bag.
void add_format(CLI::App& command, custody::ExportFormat& format);

// Says where it is now; `how` is "Exported to" or the like.
void print(Session& session, std::string_view command, const base::ContentHash& hash,
           const custody::Exported& exported, std::string_view how);

}  // namespace tesseras::tes
