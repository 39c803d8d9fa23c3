#include "node/inbox.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/text.hpp"
#include "foundation/runtime/clock.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Result;
using runtime::Task;

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::uint32_t file_permissions = 0600;

}  // namespace

class Inbox::Promise {
 public:
  Promise(std::shared_ptr<std::atomic<std::uint64_t>> all, std::uint64_t bytes)
      : all_(std::move(all)), bytes_(bytes) {
    *all_ += bytes_;
  }
  ~Promise() { *all_ -= bytes_; }
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;

  // They are on the disk now, which counts them itself.
  void keep(std::uint64_t bytes) {
    *all_ -= bytes;
    bytes_ -= bytes;
  }

 private:
  std::shared_ptr<std::atomic<std::uint64_t>> all_;
  std::uint64_t bytes_;
};

Inbox::Inbox(runtime::Loop& loop, runtime::Disk& disk, runtime::path folder, OpenVault open_vault)
    : loop_(loop),
      disk_(disk),
      folder_(std::move(folder)),
      open_vault_(std::move(open_vault)),
      promised_bytes_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  (void)disk_.remove_tree(folder_);  // what stays takes room, and does no other harm
}

Inbox::~Inbox() { stop_.request_stop(); }

Result<void> Inbox::check_room(std::uint64_t size_bytes) const {
  const auto free = TRY(disk_.free_bytes(folder_.parent_path()));
  const std::uint64_t promised = *promised_bytes_;
  const auto to_spare = free - std::min(free, promised);
  // Once as the tar, once in the vault.
  if (size_bytes <= to_spare / 2) return {};
  return fail(Code::exhausted,
              "the daemon's disk has {} to spare beside what it is being given already, and needs "
              "twice {}; make room there, or try again later",
              base::human_size(to_spare), base::human_size(size_bytes));
}

Task<Result<custody::Imported>> Inbox::take(base::ContentHash announced, std::uint64_t size_bytes,
                                            runtime::ByteStream& stream) {
  const auto file = folder_ / std::to_string(++last_number_);
  // Also when whoever sends it, or the daemon, ends in the midst of it.
  struct Leave {
    runtime::Disk& disk;
    const runtime::path* file;
    ~Leave() {
      if (file != nullptr) (void)disk.remove(*file);
    }
  } leave{disk_, &file};
  std::shared_ptr<Promise> promise;
  CO_TRY(co_await receive(file, size_bytes, stream, promise));
  leave.file = nullptr;
  const auto imported = CO_TRY(co_await import(file, std::move(promise)));
  if (imported.content_hash != announced) {
    co_return fail(Code::invalid, "what came is {}, not the tessera that was announced",
                   imported.content_hash.hex());
  }
  co_return imported;
}

Task<Result<void>> Inbox::receive(runtime::path file, std::uint64_t size_bytes,
                                  runtime::ByteStream& stream, std::shared_ptr<Promise>& promise) {
  Result<void> kept = check_room(size_bytes);
  if (kept) promise = std::make_shared<Promise>(promised_bytes_, 2 * size_bytes);
  if (kept) kept = disk_.make_folders(folder_, folder_permissions);
  std::unique_ptr<runtime::File> out;
  if (kept) {
    auto created = disk_.create(file, file_permissions);
    if (created) {
      out = *std::move(created);
    } else {
      kept = fail(created.error());
    }
  }
  if (!kept) promise.reset();
  base::Bytes piece(InboxLimits::piece_bytes);
  while (size_bytes > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size_bytes, piece.size()));
    const auto count = CO_TRY(co_await stream.read(base::MutableByteSpan(piece).first(wanted),
                                                   loop_.now() + InboxLimits::silence_max));
    if (count == 0) co_return fail(Code::corrupt, "the tessera ended too early");
    size_bytes -= count;
    if (!kept) continue;
    kept = out->append(base::ByteSpan(piece).first(count));
    if (kept) promise->keep(count);
    if (!kept) promise.reset();
  }
  co_return kept;
}

Task<Result<custody::Imported>> Inbox::import(runtime::path file,
                                              std::shared_ptr<Promise> promise) {
  if (workers_ == nullptr) {
    workers_ = std::make_unique<runtime::Workers>(runtime::Workers::threads_of_this_machine());
  }
  const auto done = std::make_shared<runtime::Waiter<custody::Imported>>(loop_);
  // Nobody may wait any more when it has ended; the file goes all the same.
  workers_->post([this, file, weak = std::weak_ptr(done), promise = std::move(promise)]() mutable {
    custody::Tools tools{disk_, runtime::system_clock(), *workers_, runtime::no_progress(),
                         stop_.get_token()};
    auto vault = open_vault_();
    auto imported =
        vault ? custody::import_tessera(**vault, file, tools) : fail(std::move(vault).error());
    (void)disk_.remove(file);
    promise.reset();
    loop_.post([weak, imported = std::move(imported)]() mutable {
      if (const auto waiting = weak.lock()) waiting->set(std::move(imported));
    });
  });
  co_return co_await done->wait(base::Instant::never());
}

}  // namespace tesseras::node
