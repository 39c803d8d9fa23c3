// Reads meta.json as events, straight into a Meta: what a hostile file can make us hold is
// bounded by its own size, and unknown keys cost nothing.
#include <nlohmann/json.hpp>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/meta.hpp"
#include "preserve/tessera/meta_check.hpp"
#include "preserve/tessera/meta_names.hpp"

namespace tesseras::tessera {
namespace {

// Where in the document an event happens.
enum class Place {
  document,  // before the outermost value
  meta,
  media,
  parts,
  part,
  created,
  location,
  coordinates,
  people,
  person,
  born,
  tags,
  sources,
  source,
  changes,
  unknown,  // anywhere inside a value whose key we do not know
};

enum class Kind { text, size, object, list };

class Decoder;

// A key that may stand in an object.
struct Field {
  std::string_view name;
  Kind kind;
  bool required;
  Place inside;                              // of an object or list
  bool (*set_text)(Decoder&, std::string&);  // false when the text is none of those allowed
  void (*set_size)(Decoder&, std::uint64_t);
};

std::span<const Field> fields_of(Place place);

class Decoder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  // The events of nlohmann's parser; false stops it.
  bool null() { return wrong_unless_unknown("is null; leave it out"); }
  bool boolean(bool /*value*/) { return wrong_unless_unknown("is true or false"); }
  bool number_integer(number_integer_t value) { return degree(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value);
  bool number_float(number_float_t value, const string_t& /*text*/) { return degree(value); }
  bool string(string_t& value);
  bool binary(binary_t& /*value*/) { return refuse("is binary"); }
  bool start_object(std::size_t /*elements*/) { return enter(Kind::object); }
  bool end_object();
  bool start_array(std::size_t /*elements*/) { return enter(Kind::list); }
  bool end_array();
  bool key(string_t& name);
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) {
    error_ = fmt::format("meta.json: is not JSON at byte {}", position);
    return false;
  }

  const std::string& error() const { return error_; }

  Meta meta;
  bool has_created_source = false;
  bool has_coordinates_source = false;
  std::vector<double> coordinates;

  ApproximateDate& date() {
    if (top().place == Place::born) return *meta.people.back().born_approximate;
    return *meta.created_approximate;
  }

 private:
  struct Frame {
    Place place;
    std::uint32_t seen = 0;        // a bit for each field
    const Field* field = nullptr;  // of the last key; nullptr when it is unknown
  };

  Frame& top() { return frames_.back(); }
  bool in_list() const { return list_of(frames_.back().place) != Kind::size; }
  // What a list holds: Kind::size stands for "this is no list".
  static Kind list_of(Place place);

  bool enter(Kind kind);
  // The place that an opening bracket leads to; nullopt when none may open here.
  std::optional<Place> place_inside(Kind kind);
  void make_room(Place place);
  bool leave_location();
  bool degree(double value);
  bool wrong_unless_unknown(std::string_view reason) { return passed_over() || refuse(reason); }
  // True for a value that belongs to a key we do not know.
  bool passed_over() const {
    const Frame& frame = frames_.back();
    return frame.place == Place::unknown ||
           (frame.place != Place::document && list_of(frame.place) == Kind::size &&
            frame.field == nullptr);
  }
  bool refuse(std::string_view reason);

