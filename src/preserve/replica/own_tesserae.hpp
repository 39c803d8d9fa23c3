// Tesserae that this node has whole, and gives to others for its user: beside what it keeps for
// others it gives what their packs are made of (spec/transfer.md, section 3). Nothing is made for
// it: what is given is read from the pack.
#pragma once

#include <cstdint>
#include <functional>

#include "foundation/base/strong_id.hpp"
#include "preserve/erasure/coding.hpp"
#include "preserve/replica/byte_flow.hpp"
#include "preserve/replica/messages.hpp"
#include "preserve/replica/placement.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {

// Where they are. What is called outlives the work that is under way.
struct OwnTesserae {
  // Whether it is one of them now. On the thread of the loop. Null: there are none.
  std::function<bool(const base::ContentHash&)> has;
  // Any thread. not_found: it has gone meanwhile. corrupt: what there is of it is damaged.
  std::function<Result<SignedPlan>(const base::ContentHash&)> plan;
  std::function<Result<erasure::ReadPack>(const base::ContentHash&)> open_pack;
};

// The fragments that are the pack, or pieces of it.
Fragments in_pack(const erasure::Shape& shape);

// A fragment from where it is asked for.
struct OpenFragment {
  std::uint64_t size_bytes = 0;  // of all of it
  // The last bytes are given only when all of the fragment, those before where reading began
  // included, have the hash of the plan; for that the first call reads those before. corrupt: they
  // have not.
  ReadNext read;
};

// Opens one of in_pack(). Any thread. not_found: it has another plan than is asked for, or its pack
// does not give this one. invalid: the fragment has fewer bytes than that. Errors of OwnTesserae.
Result<OpenFragment> open_own(const OwnTesserae& own, const GetFragmentRequest& request);

}  // namespace tesseras::replica
