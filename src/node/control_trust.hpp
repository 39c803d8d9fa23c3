// Whether the program that listens on a control socket may be the daemon that is meant
// (spec/control.md): whoever asks it gives it memories, and believes what it says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "foundation/base/result.hpp"
#include "foundation/runtime/own_folder.hpp"

namespace tesseras::node {

// Where a socket lies: the data dir, and the folder `control` in it.
struct ControlWay {
  runtime::Ownership data_dir;
  runtime::Ownership control;
};

// A program of user `server` is believed by its own user; root's by everybody; another's where it
// must have been that user who put the socket there: both folders belong to `server`, and nobody
// else may write into either.
bool is_trusted(std::uint32_t server, std::uint32_t asking, const ControlWay& way);

// That of the disk. Errors of runtime::ownership_of().
base::Result<ControlWay> control_way_of(const std::filesystem::path& data_dir);

// Whether this process may ask the one that listens in `data_dir`, whose user is `server` as the
// kernel says it. denied: no; the message says what to do.
base::Result<void> check_server(std::optional<std::uint32_t> server,
                                const std::filesystem::path& data_dir);

}  // namespace tesseras::node
