#include "preserve/tessera/texts.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::tessera {
namespace {

constexpr std::array always = {"formats", "hashes", "json", "signatures", "tar", "text"};

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
    if (!name.empty()) paths.insert(decode_path(name));
  }
  std::vector<ShippedText> texts;
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

std::string_view media_type_of(const ShippedText& text) {
  return text.path == paths::schema ? "application/json" : "text/plain";
}

}  // namespace tesseras::tessera
