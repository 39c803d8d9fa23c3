#include "preserve/tessera/meta.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/meta_check.hpp"
#include "preserve/tessera/meta_names.hpp"

namespace tesseras::tessera {
namespace {

// JSON as everybody prints it: two spaces a level, a value a line. Members appear in the order
// of the calls; a text or list that is empty is left out by the caller.
class Writer {
 public:
  void open(char bracket) {
    out_ += bracket;
    indent_ += 2;
    first_ = true;
  }
  void close(char bracket) {
    indent_ -= 2;
    if (!first_) new_line();
    out_ += bracket;
    first_ = false;
  }
  // Begins a member of an object, whose value the next call writes.
  void key(std::string_view name) {
    item();
    quoted(name);
    out_ += ": ";
  }
  // Begins an element of a list, likewise.
  void item() {
    if (!first_) out_ += ',';
    first_ = false;
    new_line();
  }
  void text(std::string_view key_name, std::string_view value) {
    key(key_name);
    quoted(value);
  }
  void text_if_any(std::string_view key_name, std::string_view value) {
    if (!value.empty()) text(key_name, value);
  }
  void number(std::string_view key_name, std::uint64_t value) {
    key(key_name);
    out_ += fmt::format("{}", value);
  }
  void raw(std::string_view value) { out_ += value; }
  void quoted(std::string_view value);

  void texts_if_any(std::string_view key_name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    key(key_name);
    open('[');
    for (const std::string& value : values) {
      item();
      quoted(value);
    }
    close(']');
  }

  std::string finish() && { return std::move(out_) + '\n'; }

 private:
  void new_line() {
    out_ += '\n';
    out_.append(indent_, ' ');
  }

  std::string out_;
  std::size_t indent_ = 0;
  bool first_ = true;
};

void Writer::quoted(std::string_view value) {
  out_ += '"';
  std::size_t plain = 0;  // where the run of bytes begins that need no escape
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out_ += value.substr(plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out_ += "\\\""; break;
      case '\\': out_ += "\\\\"; break;
      case '\n': out_ += "\\n"; break;
      case '\r': out_ += "\\r"; break;
      case '\t': out_ += "\\t"; break;
      default: out_ += fmt::format("\\u{:04x}", c);
    }
  }
  out_ += value.substr(plain);
  out_ += '"';
}

// At most 7 decimals and at least one, so that every reader takes it for a real number.
std::string degrees(double value) {
  std::string text = fmt::format("{:.7f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text += '0';
  return text == "-0.0" ? "0.0" : text;
}

void write(Writer& out, std::string_view key, const ApproximateDate& date) {
  out.key(key);
  out.open('{');
  out.text("kind", names::of(names::date_kinds, date.kind));
  out.text("value", date.value);
  out.close('}');
}

void write(Writer& out, const MediaFile& media) {
  out.key("media");
  out.open('{');
  out.text("file", media.file);
  out.number("size", media.size_bytes);
  out.text("blake3", media.blake3.hex());
  out.text("sha256", media.sha256.hex());
  if (!media.parts.empty()) {
    out.key("parts");
    out.open('[');
    for (const MediaPart& part : media.parts) {
      out.item();
      out.open('{');
      out.text("file", part.file);
      out.number("size", part.size_bytes);
      out.close('}');
    }
    out.close(']');
  }
  out.close('}');
}

void write(Writer& out, const Location& location) {
  out.key("location");
  out.open('{');
  out.text_if_any("description", location.description);
  if (location.coordinates) {
    out.key("coordinates");
    out.open('[');
    out.item();
    out.raw(degrees(location.coordinates->latitude));
    out.item();
    out.raw(degrees(location.coordinates->longitude));
    out.close(']');
    out.text("coordinates_source", name_of(location.coordinates_source));
  }
  out.close('}');
}

void write(Writer& out, const std::vector<Person>& people) {
  if (people.empty()) return;
  out.key("people");
  out.open('[');
  for (const Person& person : people) {
    out.item();
    out.open('{');
    out.text("name", person.name);
    out.text_if_any("relation", person.relation);
    if (person.born_approximate) write(out, "born_approximate", *person.born_approximate);
    out.close('}');
  }
  out.close(']');
}

void write(Writer& out, const std::vector<SourceFile>& sources) {
  out.key("sources");
  out.open('[');
  for (const SourceFile& source : sources) {
    out.item();
    out.open('{');
    out.text("path", source.path);
    out.text_if_any("path_percent", source.path_percent);
    out.text_if_any("modified", source.modified);
    out.text_if_any("caption", source.caption);
    out.close('}');
  }
  out.close(']');
}

}  // namespace

std::string_view name_of(MemoryType type) { return names::of(names::memory_types, type); }
std::optional<MemoryType> memory_type_from(std::string_view name) {
  return names::from(names::memory_types, name);
}
std::string_view name_of(Origin origin) { return names::of(names::origins, origin); }
std::optional<Origin> origin_from(std::string_view name) {
  return names::from(names::origins, name);
}

SourceFile source_from(std::string_view path_bytes) {
  SourceFile source;
  source.path = base::to_utf8_lossy(path_bytes);
  if (!base::is_utf8(path_bytes)) source.path_percent = base::percent_encode(path_bytes);
  return source;
}

base::Result<std::string> encode(const Meta& meta) {
  TRY(check(meta));
  Writer out;
  out.open('{');
  out.text("version", "v1");
  out.text("type", name_of(meta.type));
  out.text("mime", meta.mime);
  write(out, meta.media);
  if (!meta.created_at.empty()) {
    out.text("created_at", meta.created_at);
    out.text("created_at_source", name_of(meta.created_at_source));
  }
  if (meta.created_approximate) write(out, "created_approximate", *meta.created_approximate);
  if (meta.location) write(out, *meta.location);
  write(out, meta.people);
  out.texts_if_any("tags", meta.tags);
  out.text_if_any("language", meta.language);
  out.text_if_any("description", meta.description);
  write(out, meta.sources);
  out.texts_if_any("changes", meta.changes);
  out.close('}');
  std::string bytes = std::move(out).finish();
  if (bytes.size() > Limits::meta_bytes_max) {
    return base::fail(base::Code::exhausted,
                      "meta.json would have {} bytes, at most {}; shorten its texts", bytes.size(),
                      Limits::meta_bytes_max);
  }
  return bytes;
}

}  // namespace tesseras::tessera
