// From a folder to a tessera in the vault: read once, signed, whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foundation/base/strong_id.hpp"
#include "preserve/custody/limits.hpp"
#include "preserve/custody/tools.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/intake/describe.hpp"
#include "preserve/tessera/manifest.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::custody {

struct CreateOptions {
  path folder;
  intake::Choices choices;
  std::string default_language = "en";  // where neither choices nor tessera.toml say
  tessera::Visibility visibility = tessera::Visibility::everyone;
  std::optional<base::WallTime> open_after;     // whole seconds; a sealed one has it
  std::vector<crypto::XWingPublicKey> readers;  // beside the author; a circle has them
  // A sealed one may have them: parts of its key, of which `threshold` open it.
  std::vector<crypto::XWingPublicKey> witnesses;
  unsigned threshold = 0;  // 0 without witnesses
  std::optional<base::ContentHash> supersedes;
  bool strip_location = false;
  // Several tesserae where one would hold more media than media_bytes_max.
  bool split = false;
  std::uint64_t media_bytes_max = Limits::published_media_bytes_max;

  bool is_encrypted() const { return visibility != tessera::Visibility::everyone; }
};

// A file that became a memory, or the first of several equal ones.
struct KeptFile {
  std::string relative;  // bytes as the file system has them
  tessera::MediaFormat format = tessera::MediaFormat::other;
  std::string type;  // moment, reflection, …
  crypto::Blake3Hash memory;
  std::uint64_t size_bytes = 0;
  bool has_position = false;         // its metadata says where it was made, and still does
  std::vector<std::string> changes;  // by --strip-location
};

// A file equal to one that was kept; its path, date and caption are in that memory's meta.json.
struct DuplicateFile {
  std::string relative;
  std::string same_as;
};

struct Created {
  base::ContentHash content_hash;
  std::uint64_t memories = 0;
  std::uint64_t media_bytes = 0;
};

// Every file below the folder stands in exactly one of the four lists, each sorted by path:
// in = kept + duplicates + described_by + not taken.
struct CreateReport {
  std::vector<Created> tesserae;  // one; several with split; none from preview()
  std::vector<KeptFile> kept;
  std::vector<DuplicateFile> duplicates;
  std::vector<intake::Describing> described_by;
  std::vector<intake::NotTaken> not_taken;
  std::uint64_t media_bytes = 0;
  std::uint64_t tesserae_needed = 1;  // how many it takes, or would take with split
};

// What can be refused before anything is read or anybody is asked: the visibility, what the folder
// is, and words that no tessera can hold. The errors are those of create().
Result<void> check(const CreateOptions& options, runtime::Disk& disk);

// Nothing of a failed call is visible, and what it staged is removed. Of one that is not public,
// nothing is written in the clear.
//   invalid      the folder is empty, holds nothing that can be taken, a choice is wrong, or one of
//                the witnesses is the author
//   conflict     a file changed while it was read
//   not_found    a file vanished while it was read; the folder is not there
//   denied       a file may not be read
// and those of intake and vault::Transaction.
Result<CreateReport> create(vault::Vault& vault, const identity::Identity& author,
                            const CreateOptions& options, Tools& tools);

// The same report of the same reading, and nothing is kept. Needs neither vault nor identity.
Result<CreateReport> preview(const CreateOptions& options, Tools& tools);

}  // namespace tesseras::custody
