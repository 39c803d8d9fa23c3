// Is a tessera whole? Pure: whoever can read the files (custody, an importer) tells this object
// what was found, file by file, and it gives the verdict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/sha256.hpp"
#include "preserve/tessera/manifest.hpp"
#include "preserve/tessera/signature.hpp"

namespace tesseras::tessera {

// What a file's bytes gave.
struct FileFacts {
  std::uint64_t size_bytes = 0;
  crypto::Blake3Hash blake3;
  std::optional<crypto::Sha256Hash> sha256;  // only where it was asked for
};

// One line of the verdict.
struct VerdictLine {
  bool ok = false;
  std::string path;    // as the file system has it; of a memory, its media (the first part)
  std::string detail;  // empty when ok; else "its content differs", "context.txt is missing"
  bool is_memory = false;

  bool operator==(const VerdictLine&) const = default;
};

struct Verdict {
  // A line for each memory in the order of MANIFEST, then one for each other thing that is wrong
  // (sorted by path; further files among them). Other files that hold have no line.
  std::vector<VerdictLine> lines;
  std::size_t memories_ok = 0;
  std::size_t memories_failed = 0;
  std::size_t others_ok = 0;  // listed files that belong to no memory, and hold
  std::size_t others_failed = 0;
  SignatureState signatures;
  std::string name_fault;       // empty when the folder's name is right, or there is no folder
  bool sha256_checked = false;  // for every file that could be read

  // Everything holds: every file, nothing beyond, both signatures, the name.
  bool passed() const {
    return memories_failed == 0 && others_failed == 0 && signatures.valid() && name_fault.empty();
  }
};

// Takes a byte for each listed file, and a text only for each that fails. Belongs to one thread.
class TesseraCheck {
 public:
  // `manifest` must outlive this object.
  explicit TesseraCheck(const Manifest& manifest);

  // What was found for Manifest::entries()[entry], in any order, each entry at most once. An
  // entry that nothing was said about is missing.
  void on_file(std::size_t entry, const FileFacts& facts);
  // It is there, but could not be read, or is no plain file: why ("permission denied").
  void on_unreadable(std::size_t entry, std::string_view reason);
  // It is as listed, but what is in it makes no sense, e.g. a meta.json that is none. Before or
  // after on_file.
  void on_nonsense(std::size_t entry, std::string_view reason);
  // Something in the folder that does not belong there, and why: a file that MANIFEST does not
  // list, a link, a device, an empty folder. MANIFEST and the two signatures are not told of.
  // Beyond Limits::verdict_extras_max they are only counted.
  void on_extra(std::string_view decoded_path, std::string_view reason);
  // The name of the folder that is checked, when it is one.
  void on_folder_name(std::string_view name);

  // True as long as nothing on_* has been told of is wrong.
  bool holds_so_far() const { return faults_.empty() && extras_.empty() && name_fault_.empty(); }

  // Call once, last.
  Verdict finish(const SignatureState& signatures);

 private:
  enum class Found : unsigned char { nothing, good, bad };
  struct Fault {
    std::size_t entry = 0;
    std::string reason;
  };

  void add_fault(std::size_t entry, std::string_view reason);
  // The faults of the entries from `first` up to but not with `end`. Only after sorting.
  std::span<const Fault> faults_of(std::size_t first, std::size_t end) const;
  VerdictLine line_of(const ManifestMemory& memory) const;
  void add_missing();
  void add_others(Verdict& verdict, std::size_t first, std::size_t end) const;
  void add_extras(Verdict& verdict) const;

  const Manifest* manifest_;
  std::vector<Found> found_;
  std::vector<Fault> faults_;  // sorted by entry in finish()
  std::vector<VerdictLine> extras_;
  std::size_t extras_unnamed_ = 0;
  std::string name_fault_;
  std::size_t sha256_checked_ = 0;
  std::size_t read_ = 0;
};

// What is wrong with a memory's meta.json as such, for on_nonsense: it cannot be decoded, or
// names another file, size, hash or media type than MANIFEST does. Empty when nothing is.
std::string meta_fault(const Manifest& manifest, const ManifestMemory& memory,
                       std::string_view meta_json);

}  // namespace tesseras::tessera
