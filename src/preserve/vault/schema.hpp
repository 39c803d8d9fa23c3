// The index's tables, as a numbered list of steps. Steps are added, never changed: databases
// that people have were made by them.
#pragma once

#include <cstdint>
#include <span>

#include "preserve/vault/sqlite.hpp"

namespace tesseras::vault {

// "TESS": marks the file as ours.
inline constexpr std::int64_t schema_application_id = 0x54455353;

// Step n, counted from 1, takes a database of version n - 1 to version n.
std::span<const char* const> schema_steps();

// Takes a database, empty or older, to the last step's version, all or nothing.
// corrupt: it is not an index of ours. unsupported: a newer release wrote it, or it is older
// and cannot be written.
base::Result<void> migrate(Database& database, std::span<const char* const> steps);

}  // namespace tesseras::vault
