// tessera.toml: what the author says about a folder, written by hand and optional.
//
//   title = "Summer in Minho"
//   description = "The last year in the old house."
//   language = "pt"
//   tags = ["family", "minho"]
//   location = "Ponte de Lima"      # or { description = "…", coordinates = [41.767, -8.584] }
//
//   [[people]]
//   name = "Ana"
//   relation = "grandmother"
//   born = "1931"
//
//   [files."photos/img_001.jpg"]
//   context = "Ana at the well."
//   type = "moment"                 # moment, reflection, daily, relation, object
//   date = "1974-06"
//   location = "the garden"
//   tags = ["well"]
//   people = ["Ana"]                # names; relation and birth come from [[people]]
//
// Dates: "1974", "1974-06", "1974-06-02", or "1974-06-02T15:30:00" with an optional fraction and
// an optional offset (Z or +01:00); TOML's own date types serve as well.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/base/result.hpp"
#include "preserve/intake/scan.hpp"
#include "preserve/media/moment.hpp"

namespace tesseras::intake {

struct Place {
  std::string description;
  std::optional<tessera::Coordinates> coordinates;

  bool operator==(const Place&) const = default;
};

using tessera::Person;

struct FileDescription {
  std::string relative;  // as in Candidate
  std::size_t line = 0;  // where its table begins
  std::optional<std::string> context;
  std::optional<tessera::MemoryType> type;
  std::optional<media::AuthorDate> date;
  std::optional<Place> location;
  std::vector<std::string> tags;
  std::optional<std::vector<Person>> people;  // absent: not said; empty: nobody
};

struct Description {
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<std::string> language;
  std::vector<std::string> tags;
  std::optional<Place> location;
  std::vector<Person> people;
  std::vector<FileDescription> files;  // sorted by the bytes of `relative`, each once

  const FileDescription* find(std::string_view relative) const;
};

// Pure. Errors (invalid) name the line and what was expected; an unknown key is one, and the
// nearest known key is named. Refused too: bytes that are not UTF-8, more than the Limits allow,
// control characters in one-line texts, the same person twice.
Result<Description> decode_description(std::string_view text);

// Reads and decodes FOLDER/tessera.toml. Errors: those of Disk::open_read, exhausted when it is
// larger than Limits::description_bytes_max, and those of decode_description.
Result<Description> read_description(runtime::Disk& disk, const path& folder);

// invalid when the description names a file that the scan did not find, with the nearest name.
Result<void> check_files(const Description& description, const Scan& scan);

}  // namespace tesseras::intake
