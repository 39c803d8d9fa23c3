#include "node/holding.hpp"

#include <optional>
#include <set>
#include <utility>

#include "preserve/dht/node_id.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Result;
using replica::FragmentStore;
using replica::Ledger;
using runtime::Task;

// What a tessera's pack may have beyond its media: the pages, the decode texts, the headers.
constexpr std::uint64_t beside_the_media = 4;  // one part in so many

// Whom the operator trusts to owe as much as they like.
std::function<bool(const dht::NodePublicKey&)> is_one_of(const std::vector<std::string>& ids) {
  if (ids.empty()) return nullptr;
  std::set<dht::NodeId> exempt;
  for (const auto& id : ids)
    if (const auto read = dht::NodeId::from_hex(id)) exempt.insert(*read);
  return [exempt](const dht::NodePublicKey& key) {
    const auto nonce = dht::find_nonce(key);
    return nonce && exempt.contains(dht::node_id_of(key, *nonce));
  };
}

replica::ReceiverOptions receiver_options(const Config& config, const Holding::Hooks& hooks) {
  replica::ReceiverOptions options;
  options.admission.max_bytes = config.storage.max_bytes;
  options.admission.min_free_bytes = config.storage.min_free_space_bytes;
  options.admission.per_peer_limit_bytes = config.storage.per_peer_limit_bytes;
  options.admission.deficit_allowance_bytes = config.storage.deficit_allowance_bytes;
  const auto media_bytes = config.replication.max_tessera_bytes;
  options.pack_bytes_max = media_bytes + media_bytes / beside_the_media;
  options.is_exempt = is_one_of(config.storage.exempt_peers);
  options.refusal = hooks.refusal;
  if (hooks.is_lost) {
    options.is_lost = [is_lost = hooks.is_lost](
                          const dht::NodePublicKey& offered_by, const replica::SignedPlan& plan,
                          unsigned fragment) { return is_lost(offered_by, {plan.id(), fragment}); };
  }
  if (hooks.on_kept) {
    options.on_kept = [on_kept = hooks.on_kept](const replica::SignedPlan& plan, unsigned) {
      on_kept(plan.plan().content_hash);
    };
  }
  return options;
}

std::shared_ptr<Ledger> book_of(const FragmentStore& store) {
  auto ledger = std::make_shared<Ledger>();
  for (const auto& reference : store.references()) {
    if (reference.charge) ledger->add(*reference.charge, reference.size_bytes);
  }
  return ledger;
}

std::optional<dht::PlanShare> best_share(const FragmentStore& store,
                                         const base::ContentHash& content_hash) {
  const auto plan = replica::most_kept(store, content_hash);
  if (!plan) return std::nullopt;
  const auto kept = store.kept(*plan);
  // Else it has gone meanwhile.
  return kept.any() ? std::optional(dht::PlanShare{*plan, kept}) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Holding>> Holding::open(runtime::Offload offload, runtime::Disk& disk,
                                               const runtime::path& folder, const Config& config,
                                               Hooks hooks, const runtime::Log& log) {
  std::shared_ptr<FragmentStore> store = TRY(FragmentStore::open(disk, folder));
  return std::unique_ptr<Holding>(
      new Holding(offload, std::move(store), config, std::move(hooks), log));
}

Holding::Holding(runtime::Offload offload, std::shared_ptr<FragmentStore> store,
                 const Config& config, Hooks hooks, const runtime::Log& log)
    : offload_(offload),
      store_(std::move(store)),
      ledger_(book_of(*store_)),
      receiver_(std::make_shared<replica::Receiver>(offload, store_, ledger_,
                                                    receiver_options(config, hooks), log)),
      giver_(std::make_shared<replica::Giver>(offload, store_, log, std::move(hooks.on_giving),
                                              std::move(hooks.own))),
      server_(receiver_, giver_, offload.loop()) {}

void Holding::add_to(transport::Router& router) {
  router.add(replica::TransferServer::is_method, [this](auto session, auto stream, auto request) {
    return server_.serve(std::move(session), std::move(stream), std::move(request));
  });
}

Task<Result<Holding::Share>> Holding::share_of(base::ContentHash content_hash) {
  co_return co_await offload_.run([store = store_, content_hash]() -> Result<Share> {
    const auto share = best_share(*store, content_hash);
    if (!share) return fail(Code::not_found, "nothing is kept of {}", content_hash.hex());
    return Share{content_hash, *share};
  });
}

Task<Result<std::vector<Holding::Share>>> Holding::shares() {
  co_return co_await offload_.run([store = store_]() -> Result<std::vector<Share>> {
    std::vector<Share> all;
    for (const auto& content_hash : store->tesserae()) {
      if (const auto share = best_share(*store, content_hash))
        all.push_back({content_hash, *share});
    }
    return all;
  });
}

Task<Result<std::size_t>> Holding::drop_all(base::ContentHash content_hash) {
  const auto dropped = std::make_shared<std::vector<replica::Reference>>();
  const auto done = co_await offload_.run(
      [store = store_, content_hash, dropped] { return store->drop_all(content_hash, *dropped); });
  for (const auto& one : *dropped) ledger_->remove_dropped(one.charge, one.size_bytes);
  CO_TRY(done);
  co_return dropped->size();
}

Holding::Counts Holding::counts() const {
  Counts counts;
  for (const auto& reference : store_->references()) {
    ++counts.fragments;
    if (reference.is_quarantined) ++counts.quarantined;
  }
  counts.size_bytes = store_->size_bytes();
  counts.received = receiver_->counts();
  counts.given = giver_->counts();
  return counts;
}

}  // namespace tesseras::node
