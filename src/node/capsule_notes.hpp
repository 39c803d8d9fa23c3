// What a daemon has to do for its user's sealed tesserae (spec/key-publication.md, section 3): tell
// their witnesses, and publish a key that was left with it for the date. A file each, mode 0600.
// For one thread; writing blocks for as long as a small file needs to reach the medium.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/note_folder.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/sealing/content_key.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::node {

struct Capsule {
  std::shared_ptr<const tessera::Manifest> manifest;  // of an encrypted tessera
  base::Bytes witnesses;             // identity/witnesses.bin; empty: there are none
  std::map<dht::NodeId, bool> told;  // the daemons among them, and whether they have the deposit
  // nullptr: none was left here, or it has been published.
  std::shared_ptr<const sealing::ContentKey> key;
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

 private:
  explicit CapsuleNotes(runtime::NoteFolder folder) : folder_(std::move(folder)) {}

  runtime::NoteFolder folder_;
  std::map<base::ContentHash, Capsule> all_;
};

}  // namespace tesseras::node
