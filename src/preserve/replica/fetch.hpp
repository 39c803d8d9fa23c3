// Bringing a tessera's pack back from those who keep its fragments: from several at once, others in
// the place of those that are slow, gone or lying. What has come stays in a folder, so that the
// next attempt goes on there.
//
// Nothing is taken on anybody's word: the plan must be signed by the author of the content hash
// that was asked for, each fragment must have its hash, and whoever opens the pack checks it
// against the content hash.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/gathering.hpp"
#include "preserve/replica/pack_fragments.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {

using runtime::Task;

struct FetchOptions {
  base::ContentHash content_hash;
  // Of the tessera alone; made when missing.
  runtime::path folder;
  // Who is said to keep some of it; those to be preferred first.
  std::vector<transport::Peer> sources;
  // What this node keeps of it itself is taken from there; null: nothing.
  std::shared_ptr<FragmentStore> own = nullptr;
  GatheringOptions gathering = {};
  // A fragment of which next to nothing comes for so long, or twice that: another is asked for
  // beside it.
  std::chrono::milliseconds stall_time{4000};
  // When nobody has more to give for now, all are asked again, so often, after a pause each time.
  unsigned rounds = 3;
  std::chrono::milliseconds round_pause{2000};
  // Called with what has come so far, and with how much is needed in all, as it goes on; bytes.
  // What turns out not to be the fragment counts no more, so it may go back.
  std::function<void(std::uint64_t come, std::uint64_t needed)> progress = {};
};

struct Fetched {
  std::shared_ptr<const SignedPlan> plan;
  OpenPack open_pack;  // of files in the folder
};

// Those that say that they have all of a tessera, but for this node itself: who is its author's
// gives what its pack is made of, and others nothing.
std::vector<transport::Peer> whole_of(std::span<const dht::HolderRecord> records,
                                      const dht::NodePublicKey& self);

// Where the fragments of a plan lie in the folder of its tessera, by number (fragment_file).
runtime::path fragments_folder(const runtime::path& folder, const base::PlanId& plan);

// On the thread of the loop; what is given by reference outlives the task. Dropping it loses
// nothing that has come.
// not_found: all sources say that they have no plan of this tessera. unavailable: some did not
// answer, and the others have none; or too few fragments could be got: the message says how many,
// and trying again later goes on from there. Where an author has signed two
// plans, the one that comes first is tried first. Errors of the disk.
Task<Result<Fetched>> fetch(transport::Transport& transport, runtime::Offload offload,
                            runtime::Disk& disk, runtime::Log log, FetchOptions options);

}  // namespace tesseras::replica