  std::vector<Frame> frames_ = {Frame{Place::document, 0, nullptr}};
  std::string error_;
};

template <class Id>
bool set_id(Id& into, std::string_view hex) {
  const auto id = Id::from_hex(hex);
  if (id) into = *id;
  return id.has_value();
}

template <class Value>
bool set_named(Value& into, std::optional<Value> value) {
  if (value) into = *value;
  return value.has_value();
}

constexpr Field text(std::string_view name, bool required, bool (*set)(Decoder&, std::string&)) {
  return {name, Kind::text, required, Place::unknown, set, nullptr};
}
constexpr Field size(std::string_view name, void (*set)(Decoder&, std::uint64_t)) {
  return {name, Kind::size, true, Place::unknown, nullptr, set};
}
constexpr Field nested(std::string_view name, Kind kind, bool required, Place inside) {
  return {name, kind, required, inside, nullptr, nullptr};
}

// Moves a text to where it belongs. An empty one is told from an absent one right here.
template <auto Where>
bool keep(Decoder& decoder, std::string& value) {
  Where(decoder) = std::move(value);
  return !Where(decoder).empty();
}

constexpr std::array meta_fields = {
    text("version", true, [](Decoder&, std::string& v) { return v == "v1"; }),
    text("type", true,
         [](Decoder& d, std::string& v) { return set_named(d.meta.type, memory_type_from(v)); }),
    text("mime", true, keep<[](Decoder& d) -> auto& { return d.meta.mime; }>),
    nested("media", Kind::object, true, Place::media),
    text("created_at", false, keep<[](Decoder& d) -> auto& { return d.meta.created_at; }>),
    text("created_at_source", false,
         [](Decoder& d, std::string& v) {
           d.has_created_source = true;
           return set_named(d.meta.created_at_source, origin_from(v));
         }),
    nested("created_approximate", Kind::object, false, Place::created),
    nested("location", Kind::object, false, Place::location),
    nested("people", Kind::list, false, Place::people),
    nested("tags", Kind::list, false, Place::tags),
    text("language", false, keep<[](Decoder& d) -> auto& { return d.meta.language; }>),
    text("description", false, keep<[](Decoder& d) -> auto& { return d.meta.description; }>),
    nested("sources", Kind::list, true, Place::sources),
    nested("changes", Kind::list, false, Place::changes)};

constexpr std::array media_fields = {
    text("file", true, keep<[](Decoder& d) -> auto& { return d.meta.media.file; }>),
    size("size", [](Decoder& d, std::uint64_t v) { d.meta.media.size_bytes = v; }),
    text("blake3", true, [](Decoder& d, std::string& v) { return set_id(d.meta.media.blake3, v); }),
    text("sha256", true, [](Decoder& d, std::string& v) { return set_id(d.meta.media.sha256, v); }),
    nested("parts", Kind::list, false, Place::parts)};

constexpr std::array part_fields = {
    text("file", true, keep<[](Decoder& d) -> auto& { return d.meta.media.parts.back().file; }>),
    size("size", [](Decoder& d, std::uint64_t v) { d.meta.media.parts.back().size_bytes = v; })};

constexpr std::array date_fields = {
    text("kind", true,
         [](Decoder& d, std::string& v) {
           return set_named(d.date().kind, names::from(names::date_kinds, v));
         }),
    text("value", true, keep<[](Decoder& d) -> auto& { return d.date().value; }>)};

constexpr std::array location_fields = {
    text("description", false,
         keep<[](Decoder& d) -> auto& { return d.meta.location->description; }>),
    nested("coordinates", Kind::list, false, Place::coordinates),
    text("coordinates_source", false, [](Decoder& d, std::string& v) {
      d.has_coordinates_source = true;
      return set_named(d.meta.location->coordinates_source, origin_from(v));
    })};

constexpr std::array person_fields = {
    text("name", true, keep<[](Decoder& d) -> auto& { return d.meta.people.back().name; }>),
    text("relation", false,
         keep<[](Decoder& d) -> auto& { return d.meta.people.back().relation; }>),
    nested("born_approximate", Kind::object, false, Place::born)};

constexpr std::array source_fields = {
    text("path", true, keep<[](Decoder& d) -> auto& { return d.meta.sources.back().path; }>),
    text("path_percent", false,
         keep<[](Decoder& d) -> auto& { return d.meta.sources.back().path_percent; }>),
    text("modified", false,
         keep<[](Decoder& d) -> auto& { return d.meta.sources.back().modified; }>),
    text("caption", false,
         keep<[](Decoder& d) -> auto& { return d.meta.sources.back().caption; }>)};

std::span<const Field> fields_of(Place place) {
  switch (place) {
    case Place::meta: return meta_fields;
    case Place::media: return media_fields;
    case Place::part: return part_fields;
    case Place::created:
    case Place::born: return date_fields;
    case Place::location: return location_fields;
    case Place::person: return person_fields;
    case Place::source: return source_fields;
    default: return {};
  }
}

Kind Decoder::list_of(Place place) {
  switch (place) {
    case Place::parts:
    case Place::people:
    case Place::sources: return Kind::object;
    case Place::tags:
    case Place::changes:
    case Place::coordinates: return Kind::text;
    default: return Kind::size;
  }
}

bool Decoder::refuse(std::string_view reason) {
  error_ = "meta.json: ";
  for (const Frame& frame : frames_) {
    if (frame.field != nullptr) error_ += fmt::format("{}: ", frame.field->name);
  }
  error_ += reason;
  return false;
}

bool Decoder::key(string_t& name) {
  if (top().place == Place::unknown) return true;
  const auto fields = fields_of(top().place);
  const auto found = std::ranges::find(fields, std::string_view(name), &Field::name);
  top().field = found == fields.end() ? nullptr : &*found;
  if (found == fields.end()) return true;
  const std::uint32_t bit = 1U << static_cast<unsigned>(found - fields.begin());
  if ((top().seen & bit) != 0) return refuse("stands twice");
  top().seen |= bit;
  return true;
}

std::optional<Place> Decoder::place_inside(Kind kind) {
  const Place place = top().place;
  if (place == Place::document) {
    return kind == Kind::object ? std::optional(Place::meta) : std::nullopt;
  }
  if (passed_over()) return Place::unknown;
  if (in_list()) {
    if (list_of(place) != Kind::object || kind != Kind::object) return std::nullopt;
    if (place == Place::parts) return Place::part;
    return place == Place::people ? Place::person : Place::source;
  }
  return top().field->kind == kind ? std::optional(top().field->inside) : std::nullopt;
}

void Decoder::make_room(Place place) {
  switch (place) {
    case Place::part: meta.media.parts.emplace_back(); break;
    case Place::person: meta.people.emplace_back(); break;
    case Place::source: meta.sources.emplace_back(); break;
    case Place::created: meta.created_approximate.emplace(); break;
    case Place::born: meta.people.back().born_approximate.emplace(); break;
    case Place::location: meta.location.emplace(); break;
    default: break;
  }
}

bool Decoder::enter(Kind kind) {
  if (frames_.size() > Limits::meta_depth_max) return refuse("is nested too deeply");
  const auto place = place_inside(kind);
  if (!place) return refuse(kind == Kind::object ? "is an object" : "is a list");
  make_room(*place);
  frames_.push_back({*place, 0, nullptr});
  return true;
}

bool Decoder::end_object() {
  const Frame frame = top();
  top().field = nullptr;
  const auto fields = fields_of(frame.place);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].required && (frame.seen & (1U << i)) == 0) {
      return refuse(fmt::format("{}: is missing", fields[i].name));
    }
  }
  if (frame.place == Place::location && !leave_location()) return false;
  if (frame.place == Place::meta && has_created_source != !meta.created_at.empty()) {
    return refuse("created_at and created_at_source stand only together");
  }
  frames_.pop_back();
  return true;
}

