// What a daemon has to do for its user's sealed tesserae (spec/key-publication.md, section 3): tell
// their witnesses, and publish a key that was left with it for the date. A file each, mode 0600.
// For one thread; writing blocks for as long as a small file needs to reach the medium.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/note_folder.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/sealing/content_key.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::node {

struct Capsule {
  struct Witness {
    bool has = false;                // the deposit; as it said last
    std::int64_t given_seconds = 0;  // since 1970, when it said so; 0: it is not known
  };
  std::shared_ptr<const tessera::Manifest> manifest;  // of an encrypted tessera
  // identity/witnesses.bin. Empty: there are none; or, where some are to be told, the author has
  // taken it back, and they are told of that.
  base::Bytes witnesses;
  crypto::Ed25519Signature signature;   // identity/signature.ed25519.sig, for the witnesses
  std::map<dht::NodeId, Witness> told;  // the daemons among them
  // nullptr: none was left here, or it has been published.
  std::shared_ptr<const sealing::ContentKey> key;

  bool is_taken_back() const { return witnesses.empty() && !told.empty(); }
};

class CapsuleNotes {
 public:
  // `folder` (made when missing) belongs to nobody else; `disk` outlives it. Errors of the disk.
  static base::Result<CapsuleNotes> open(runtime::Disk& disk, runtime::path folder,
                                         const runtime::Log& log);

  const std::map<base::ContentHash, Capsule>& all() const { return all_; }
  // In the place of that tessera's; on the medium when this returns. Errors of the disk; then
  // nothing has changed.
  base::Result<void> set(const Capsule& capsule);
  // None is none. Errors of the disk; then it is still there.
  base::Result<void> remove(const base::ContentHash& hash);

 private:
  explicit CapsuleNotes(runtime::NoteFolder folder) : folder_(std::move(folder)) {}

  runtime::NoteFolder folder_;
  std::map<base::ContentHash, Capsule> all_;
};

}  // namespace tesseras::node
