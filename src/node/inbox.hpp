// Takes tesserae from programs that may talk to the daemon but not write into its vault: members of
// its group, when it lets them. What comes is a tar as `tes export` writes it; it is checked as
// any other that is imported.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/byte_stream.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"
#include "foundation/runtime/workers.hpp"
#include "preserve/custody/import.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::node {

// The vault, as it is now: opened for each piece of work, since `tes vault rebuild` may have made
// its index anew meanwhile. From any thread.
using OpenVault = std::function<base::Result<std::unique_ptr<vault::Vault>>()>;

struct InboxLimits {
  // A program that sends nothing for so long is gone.
  static constexpr std::chrono::seconds silence_max{30};
  static constexpr std::size_t piece_bytes = 256 << 10;
};

class Inbox {
 public:
  // `folder` is its own: what a daemon that was killed left there goes. What is given outlives it.
  Inbox(runtime::Loop& loop, runtime::Disk& disk, runtime::path folder, OpenVault open_vault);
  // Stops an import that is under way, and waits until it has ended.
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // exhausted: there is no room on the disk for it, beside what is being taken already.
  base::Result<void> check_room(std::uint64_t size_bytes) const;

  // Reads `size_bytes` off the stream, all of them even where it refuses, and imports what they
  // are. invalid: it is another tessera than was announced; else as custody::import_tessera(), the
  // stream's errors, and corrupt when it ends too early.
  runtime::Task<base::Result<custody::Imported>> take(base::ContentHash announced,
                                                      std::uint64_t size_bytes,
                                                      runtime::ByteStream& stream);

 private:
  // Room that what is being taken will still need: for the tar, and for its files in the vault.
  class Promise;

  runtime::Task<base::Result<void>> receive(runtime::path file, std::uint64_t size_bytes,
                                            runtime::ByteStream& stream,
                                            std::shared_ptr<Promise>& promise);
  runtime::Task<base::Result<custody::Imported>> import(runtime::path file,
                                                        std::shared_ptr<Promise> promise);

  runtime::Loop& loop_;
  runtime::Disk& disk_;
  runtime::path folder_;
  OpenVault open_vault_;
  std::uint64_t last_number_ = 0;
  // All promises together; those of imports that nobody waits for any more may outlive this.
  std::shared_ptr<std::atomic<std::uint64_t>> promised_bytes_;
  std::stop_source stop_;
  std::unique_ptr<runtime::Workers> workers_;  // from the first tessera on
};

}  // namespace tesseras::node
