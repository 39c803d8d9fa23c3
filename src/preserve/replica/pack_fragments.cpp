#include "preserve/replica/pack_fragments.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/replica/assembly.hpp"

namespace tesseras::replica {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::MutableByteSpan;
using runtime::path;

constexpr std::uint32_t file_permissions = 0600;
constexpr std::uint32_t folder_permissions = 0700;

// Takes all fragments of a pack: holds each against the plan, and writes those that are not in the
// pack.
class Taker {
 public:
  Taker(runtime::Disk& disk, const path& folder, const Plan& plan)
      : disk_(disk), folder_(folder), plan_(plan), hashers_(plan.fragments.size()) {}

  Result<void> take(unsigned fragment, ByteSpan bytes) {
    hashers_.at(fragment).update(bytes);
    if (fragment < plan_.shape.data()) return {};
    auto& file = files_[fragment];
    if (file == nullptr)
      file = TRY(disk_.create(fragment_file(folder_, fragment), file_permissions));
    return file->append(bytes);
  }
  Result<void> check() const {
    for (unsigned i = 0; i < hashers_.size(); ++i) {
      if (hashers_[i].hash() != plan_.fragments[i])
        return fail(Code::corrupt, "the tessera is not as it was when its plan was signed");
    }
    return {};
  }

 private:
  runtime::Disk& disk_;
  const path& folder_;
  const Plan& plan_;
  std::vector<crypto::Blake3> hashers_;
  std::map<unsigned, std::unique_ptr<runtime::File>> files_;
};

}  // namespace

ReadNext reads_piece(const erasure::Shape& shape, erasure::ReadPack read, unsigned fragment,
                     std::uint64_t offset) {
  const unsigned piece = shape.tier() == erasure::Tier::copies ? 0 : fragment;
  return [shape, read = std::move(read), piece,
          offset](MutableByteSpan into) mutable -> Result<std::size_t> {
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(into.size(), shape.fragment_bytes() - offset));
    TRY(erasure::read_piece(shape, piece, offset, read, into.first(count)));
    offset += count;
    return count;
  };
}

Result<std::shared_ptr<const PackFragments>> PackFragments::make(runtime::Disk& disk, path folder,
                                                                 const Plan& plan, OpenPack open) {
  std::shared_ptr<const PackFragments> made(
      new PackFragments(disk, std::move(folder), plan.shape, std::move(open)));
  TRY(disk.remove_tree(made->folder_));
  TRY(disk.make_folders(made->folder_, folder_permissions));
  const auto read = TRY(made->open_());
  Taker taker(disk, made->folder_, plan);
  TRY(erasure::encode(plan.shape, read, [&](unsigned fragment, ByteSpan bytes) {
    return taker.take(fragment, bytes);
  }));
  TRY(taker.check());
  return made;
}

PackFragments::~PackFragments() { (void)disk_.remove_tree(folder_); }

Result<ReadNext> PackFragments::open(unsigned fragment, std::uint64_t offset) const {
  ASSERT(fragment < shape_.fragments() && offset <= shape_.fragment_bytes());
  if (shape_.tier() == erasure::Tier::copies || fragment < shape_.data())
    return reads_piece(shape_, TRY(open_()), fragment, offset);
  std::shared_ptr<runtime::File> file = TRY(disk_.open_read(fragment_file(folder_, fragment)));
  return [file, offset](MutableByteSpan into) mutable -> Result<std::size_t> {
    const auto count = TRY(file->read_at(offset, into));
    offset += count;
    return count;
  };
}

}  // namespace tesseras::replica
