// meta.json: what is known of one memory (spec/tessera.md, section 4). What is unknown is absent:
// nullopt, or an empty list or text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/sha256.hpp"

namespace tesseras::tessera {

// Written in meta.json; the names may never change.
enum class MemoryType { moment, reflection, daily, relation, object };
std::string_view name_of(MemoryType type);
std::optional<MemoryType> memory_type_from(std::string_view name);

// Where a time or a position was found. Written in meta.json; the names may never change.
enum class Origin { exif, xmp, quicktime, author };
std::string_view name_of(Origin origin);
std::optional<Origin> origin_from(std::string_view name);

// A date as a person remembers it.
struct ApproximateDate {
  enum class Kind { year, year_month, full };  // the names are written
  Kind kind = Kind::year;
  std::string value;  // "1961", "1961-08", "1961-08-05"

  bool operator==(const ApproximateDate&) const = default;
};

struct MediaPart {
  std::string file;  // "media.mp4.part-001"
  std::uint64_t size_bytes = 0;

  bool operator==(const MediaPart&) const = default;
};

struct MediaFile {
  std::string file;  // "media.jpg"
  std::uint64_t size_bytes = 0;
  crypto::Blake3Hash blake3;
  crypto::Sha256Hash sha256;
  std::vector<MediaPart> parts;  // in order; empty for a file that was not cut

  bool operator==(const MediaFile&) const = default;
};

// Degrees on WGS 84. Written with at most 7 decimals (1 cm), so encoding rounds to these.
struct Coordinates {
  double latitude = 0;   // -90 to 90
  double longitude = 0;  // -180 to 180

  bool operator==(const Coordinates&) const = default;
};

struct Location {
  std::string description;  // or empty
  std::optional<Coordinates> coordinates;
  Origin coordinates_source = Origin::author;  // means something only with coordinates

  bool operator==(const Location&) const = default;
};

struct Person {
  std::string name;
  std::string relation;  // or empty
  std::optional<ApproximateDate> born_approximate;

  bool operator==(const Person&) const = default;
};

struct SourceFile {
  std::string path;          // below the folder that was given, "/" between; valid UTF-8
  std::string path_percent;  // the exact bytes, escaped as in MANIFEST, if they are not UTF-8
  std::string modified;      // RFC 3339 in UTC, up to nanoseconds; or empty
  std::string caption;       // or empty

  bool operator==(const SourceFile&) const = default;
};

// The SourceFile of a path as the file system has it: both its forms.
SourceFile source_from(std::string_view path_bytes);

struct Meta {
  MemoryType type = MemoryType::moment;
  std::string mime;
  MediaFile media;
  std::string created_at;                     // as syntax.hpp's is_capture_time has it; or empty
  Origin created_at_source = Origin::author;  // means something only with created_at
  std::optional<ApproximateDate> created_approximate;
  std::optional<Location> location;
  std::vector<Person> people;
  std::vector<std::string> tags;
  std::string language;             // or empty
  std::string description;          // or empty
  std::vector<SourceFile> sources;  // at least one
  std::vector<std::string> changes;

  bool operator==(const Meta&) const = default;
};

// The exact bytes of meta.json: the same for equal values. Errors (invalid) name the key whose
// value is not allowed: not UTF-8, empty where it may not be, out of range.
base::Result<std::string> encode(const Meta& meta);

// Errors (invalid, "meta.json: key: reason"): not what the specification allows, larger or deeper
// than Limits. Keys that it does not know are passed over.
base::Result<Meta> decode_meta(std::string_view bytes);

}  // namespace tesseras::tessera
