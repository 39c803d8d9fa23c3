// For this library's tests: files made of bytes, and builders for tiny media.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/folder_fixture.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::media {

// A file that is a string; reading at or behind `fail_from` is an error of the disk.
class BytesFile final : public runtime::File {
 public:
  explicit BytesFile(std::string bytes, std::uint64_t fail_from = ~std::uint64_t{0})
      : bytes_(std::move(bytes)), fail_from_(fail_from) {}

  std::uint64_t size() const { return bytes_.size(); }

  base::Result<std::size_t> read_at(std::uint64_t offset, base::MutableByteSpan into) override {
    if (offset + into.size() > fail_from_) {
      return base::fail(base::Code::io, "the medium failed");
    }
    if (offset >= bytes_.size()) return std::size_t{0};
    const auto from = base::as_bytes(bytes_).subspan(static_cast<std::size_t>(offset));
    const auto count = std::min(from.size(), into.size());
    std::copy_n(from.begin(), count, into.begin());
    return count;
  }
  base::Result<void> append(base::ByteSpan) override { return read_only(); }
  base::Result<void> truncate(std::uint64_t) override { return read_only(); }
  base::Result<void> sync() override { return read_only(); }
  base::Result<runtime::FileStatus> status() const override {
    runtime::FileStatus status;
    status.size_bytes = bytes_.size();
    return status;
  }

 private:
  static base::Result<void> read_only() { return base::fail(base::Code::denied, "read-only"); }

  std::string bytes_;
  std::uint64_t fail_from_;
};

inline std::string big(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i)
    text += i < 8 ? static_cast<char>(value >> (8 * i) & 0xff) : '\0';
  return text;
}

inline std::string little(std::uint64_t value, int bytes) {
  std::string text = big(value, bytes);
  std::ranges::reverse(text);
  return text;
}

// An ISO base media box.
inline std::string box(std::string_view type, std::string_view payload) {
  return big(payload.size() + 8, 4) + std::string(type) + std::string(payload);
}

// A TIFF field, its value as the little-endian bytes that stand in the file.
struct Field {
  int tag = 0;
  int type = 2;  // 1 byte, 2 text, 3 short, 4 long, 5 rational
  std::size_t count = 0;
  std::string value;
};

inline Field text_field(int tag, const std::string& text) {
  return {tag, 2, text.size() + 1, text + '\0'};
}

// Fractions, as numerator and denominator in turn.
inline Field rational_field(int tag, const std::vector<std::uint32_t>& numbers) {
  Field field{tag, 5, numbers.size() / 2, {}};
  for (const auto number : numbers) field.value += little(number, 4);
  return field;
}

// A directory that lies at `at`, with its values behind it; `next` is the offset of the next one.
inline std::string directory(const std::vector<Field>& fields, std::size_t at) {
  std::string entries = little(fields.size(), 2);
  std::string values;
  const std::size_t values_at = at + 2 + fields.size() * 12 + 4;
  for (const auto& field : fields) {
    entries += little(static_cast<std::uint64_t>(field.tag), 2) +
               little(static_cast<std::uint64_t>(field.type), 2) + little(field.count, 4);
    if (field.value.size() <= 4) {
      entries += field.value + std::string(4 - field.value.size(), '\0');
    } else {
      entries += little(values_at + values.size(), 4);
      values += field.value;
      if (values.size() % 2 != 0) values += '\0';
    }
  }
  return entries + little(0, 4) + values;
}

// A TIFF structure as EXIF has it: the main directory, and those of EXIF and GPS when not empty.
inline std::string exif_tiff(const std::vector<Field>& photo, const std::vector<Field>& gps,
                             std::vector<Field> main = {}) {
  const std::size_t pointers = (photo.empty() ? 0U : 1U) + (gps.empty() ? 0U : 1U);
  auto sized = main;
  sized.resize(main.size() + pointers, Field{0, 4, 1, little(0, 4)});
  const std::size_t photo_at = 8 + directory(sized, 8).size();
  const std::string photo_part = photo.empty() ? "" : directory(photo, photo_at);
  const std::size_t gps_at = photo_at + photo_part.size();
  if (!photo.empty()) main.push_back({0x8769, 4, 1, little(photo_at, 4)});
  if (!gps.empty()) main.push_back({0x8825, 4, 1, little(gps_at, 4)});
  return std::string("II\x2a\0", 4) + little(8, 4) + directory(main, 8) + photo_part +
         (gps.empty() ? "" : directory(gps, gps_at));
}

// 43° 28' 2.8" N, 11° 53' 6.4" E, in the manner of cameras.
inline std::vector<Field> gps_fields() {
  return {text_field(1, "N"), rational_field(2, {43, 1, 28, 1, 28, 10}), text_field(3, "E"),
          rational_field(4, {11, 1, 53, 1, 64, 10})};
}

inline std::string segment(char marker, const std::string& payload) {
  return std::string("\xff") + marker + big(payload.size() + 2, 2) + payload;
}

// The outline of a JPEG: its metadata and a scan that no one decodes.
inline std::string jpeg_bytes(const std::string& tiff, const std::string& xmp = "") {
  std::string bytes = "\xff\xd8";
  if (!tiff.empty()) bytes += segment('\xe1', std::string("Exif\0\0", 6) + tiff);
  if (!xmp.empty()) {
    bytes += segment('\xe1', std::string("http://ns.adobe.com/xap/1.0/\0", 29) + xmp);
  }
  bytes += segment('\xc0', std::string("\x08\0\x01\0\x01\x01\x01\x11\0", 9));
  bytes += segment('\xda', std::string("\x01\x01\0\0\x3f\0", 6)) + "scan";
  return bytes + "\xff\xd9";
}

// An XMP packet with these properties as attributes, e.g. exif:GPSLatitude="41,46.02N".
inline std::string xmp_packet(const std::string& attributes, const std::string& elements = "") {
  return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
         "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description "
         "rdf:about=\"\" xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" "
         "xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\" "
         "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
         "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" " +
         attributes + ">" + elements + "</rdf:Description></rdf:RDF></x:xmpmeta>";
}

// One of the photographs beside the project; empty, with a line that says so, when absent.
std::string sample(const std::string& name);

// A folder to put files into.
class Folder : public base::TemporaryFolder {
 public:
  void write(const std::filesystem::path& relative, std::string_view bytes) const {
    std::filesystem::create_directories((path() / relative).parent_path());
    std::ofstream(path() / relative, std::ios::binary) << bytes;
  }
};

}  // namespace tesseras::media
