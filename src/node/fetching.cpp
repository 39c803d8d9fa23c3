#include "node/fetching.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "foundation/runtime/waiter.hpp"
#include "node/own_packs.hpp"
#include "preserve/custody/pack.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::Code;
using base::ContentHash;
using base::fail;
using base::Instant;
using base::Result;
using runtime::Task;
using std::chrono::seconds;

constexpr std::uint32_t folder_permissions = 0700;
constexpr seconds find_patience{45};
constexpr seconds write_patience{100};
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
constexpr seconds clear_every{30};

// Those that keep fragments for others, and then those that have all of it.
std::vector<transport::Peer> sources_of(const dht::Found& found, const dht::NodePublicKey& self) {
  std::vector<transport::Peer> sources;
  for (const auto& record : found.holders) {
    if (record.share && record.node_key != self)
      sources.push_back({transport::PeerId{record.node_key.bytes}, record.endpoints});
  }
  std::ranges::copy(replica::whole_of(found.holders, self), std::back_inserter(sources));
  return sources;
}

// How large the pack of a tessera is that the vault has, whole. Reads all of it: what is damaged
// is fetched from others. not_found: it has it not.
Result<std::uint64_t> pack_bytes_in_vault(const OpenVault& open_vault,
                                          const ContentHash& content_hash) {
  const auto vault = TRY(open_vault());
  if (!TRY(vault->tessera(content_hash)).is_readable)
    return fail(Code::corrupt, "the vault's copy is damaged; run `tes vault check`");
  auto pack = TRY(custody::Pack::open(*vault, content_hash));
  TRY(pack.check());
  return pack.size_bytes();
}

}  // namespace

Result<std::unique_ptr<Fetching>> Fetching::open(runtime::Offload offload, runtime::Disk& disk,
                                                 runtime::path folder,
                                                 transport::Transport& transport, dht::Service& dht,
                                                 std::shared_ptr<replica::FragmentStore> store,
                                                 OpenVault open_vault, WhyRefused why_refused,
                                                 AskWhetherRefused ask, runtime::Log log) {
  TRY(disk.make_folders(folder, folder_permissions));
  return std::unique_ptr<Fetching>(new Fetching(offload, disk, std::move(folder), transport, dht,
                                                std::move(store), std::move(open_vault),
                                                std::move(why_refused), std::move(ask), log));
}

Fetching::Fetching(runtime::Offload offload, runtime::Disk& disk, runtime::path folder,
                   transport::Transport& transport, dht::Service& dht,
                   std::shared_ptr<replica::FragmentStore> store, OpenVault open_vault,
                   WhyRefused why_refused, AskWhetherRefused ask, runtime::Log log)
    : offload_(offload),
      disk_(disk),
      folder_(std::move(folder)),
      transport_(transport),
      dht_(dht),
      store_(std::move(store)),
      open_vault_(std::move(open_vault)),
      why_refused_(std::move(why_refused)),
      ask_(std::move(ask)),
      log_(log),
      tasks_(offload.loop()) {
  tasks_.spawn(keep_clearing());
}

Result<FetchState> Fetching::fetch(const ContentHash& content_hash) {
  auto at = jobs_.find(content_hash);
  if (at == jobs_.end()) {
    if (jobs_.size() == FetchingLimits::jobs_max) {
      return fail(Code::exhausted, "the daemon fetches {} tesserae already; ask again later",
                  jobs_.size());
    }
    at = jobs_.try_emplace(content_hash, offload_.loop()).first;
    at->second.task.spawn(run(content_hash, at->second));
  }
  Job& job = at->second;
  job.asked_at = offload_.loop().now();
  if (!job.error) return job.state;
  const auto error = *std::move(job.error);
  jobs_.erase(at);
  return fail(error);
}

Task<void> Fetching::run(ContentHash content_hash, Job& job) {
  const auto gathered = co_await gather(content_hash, job);
  if (gathered) {
    job.state.is_ready = true;
    ++fetched_;
    log_.info("a tessera was fetched", {{"content_hash", content_hash.hex()}});
  } else {
    job.error = gathered.error();
    ++failed_;
  }
}