bool Decoder::leave_location() {
  if (has_coordinates_source != meta.location->coordinates.has_value()) {
    return refuse("coordinates and coordinates_source stand only together");
  }
  return true;
}

bool Decoder::end_array() {
  const Place place = top().place;
  if (place == Place::coordinates) {
    if (coordinates.size() != 2) return refuse("are not two numbers");
    meta.location->coordinates = Coordinates{coordinates[0], coordinates[1]};
  }
  const bool empty = (place == Place::parts && meta.media.parts.empty()) ||
                     (place == Place::people && meta.people.empty()) ||
                     (place == Place::tags && meta.tags.empty()) ||
                     (place == Place::sources && meta.sources.empty()) ||
                     (place == Place::changes && meta.changes.empty());
  if (empty) return refuse("is an empty list; leave it out");
  frames_.pop_back();
  return true;
}

bool Decoder::string(string_t& value) {
  if (passed_over()) return true;
  switch (top().place) {
    case Place::tags: meta.tags.push_back(std::move(value)); return true;
    case Place::changes: meta.changes.push_back(std::move(value)); return true;
    default: break;
  }
  const Field* field = top().field;
  if (field == nullptr || field->kind != Kind::text) return refuse("is a text");
  if (!field->set_text(*this, value)) return refuse("has a value that is not allowed");
  return true;
}

bool Decoder::number_unsigned(number_unsigned_t value) {
  const Field* field = top().field;
  if (field != nullptr && field->kind == Kind::size) {
    field->set_size(*this, value);
    return true;
  }
  return degree(static_cast<double>(value));
}

bool Decoder::degree(double value) {
  if (passed_over()) return true;
  if (top().place != Place::coordinates || coordinates.size() == 2) {
    return refuse("is a number that does not belong here");
  }
  coordinates.push_back(value);
  return true;
}

}  // namespace

base::Result<Meta> decode_meta(std::string_view bytes) {
  if (bytes.size() > Limits::meta_bytes_max) {
    return base::fail(base::Code::invalid, "meta.json: has {} bytes, at most {}", bytes.size(),
                      Limits::meta_bytes_max);
  }
  // RFC 8259 section 8.1: no byte-order mark. The library would pass over one.
  if (bytes.starts_with("\xef\xbb\xbf")) {
    return base::fail(base::Code::invalid, "meta.json: begins with a byte-order mark");
  }
  Decoder decoder;
  if (!nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &decoder)) {
    return base::fail(base::Code::invalid, "{}", decoder.error());
  }
  TRY(check(decoder.meta));
  return std::move(decoder.meta);
}

}  // namespace tesseras::tessera
