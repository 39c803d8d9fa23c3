// The fragments that this node keeps for others (spec/holding.md): each once however many plans
// name it, whole or not at all, and never gone once it was acknowledged.
//
//   object      a fragment's bytes under their BLAKE3, and beside it the inner nodes of that hash
//   plan        signed, and kept for as long as a fragment of it is
//   reference   that a fragment of a plan is kept, since when, and whom it is charged to
//   incoming    a fragment on its way, which a sender may go on with after a break
//   quarantine  an object that no longer has its hash, or is gone; it is never given to anybody
//
// Objects and plans are the truth; references are a log that is made again from them where it is
// damaged, without its charges. All calls may come from any thread and may block on the disk; they
// take turns but for what reads and writes bytes of fragments. Besides what is listed, they return
// `io`, `denied` and `exhausted` as runtime/disk.hpp has them, with the store as it was. A file
// that the disk does not give now (`io`) is not taken for damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/fragment_objects.hpp"
#include "preserve/replica/ledger.hpp"
#include "preserve/replica/placement.hpp"
#include "preserve/replica/plan.hpp"
#include "preserve/replica/reference.hpp"

namespace tesseras::replica {

struct Reference {
  FragmentName name;
  std::uint64_t size_bytes = 0;
  std::optional<Charge> charge;  // nullopt: the log was lost
  bool is_quarantined = false;

  bool operator==(const Reference&) const = default;
};

// One fragment on its way in. For one thread at a time, and not for longer than the store.
// Destroyed, what came stays for later; that waits for no disk.
class FragmentWriter {
 public:
  FragmentWriter(FragmentWriter&&) noexcept;
  FragmentWriter& operator=(FragmentWriter&&) noexcept;
  ~FragmentWriter();

  const FragmentName& name() const;
  // How many of its bytes are there already. All of them: nothing need be sent.
  std::uint64_t offset() const;
  std::uint64_t size_bytes() const;
  // exhausted: more than the fragment has, and nothing was taken. After an error of the disk this
  // writer is of no use any more; another one goes on with what came.
  Result<void> append(base::ByteSpan bytes);
  // What came goes, as well as can be, and this writer begins anew.
  void discard();

 private:
  friend class FragmentStore;
  struct State;
  explicit FragmentWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads a fragment; it stays readable when it is dropped meanwhile. For one thread at a time, and
// not for longer than the store.
class FragmentReader {
 public:
  FragmentReader(FragmentReader&&) noexcept;
  FragmentReader& operator=(FragmentReader&&) noexcept;
  ~FragmentReader();

  std::uint64_t size_bytes() const;
  // The next bytes: fewer than asked only at the end, 0 there. The last of them are given only when
  // all bytes of the fragment, those before where reading began included, have its hash. For that
  // the first call reads those before.
  // corrupt: they have not; it is in quarantine now
  Result<std::size_t> read(base::MutableByteSpan into);

