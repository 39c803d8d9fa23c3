#include "preserve/tessera/meta_check.hpp"

#include <cmath>

#include "foundation/base/text.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras::tessera {
namespace {

using base::Result;

std::unexpected<base::Error> refuse(std::string_view key, std::string_view reason) {
  return base::fail(base::Code::invalid, "meta.json: {}: {}", key, reason);
}

// Words of any length, lines included.
Result<void> check_text(std::string_view key, std::string_view text) {
  if (text.empty()) return refuse(key, "is empty; leave it out");
  if (!base::is_utf8(text)) return refuse(key, "is not UTF-8");
  if (text.contains('\0')) return refuse(key, "has a zero byte");
  return {};
}

// Words on one line: names, tags, places.
Result<void> check_words(std::string_view key, std::string_view text) {
  TRY(check_text(key, text));
  if (base::has_control(text)) return refuse(key, "has a control character");
  return {};
}

Result<void> check_media(const MediaFile& media) {
  constexpr std::string_view prefix = "media.";
  const std::string_view file = media.file;
  if (!file.starts_with(prefix) || !is_extension(file.substr(prefix.size()))) {
    return refuse("media: file", "is not 'media.' and an extension");
  }
  if (media.size_bytes > Limits::file_bytes_max) return refuse("media: size", "is too large");
  if (media.parts.empty()) return {};
  if (media.parts.size() < 2 || media.parts.size() > Limits::media_parts_max) {
    return refuse("media: parts", "are not 2 to 999");
  }
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < media.parts.size(); ++i) {
    const MediaPart& part = media.parts[i];
    const std::string expected =
        media_name(file.substr(prefix.size()), static_cast<unsigned>(i + 1));
    if (part.file != expected) return refuse("media: parts: file", "is not '" + expected + "'");
    if (part.size_bytes > media.size_bytes - total) {
      return refuse("media: parts: size", "adds up to more than the whole");
    }
    total += part.size_bytes;
  }
  if (total != media.size_bytes)
    return refuse("media: parts: size", "does not add up to the whole");
  return {};
}

Result<void> check_date(std::string_view key, const ApproximateDate& date) {
  bool good = false;
  switch (date.kind) {
    case ApproximateDate::Kind::year: good = is_year(date.value); break;
    case ApproximateDate::Kind::year_month: good = is_year_month(date.value); break;
    case ApproximateDate::Kind::full: good = is_date(date.value); break;
  }
  if (!good) return refuse(key, "value is no date of its kind");
  return {};
}

Result<void> check_location(const Location& location) {
  if (location.description.empty() && !location.coordinates) {
    return refuse("location", "has neither a description nor coordinates");
  }
  if (!location.description.empty()) {
    TRY(check_words("location: description", location.description));
  }
  if (location.coordinates) {
    const auto [latitude, longitude] = *location.coordinates;
    // The negation also catches what is not a number.
    if (!(std::abs(latitude) <= 90 && std::abs(longitude) <= 180)) {
      return refuse("location: coordinates", "are not on the globe");
    }
  }
  return {};
}

Result<void> check_person(const Person& person) {
  TRY(check_words("people: name", person.name));
  if (!person.relation.empty()) TRY(check_words("people: relation", person.relation));
  if (person.born_approximate) {
    TRY(check_date("people: born_approximate", *person.born_approximate));
  }
  return {};
}

Result<void> check_source(const SourceFile& source) {
  TRY(check_text("sources: path", source.path));
  if (!source.path_percent.empty()) {
    const auto exact = base::percent_decode(source.path_percent);
    // One form for one path: a second one could name another file than the reader is shown.
    if (!exact || base::is_utf8(*exact) || base::to_utf8_lossy(*exact) != source.path) {
      return refuse("sources: path_percent", "is not the path's bytes");
    }
  }
  if (!source.modified.empty() && !is_utc_time(source.modified)) {
    return refuse("sources: modified", "is no time in UTC");
  }
  if (!source.caption.empty()) TRY(check_text("sources: caption", source.caption));
  return {};
}

}  // namespace

Result<void> check(const Meta& meta) {
  if (!is_media_type(meta.mime)) return refuse("mime", "is no media type");
  TRY(check_media(meta.media));
  if (!meta.created_at.empty() && !is_capture_time(meta.created_at)) {
    return refuse("created_at", "is no time");
  }
  if (meta.created_approximate) TRY(check_date("created_approximate", *meta.created_approximate));
  if (meta.location) TRY(check_location(*meta.location));
  for (const Person& person : meta.people) TRY(check_person(person));
  for (const std::string& tag : meta.tags) TRY(check_words("tags", tag));
  if (!meta.language.empty() && !is_language_tag(meta.language)) {
    return refuse("language", "is no language tag");
  }
  if (!meta.description.empty()) TRY(check_text("description", meta.description));
  if (meta.sources.empty()) return refuse("sources", "are missing");
  for (const SourceFile& source : meta.sources) TRY(check_source(source));
  for (const std::string& change : meta.changes) TRY(check_text("changes", change));
  return {};
}

}  // namespace tesseras::tessera
