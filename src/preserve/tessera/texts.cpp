#include "preserve/tessera/texts.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::tessera {
namespace {

// Of an encrypted tessera, in the place of README.decode.
constexpr std::string_view readme_of_encrypted = "README.encrypted";
constexpr std::array for_encrypted = {"encryption", "envelope", "hashes",
                                      "signatures", "tar",      "text"};
constexpr std::array always = {"formats", "hashes", "json", "signatures", "tar", "text"};

// A text leans on another where their formats share a part: EXIF is TIFF, a still of AVIF is saved
// in the way of WebM, a raw file holds a JPEG. Who has the one must not be sent to a text that is
// not there.
struct Need {
  std::string_view of;
  std::array<std::string_view, 4> others;
};
constexpr auto needs = std::to_array<Need>({
    {"heif", {"jpeg", "mp4", "tiff", "webm"}},
    {"mp4", {"jpeg", "mp3", "webm"}},
    {"ogg", {"flac"}},
    {"pdf", {"jpeg", "png", "tiff"}},
    {"tiff", {"jpeg", "mp4", "png"}},
    {"webm", {"mp4", "ogg"}},
    {"webp", {"tiff", "webm"}},
});

std::string decode_path(std::string_view name) {
  return std::string(paths::decode_folder) + std::string(name) + ".txt";
}

const ShippedText& text_at(std::string_view path) {
  const auto texts = all_texts();
  const auto found = std::ranges::find(texts, path, &ShippedText::path);
  ASSERT(found != texts.end());  // a test holds the table of formats against spec/
  return *found;
}

}  // namespace

std::vector<ShippedText> decode_texts_for(const std::set<MediaFormat>& formats) {
  std::set<std::string> paths;
  for (const char* name : always) paths.insert(decode_path(name));
  for (const MediaFormat format : formats) {
    const std::string_view name = info(format).decode_name;
    if (name.empty()) continue;
    paths.insert(decode_path(name));
    const auto need = std::ranges::find(needs, name, &Need::of);
    if (need == needs.end()) continue;
    for (const std::string_view other : need->others) {
      if (!other.empty()) paths.insert(decode_path(other));
    }
  }
  std::vector<ShippedText> texts;
  texts.reserve(paths.size() + 2);  // and the two that texts_for adds
  for (const std::string& path : paths) texts.push_back(text_at(path));
  return texts;
}

std::vector<ShippedText> texts_for(const std::set<MediaFormat>& formats) {
  std::vector<ShippedText> texts = decode_texts_for(formats);
  texts.push_back(text_at(paths::readme));
  texts.push_back(text_at(paths::schema));
  std::ranges::sort(texts, {}, &ShippedText::path);
  return texts;
}

std::vector<ShippedText> texts_for_encrypted(bool has_witnesses) {
  std::vector<ShippedText> texts{{paths::readme, text_at(readme_of_encrypted).bytes}};
  for (const char* name : for_encrypted) texts.push_back(text_at(decode_path(name)));
  if (has_witnesses) texts.push_back(text_at(decode_path("witnesses")));
  return texts;
}

std::string_view media_type_of(const ShippedText& text) {
  return text.path == paths::schema ? "application/json" : "text/plain";
}

}  // namespace tesseras::tessera
