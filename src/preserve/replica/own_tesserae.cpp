#include "preserve/replica/own_tesserae.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "foundation/crypto/blake3.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/pack_fragments.hpp"

namespace tesseras::replica {
namespace {

using base::Code;
using base::fail;

// Holds what is read against the hash of the plan before the end of it is given.
class Checked {
 public:
  Checked(ReadNext read, std::uint64_t offset, std::uint64_t size_bytes,
          const crypto::Blake3Hash& hash)
      : read_(std::move(read)), before_bytes_(offset), left_bytes_(size_bytes), hash_(hash) {}

  Result<std::size_t> next(base::MutableByteSpan into) {
    base::Bytes piece(std::min<std::uint64_t>(Limits::piece_bytes, before_bytes_));
    while (before_bytes_ > 0) {
      const auto room = std::min<std::uint64_t>(piece.size(), before_bytes_);
      before_bytes_ -= TRY(take(base::MutableByteSpan(piece).first(room)));
    }
    if (is_checked_) return 0;
    return take(into.first(std::min<std::uint64_t>(into.size(), left_bytes_)));
  }

 private:
  Result<std::size_t> take(base::MutableByteSpan into) {
    const auto count = TRY(read_(into));
    hasher_.update(into.first(count));
    left_bytes_ -= count;
    is_checked_ = left_bytes_ == 0 && hasher_.finish() == hash_;
    if (is_checked_ || (left_bytes_ > 0 && count > 0)) return count;
    return fail(Code::corrupt, "the tessera is not as it was when its plan was signed");
  }

  ReadNext read_;
  std::uint64_t before_bytes_;
  std::uint64_t left_bytes_;
  crypto::Blake3Hash hash_;
  crypto::Blake3 hasher_;
  bool is_checked_ = false;
};

}  // namespace

Fragments in_pack(const erasure::Shape& shape) {
  const bool are_copies = shape.tier() == erasure::Tier::copies;
  Fragments pieces;
  for (unsigned i = 0; i < (are_copies ? shape.fragments() : shape.data()); ++i) pieces.set(i);
  return pieces;
}

Result<OpenFragment> open_own(const OwnTesserae& own, const GetFragmentRequest& request) {
  const auto signed_plan = TRY(own.plan(request.content_hash));
  const auto& shape = signed_plan.plan().shape;
  if (signed_plan.id() != request.plan || !in_pack(shape).test(request.fragment))
    return fail(Code::not_found, "the pack does not give this fragment");
  const auto size_bytes = shape.fragment_bytes();
  if (request.offset > size_bytes) return fail(Code::invalid, "the fragment has fewer bytes");
  auto pack = TRY(own.open_pack(request.content_hash));
  const auto checked = std::make_shared<Checked>(
      reads_piece(shape, std::move(pack), request.fragment, 0), request.offset, size_bytes,
      signed_plan.plan().hash_of(request.fragment));
  return OpenFragment{size_bytes,
                      [checked](base::MutableByteSpan into) { return checked->next(into); }};
}

}  // namespace tesseras::replica
