// From a folder to a described list: what each file is, and what is known about it. Hashing and
// storing come later (custody).
//
// Who wins:
//   title, description, language   command line, tessera.toml
//   tags                           all together: command line, tessera.toml, the file's entry in it
//   place's words                  command line, the file's entry, tessera.toml, the default
//   coordinates                    the file's entry, the file's own metadata, tessera.toml: what
//                                  was measured beats what is said of the folder as a whole
//   time                           the file's entry, the file's own metadata (a person knows that
//                                  a scan of 2019 shows 1974; the scanner does not)
//   type                           the file's entry, else reflection for texts, moment for others
//   people                         the file's entry, else everybody in tessera.toml
//   context                        NAME.context.txt and the file's entry: distinct texts joined
//                                  with an empty line between
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/intake/description.hpp"
#include "preserve/intake/scan.hpp"
#include "preserve/media/capture.hpp"
#include "preserve/tessera/media_type.hpp"
#include "preserve/tessera/meta.hpp"

namespace tesseras::intake {

// What the command line said; absent is not said.
struct Choices {
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<std::string> language;
  std::optional<std::string> location;
  std::string default_location;  // config.toml's: where nobody says more; empty: none
  std::vector<std::string> tags;
  bool include_other = false;
};

// What is said of the tessera as a whole.
struct Whole {
  std::string title;        // empty when nobody said
  std::string description;  // empty when nobody said
  std::string language;     // empty when nobody said: the caller has a default
};

Whole describe_whole(const Choices& choices, const Description& description);

// One file, looked into.
struct Item {
  Candidate candidate;
  tessera::MediaFormat format = tessera::MediaFormat::other;
  media::Capture capture;
  std::vector<std::string> contexts;  // the author's words, a text a source
  std::string context;                // the same as context.txt has them; empty when there are none
  bool type_by_author = false;
  bool taken = true;
  std::string note;  // when it is not taken: why

  // Everything of meta.json but the media's file, size and hashes. Its language is empty: that of
  // the whole is the caller's to fill in.
  tessera::Meta meta;
};

// Opens a file that was scanned.
// Errors, each naming the file: denied (it may not be read), not_found (it vanished), invalid (it
// has become a link or a device), conflict (it is not the file that was scanned any more), io.
base::Result<std::unique_ptr<runtime::File>> open_candidate(runtime::Disk& disk, const path& folder,
                                                            const Candidate& candidate);

// Tells the format of `file`, which is the candidate's, reads what it knows of itself, and puts it
// together with what the author said. Nothing is kept in memory of the file's contents. Safe to
// call from several threads for different candidates.
// Errors, each naming the file: invalid (its context is not UTF-8 or larger than
// Limits::context_bytes_max), io, and where its context cannot be opened those of the disk.
base::Result<Item> look_into(runtime::Disk& disk, const path& folder, const Candidate& candidate,
                             runtime::File& file, const Description& description,
                             const Choices& choices);

// Equal files are one memory: adds what is known of `other` to `into`, whose path sorts first.
// Sources are listed by path, distinct contexts joined, tags, people and changes united. Of times,
// places and types the author's own goes before what the file says, and the first before the
// second.
void merge(Item& into, const Item& other);

}  // namespace tesseras::intake
