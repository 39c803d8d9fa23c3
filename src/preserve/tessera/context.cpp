#include "preserve/tessera/context.hpp"

#include <algorithm>
#include <vector>

#include "foundation/base/text.hpp"

namespace tesseras::tessera {
namespace {

constexpr std::string_view blanks = " \t\n";

// Adds unless it is there already.
void add_once(std::vector<std::string>& texts, std::string text) {
  if (!std::ranges::contains(texts, text)) texts.push_back(std::move(text));
}

}  // namespace

std::string tidy_context(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string tidy = base::to_utf8_lossy(text);
  std::size_t end = 0;
  for (std::size_t i = 0; i < tidy.size(); ++i) {
    if (tidy[i] == '\r') {
      if (i + 1 < tidy.size() && tidy[i + 1] == '\n') continue;
      tidy[i] = '\n';
    }
    tidy[end++] = tidy[i];
  }
  tidy.resize(end);
  const std::size_t last = tidy.find_last_not_of(blanks);
  if (last == std::string::npos) return {};
  tidy.resize(last + 1);
  return tidy + '\n';
}

std::string join_contexts(std::span<const std::string> texts) {
  std::vector<std::string> distinct;
  for (const std::string& text : texts) {
    std::string tidy = tidy_context(text);
    if (!tidy.empty()) add_once(distinct, std::move(tidy));
  }
  std::string joined;
  for (const std::string& text : distinct) {
    if (!joined.empty()) joined += '\n';
    joined += text;
  }
  return joined;
}

std::string original_names(const Meta& meta) {
  std::vector<std::string> names;
  for (const SourceFile& source : meta.sources) {
    const std::string_view path = source.path;
    // Printable, so that a name with a line break stays on one line.
    add_once(names, base::to_printable(path.substr(path.rfind('/') + 1)));
  }
  if (names.empty()) names.push_back(meta.media.file);
  std::string text;
  for (const std::string& name : names) text += name + '\n';
  return text;
}

std::string fallback_context(const Meta& meta) {
  std::string text = original_names(meta);
  if (!meta.created_at.empty()) {
    text += meta.created_at + '\n';
  } else if (meta.created_approximate) {
    text += meta.created_approximate->value + '\n';
  }
  return text;
}

}  // namespace tesseras::tessera
