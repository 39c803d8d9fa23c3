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
#include <vector>

#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/replica/gathering.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {

using runtime::Task;

// Who says that it keeps fragments of a plan.
struct FetchSource {
  transport::Peer peer;
  base::PlanId plan;
  Fragments fragments;
};

struct FetchOptions {
  base::ContentHash content_hash;
  // Of the tessera alone; made when missing.
  runtime::path folder;
  // Those to be preferred first.
  std::vector<FetchSource> sources;
  GatheringOptions gathering = {};
  // A fragment of which next to nothing comes for so long, or twice that: another is asked for
  // beside it.
  std::chrono::milliseconds stall_time{4000};
  // Called with what has come so far, and with how much is needed in all, as it goes on; bytes.
  // What turns out not to be the fragment counts no more, so it may go back.
  std::function<void(std::uint64_t come, std::uint64_t needed)> progress = {};
};

struct Fetched {
  runtime::path pack;  // in the folder
  Fragments from;      // that it was made of
};

// On the thread of the loop; what is given by reference outlives the task. Dropping it loses
// nothing that has come.
// not_found: nobody has a plan of this tessera. unavailable: too few fragments could be got; the
// message says how many, and trying again later goes on from there. Errors of the disk.
Task<Result<Fetched>> fetch(transport::Transport& transport, runtime::Offload offload,
                            runtime::Disk& disk, runtime::Log log, FetchOptions options);

}  // namespace tesseras::replica
