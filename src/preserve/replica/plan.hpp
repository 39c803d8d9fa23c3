// Plans (spec/plan.md, sections 4 and 5): which fragments a tessera has, said by its author. A
// holder that has nothing of the tessera can tell from a signed plan whose it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/erasure/shape.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/replica/authorship.hpp"

namespace tesseras::replica {

using base::Result;

using base::PlanId;

// What a plan says. Its text and its id follow from that.
struct Plan {
  base::ContentHash content_hash;
  std::uint64_t manifest_bytes = 0;
  erasure::Shape shape;
  // BLAKE3 of each fragment; a single one for copies, which are all the same.
  std::vector<crypto::Blake3Hash> fragments;

  const crypto::Blake3Hash& hash_of(unsigned fragment) const {
    return shape.tier() == erasure::Tier::copies ? fragments.front() : fragments.at(fragment);
  }

  bool operator==(const Plan&) const = default;
};

std::string encode(const Plan& plan);
// corrupt: anything but a plan as specified.
Result<Plan> parse_plan(std::string_view text);

// A plan that its author has signed.
class SignedPlan {
 public:
  // `manifest` is the tessera's, whose creator `author` is; the same each time.
  // denied: it is another's. invalid: the plan is not this MANIFEST's.
  static Result<SignedPlan> make(const Plan& plan, std::string_view manifest,
                                 const identity::Identity& author);
  // From outside: any bytes. corrupt: it is none, or its author is not the tessera's.
  static Result<SignedPlan> decode(base::ByteSpan bytes);

  const PlanId& id() const { return id_; }
  const Plan& plan() const { return plan_; }
  const crypto::Ed25519PublicKey& author() const { return authorship_.author(); }
  // At most signed_plan_bytes_max; what decode takes.
  base::Bytes encoded() const;

 private:
  SignedPlan(std::string text, Plan plan, Authorship authorship);

  std::string text_;
  PlanId id_;
  Plan plan_;
  Authorship authorship_;
};

inline constexpr std::size_t signed_plan_bytes_max = std::size_t{32} << 10U;

}  // namespace tesseras::replica