 private:
  friend class FragmentStore;
  struct State;
  explicit FragmentReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class FragmentStore {
 public:
  // `folder` (made when missing) belongs to nobody else, and `disk` outlives the store. Objects
  // without a reference, which a crash may leave, go. On a disk that cannot be written what is
  // there is read. unsupported: a later version's
  static Result<std::unique_ptr<FragmentStore>> open(runtime::Disk& disk,
                                                     const runtime::path& folder);
  ~FragmentStore();
  FragmentStore(const FragmentStore&) = delete;
  FragmentStore& operator=(const FragmentStore&) = delete;

  // What receiving it would begin with.
  struct Prospect {
    bool is_kept = false;          // under this name: there is nothing to do
    bool is_here = false;          // under this name or another: no byte need be sent
    std::uint64_t left_bytes = 0;  // that this sender has sent before, as they are on the disk
  };
  // Reads nothing of it. invalid: the plan has no such fragment. corrupt: the bytes of that hash
  // are here, and have another size than the plan says
  Result<Prospect> prospect(const SignedPlan& plan, unsigned fragment,
                            const dht::NodePublicKey& sender) const;
  // Goes on with the fragment where an earlier writer of the same name and sender ended; what is
  // there is read for that. What one has sent is never mixed with what another one has, so nobody
  // can spoil it. Of what writers have left, the oldest goes where there is too much of it
  // (Limits::leftovers_max, leftover_bytes_max). conflict: another writer of this sender's is at
  // work. Else as prospect()
  Result<FragmentWriter> receive(const SignedPlan& plan, unsigned fragment,
                                 const dht::NodePublicKey& sender);
  // Keeps what was received, and its plan: when this returns they survive a power cut. What is kept
  // already stays as it is, with its charge; one in quarantine comes out of it. Whether it was not
  // kept before, and is charged now. After an error of
  // the disk the same writer may be given again, mostly; what it received may have to be again.
  // invalid: bytes are missing. corrupt: they are not those of the plan; what was received is gone,
  // and the writer begins anew. unavailable: what earlier writers have left was not those, or what
  // was there already went meanwhile; it is to be received again, and nobody sent anything wrong
  Result<bool> keep(FragmentWriter& received, const Charge& charge);
  // Lets go of a fragment, and with the last one of its plan of that. A full disk does not keep it
  // from that, unless another fragment has the same bytes (exhausted). not_found
  Result<void> drop(const FragmentName& name);
  // Lets go of all fragments of a tessera, whatever plans they are of, and of what has come of
  // others of these plans. What was dropped is added to `dropped`, also where an error follows;
  // then the rest is there. Nothing is kept: nothing happens.
  Result<void> drop_all(const base::ContentHash& content_hash, std::vector<Reference>& dropped);

  // not_found. corrupt: it is damaged on the disk, until another fragment of it is kept
  Result<SignedPlan> plan(const base::PlanId& id);
  // Of this content hash; there can be more than one only where an author has signed two.
  std::vector<base::PlanId> plans_of(const base::ContentHash& content_hash) const;
  // Of which anything is kept.
  std::set<base::ContentHash> tesserae() const;
  // Of a plan, those in quarantine not among them.
  Fragments kept(const base::PlanId& id) const;
  // All, sorted by name.
  std::vector<Reference> references() const;

  // From the byte at `offset` on. not_found, also when it is in quarantine. invalid: there is no
  // such byte. corrupt: it is gone or has another size; it is in quarantine now
  Result<FragmentReader> read(const FragmentName& name, std::uint64_t offset);
  // That it is kept: two small reads, or some more where the tree has more than 256 KiB, which is
  // that of a fragment above 64 MiB. The proof has been checked.
  // not_found, as above. invalid: it has no such chunk. corrupt: it is in quarantine now
  Result<ChunkProof> prove(const FragmentName& name, std::uint64_t chunk_index);
  // Reads all of it again from the medium, and its tree, which is made again where it is damaged.
  // not_found, as above. io: the disk does not give it now; but when it was so several times, one
  // after another (Limits::refused_checks_max), it is corrupt. So checks of one fragment are to be
  // hours apart. corrupt: it is in quarantine now
  Result<void> check(const FragmentName& name);

  // What is received and was not gone on with since `before` goes. How many bytes that were.
  Result<std::uint64_t> clear_incoming(base::WallTime before);
  // What was received, is not kept, and has no writer now. Does not wait for the disk.
  std::uint64_t leftover_bytes() const;

  // Of all objects that are kept, each once, without trees and without those in quarantine.
  std::uint64_t size_bytes() const;
  // How many fragments are kept, those in quarantine too, and what they are charged with together
  // (Limits::charged_bytes).
  Tally charged() const;
  // That the disk under the store still takes.
  Result<std::uint64_t> free_bytes();

 private:
  friend class FragmentWriter;
  friend class FragmentReader;
  struct State;
  explicit FragmentStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The plan of a tessera of which most is kept; nullopt: nothing is.
std::optional<base::PlanId> most_kept(const FragmentStore& store,
                                      const base::ContentHash& content_hash);

}  // namespace tesseras::replica