Task<Result<void>> Fetching::gather(ContentHash content_hash, Job& job) {
  const auto own = co_await offload_.run([open_vault = open_vault_, content_hash] {
    return pack_bytes_in_vault(open_vault, content_hash);
  });
  if (own) {
    job.pack_bytes = job.state.come_bytes = job.state.needed_bytes = *own;
    job.open_pack = opens_pack(open_vault_, content_hash);
    co_return Result<void>();
  }
  const bool is_damaged = own.error().code != Code::not_found;
  if (is_damaged) {
    log_.warn("the vault's own copy of a tessera cannot be given; it is fetched from others",
              {{"content_hash", content_hash.hex()}, {"why", own.error().message}});
  }
  if (const auto why = why_refused_(content_hash)) co_return fail(*why);
  const auto found =
      CO_TRY(co_await dht_.find(dht::key_of(content_hash), offload_.loop().now() + find_patience));
  replica::FetchOptions options;
  options.content_hash = content_hash;
  options.folder = folder_of(content_hash);
  options.sources = sources_of(found, dht_.engine().self().key);
  options.own = store_;
  options.progress = [&job](std::uint64_t come, std::uint64_t needed) {
    job.state.come_bytes = come;
    job.state.needed_bytes = needed;
  };
  job.state.holders = options.sources.size();
  if (options.sources.empty() && store_->plans_of(content_hash).empty()) {
    if (is_damaged) co_return fail(own.error());
    co_return fail(Code::not_found,
                   "nobody on the network says that they keep {}; {} nodes answered",
                   content_hash.hex(), found.asked);
  }
  auto sources = options.sources;
  const auto gathered =
      co_await replica::fetch(transport_, offload_, disk_, log_, std::move(options));
  if (!gathered) {
    if (const auto why = co_await ask_(content_hash, std::move(sources))) co_return fail(*why);
  }
  const auto fetched = CO_TRY(gathered);
  job.pack_bytes = fetched.plan->plan().shape.pack_bytes();
  job.open_pack = fetched.open_pack;
  co_return Result<void>();
}

Fetching::Counts Fetching::counts() const {
  Counts counts{.fetched = fetched_, .failed = failed_};
  for (const auto& [hash, job] : jobs_)
    if (!job.state.is_ready && !job.error) ++counts.under_way;
  return counts;
}

Result<std::uint64_t> Fetching::size_bytes(const ContentHash& content_hash) const {
  const auto at = jobs_.find(content_hash);
  if (at != jobs_.end() && at->second.state.is_ready) return at->second.pack_bytes;
  return fail(Code::not_found, "{} has not been fetched", content_hash.hex());
}

Task<Result<void>> Fetching::collect(ContentHash content_hash, runtime::ByteStream& stream) {
  const auto size = CO_TRY(size_bytes(content_hash));
  const auto opened = co_await offload_.run(jobs_.at(content_hash).open_pack);
  // What cannot be read any more has to be gathered again.
  if (!opened) jobs_.erase(content_hash);
  const auto read = CO_TRY(opened);
  const auto piece = std::make_shared<Bytes>();
  for (std::uint64_t at = 0; at < size; at += piece->size()) {
    piece->resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, size - at)));
    const auto come = co_await offload_.run([read, piece, at] { return read(at, *piece); });
    if (!come) jobs_.erase(content_hash);
    CO_TRY(come);
    CO_TRY(co_await stream.write(*piece, offload_.loop().now() + write_patience));
    if (const auto job = jobs_.find(content_hash); job != jobs_.end())
      job->second.asked_at = offload_.loop().now();
  }
  jobs_.erase(content_hash);
  co_return co_await offload_.run(
      [&disk = disk_, folder = folder_of(content_hash)] { return disk.remove_tree(folder); });
}

void Fetching::clear_leftovers() {
  const auto entries = disk_.list(folder_);
  if (!entries) return;
  const auto oldest = offload_.loop().wall_now().unix_seconds -
                      std::chrono::seconds(FetchingLimits::leftover_age).count();
  for (const auto& entry : *entries) {
    const auto hash = ContentHash::from_hex(entry.name);
    const auto status = disk_.status(folder_ / entry.name);
    const bool is_old = status && status->modified.unix_seconds < oldest;
    if (hash && is_old && !jobs_.contains(*hash)) (void)disk_.remove_tree(folder_ / entry.name);
  }
}

// Jobs that nobody asks about end; what they have gathered goes when it is old.
Task<void> Fetching::keep_clearing() {
  auto& loop = offload_.loop();
  for (;;) {
    std::erase_if(jobs_, [&](const auto& one) {
      return one.second.asked_at + FetchingLimits::silence_max < loop.now();
    });
    clear_leftovers();
    co_await runtime::sleep_until(loop, loop.now() + clear_every);
  }
}

}  // namespace tesseras::node
