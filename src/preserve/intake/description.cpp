#include "preserve/intake/description.hpp"

// toml++ asserts what text from outside can break ("[.]", "1974-06-02T."), then handles it all the
// same; with NDEBUG it would have the compiler assume it. The same in every file that includes it.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "foundation/base/text.hpp"
#include "foundation/base/toml_guard.hpp"
#include "preserve/intake/limits.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras::intake {
namespace {

using base::Code;
using base::fail;
using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> top_keys = {"title",    "description", "language", "tags",
                                                      "location", "people",      "files"};
constexpr std::array<std::string_view, 3> person_keys = {"name", "relation", "born"};
constexpr std::array<std::string_view, 6> file_keys = {"context",  "type", "date",
                                                       "location", "tags", "people"};
constexpr std::array<std::string_view, 2> place_keys = {"description", "coordinates"};
std::unexpected<base::Error> wrong(const toml::node& node, std::string_view key,
                                   std::string_view wanted) {
  return fail(Code::invalid, "tessera.toml line {}: {} must be {}", node.source().begin.line, key,
              wanted);
}

std::unexpected<base::Error> unknown_key(const toml::key& key, Names known) {
  const auto close = base::nearest(key.str(), known);
  const auto hint = close.empty() ? fmt::format("known here: {}", fmt::join(known, ", "))
                                  : fmt::format("did you mean '{}'?", close);
  return fail(Code::invalid, "tessera.toml line {}: unknown key '{}'; {}", key.source().begin.line,
              base::to_printable(key.str()), hint);
}

Result<void> only(const toml::table& table, Names known) {
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) == known.end()) return unknown_key(key, known);
  }
  return {};
}

// Words of any length and lines; NUL is the one character that ends texts elsewhere.
Result<std::string> words(const toml::node& node, std::string_view key) {
  const auto* text = node.as_string();
  if (text == nullptr) return wrong(node, key, "a text in quotes");
  if (text->get().contains('\0')) return wrong(node, key, "a text without NUL characters");
  if (!base::is_utf8(text->get())) return wrong(node, key, "UTF-8");
  return text->get();
}

// A text of one line, not empty, that meta.json may hold.
Result<std::string> line(const toml::node& node, std::string_view key) {
  std::string text = TRY(words(node, key));
  if (text.size() > Limits::short_text_bytes_max) {
    return wrong(node, key, fmt::format("at most {} bytes", Limits::short_text_bytes_max));
  }
  if (const auto fault = tessera::line_fault(text); !fault.empty()) {
    return wrong(node, key, fmt::format("one line of text; this one {}", fault));
  }
  return text;
}

Result<std::vector<std::string>> lines(const toml::node& node, std::string_view key,
                                       std::size_t most) {
  const auto* list = node.as_array();
  if (list == nullptr || list->size() > most) {
    return wrong(node, key, fmt::format("a list of at most {} texts: [\"…\", \"…\"]", most));
  }
  std::vector<std::string> texts;
  for (const auto& element : *list) {
    std::string text = TRY(line(element, key));
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
  }
  return texts;
}

Result<std::string> language(const toml::node& node) {
  std::string text = TRY(line(node, "language"));
  if (!tessera::is_language_tag(text)) {
    return wrong(node, "language", "a language tag such as \"pt\" or \"pt-BR\"");
  }
  return text;
}

std::string as_written(const toml::date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

Result<media::AuthorDate> date(const toml::node& node) {
  constexpr std::string_view wanted =
      "\"1974\", \"1974-06\", \"1974-06-02\" or \"1974-06-02T15:30:00\", a date that exists";
  std::string text;
  if (const auto* plain = node.as_string()) {
    text = plain->get();
  } else if (const auto* day = node.as_date()) {
    text = as_written(day->get());
  } else if (const auto* time = node.as_date_time()) {
    const auto& value = time->get();
    text = fmt::format("{}T{:02}:{:02}:{:02}", as_written(value.date), value.time.hour,
                       value.time.minute, value.time.second);
    if (value.time.nanosecond != 0) {
      std::string fraction = fmt::format("{:09}", value.time.nanosecond);
      fraction.erase(fraction.find_last_not_of('0') + 1);
      text += "." + fraction;
    }
    if (value.offset) {
      const int minutes = value.offset->minutes;
      text += fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                          std::abs(minutes) % 60);
    }
  }
  if (auto day = media::parse_approximate_date(text)) return media::AuthorDate(std::move(*day));
  if (auto time = media::parse_local_time(text)) return media::AuthorDate(std::move(*time));
  return wrong(node, "date", wanted);
}

Result<tessera::Coordinates> coordinates(const toml::node& node) {
  constexpr std::string_view wanted = "[latitude, longitude] in degrees, e.g. [41.767, -8.584]";
  const auto* list = node.as_array();
  if (list == nullptr || list->size() != 2) return wrong(node, "coordinates", wanted);
  std::array<double, 2> degrees{};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto value = (*list)[i].value<double>();
    if (!value) return wrong(node, "coordinates", wanted);
    degrees[i] = *value;
  }
  const tessera::Coordinates at{degrees[0], degrees[1]};
  if (!media::is_known_position(at)) return wrong(node, "coordinates", wanted);
  return at;
}

Result<Place> place(const toml::node& node) {
  Place found;
  const auto* table = node.as_table();
  if (table == nullptr) {
    if (!node.is_string()) return wrong(node, "location", "a text, or { description = \"…\" }");
    found.description = TRY(line(node, "location"));
    return found;
  }
  TRY(only(*table, place_keys));
  if (const auto* text = table->get("description")) {
    found.description = TRY(line(*text, "location.description"));
  }
  if (const auto* at = table->get("coordinates")) found.coordinates = TRY(coordinates(*at));
  if (found == Place{}) return wrong(node, "location", "more than an empty table");
  return found;
}

Result<Person> person(const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return wrong(node, "people", "tables: [[people]]");
  TRY(only(*table, person_keys));
  Person found;
  const auto* name = table->get("name");
  if (name == nullptr) return wrong(node, "people", "given a name");
  found.name = TRY(line(*name, "name"));
  if (const auto* relation = table->get("relation")) {
    found.relation = TRY(line(*relation, "relation"));
  }
  if (const auto* born = table->get("born")) {
    std::string text;
    if (const auto* plain = born->as_string()) text = plain->get();
    if (const auto* day = born->as_date()) text = as_written(day->get());
    found.born_approximate = media::parse_approximate_date(text);
    if (!found.born_approximate)
      return wrong(*born, "born", "\"1931\", \"1931-04\" or \"1931-04-12\"");
  }
  return found;
}

Result<std::vector<Person>> people(const toml::node& node) {
  const auto* list = node.as_array();
  if (list == nullptr || list->size() > Limits::people_max) {
    return wrong(node, "people", fmt::format("at most {} tables: [[people]]", Limits::people_max));
  }
  std::vector<Person> found;
  for (const auto& element : *list) {
    Person next = TRY(person(element));
    if (std::ranges::find(found, next.name, &Person::name) != found.end()) {
      return wrong(element, "people",
                   fmt::format("different: '{}' is there twice", base::to_printable(next.name)));
    }
    found.push_back(std::move(next));
  }
  return found;
}

// Somebody of [[people]], or somebody who is in this file only; but a slip makes no new person.
Result<Person> person_named(const std::string& name, const toml::node& node,
                            const std::vector<Person>& everybody) {
  const auto known = std::ranges::find(everybody, name, &Person::name);
  if (known != everybody.end()) return *known;
  std::vector<std::string_view> names;
  names.reserve(everybody.size());
  for (const auto& person : everybody) names.emplace_back(person.name);
  const auto close = base::nearest(name, names);
  if (close.empty()) return Person{name, "", {}};
  return fail(
      Code::invalid,
      "tessera.toml line {}: '{}' is not in [[people]]; did you mean '{}'? If not, add them "
      "there",
      node.source().begin.line, base::to_printable(name), base::to_printable(close));
}

Result<FileDescription> file(std::string_view relative, const toml::node& node,
                             const std::vector<Person>& everybody) {
  const auto* table = node.as_table();
  if (table == nullptr) return wrong(node, "files", "a table a file: [files.\"photo.jpg\"]");
  TRY(only(*table, file_keys));
  FileDescription found;
  found.relative = relative;
  found.line = node.source().begin.line;
  if (const auto* value = table->get("context")) found.context = TRY(words(*value, "context"));
  if (const auto* value = table->get("type")) {
    found.type = tessera::memory_type_from(TRY(line(*value, "type")));
    if (!found.type) {
      return wrong(*value, "type", "one of moment, reflection, daily, relation, object");
    }
  }
  if (const auto* value = table->get("date")) found.date = TRY(date(*value));
  if (const auto* value = table->get("location")) found.location = TRY(place(*value));
  if (const auto* value = table->get("tags")) {
    found.tags = TRY(lines(*value, "tags", Limits::tags_max));
  }
  if (const auto* value = table->get("people")) {
    found.people.emplace();
    for (const auto& name : TRY(lines(*value, "people", Limits::people_max))) {
      found.people->push_back(TRY(person_named(name, *value, everybody)));
    }
  }
  return found;
}

Result<std::vector<FileDescription>> files(const toml::node& node,
                                           const std::vector<Person>& everybody) {
  const auto* table = node.as_table();
  if (table == nullptr) return wrong(node, "files", "a table a file: [files.\"photo.jpg\"]");
  if (table->size() > Limits::described_files_max) {
    return wrong(node, "files", fmt::format("at most {} tables", Limits::described_files_max));
  }
  std::vector<FileDescription> found;
  for (const auto& [key, value] : *table) {
    found.push_back(TRY(file(key.str(), value, everybody)));
  }
  std::ranges::sort(found, {}, &FileDescription::relative);
  return found;
}

Result<Description> from_table(const toml::table& table) {
  TRY(only(table, top_keys));
  Description found;
  if (const auto* value = table.get("title")) found.title = TRY(line(*value, "title"));
  if (const auto* value = table.get("description")) {
    found.description = TRY(words(*value, "description"));
  }
  if (const auto* value = table.get("language")) found.language = TRY(language(*value));
  if (const auto* value = table.get("tags")) {
    found.tags = TRY(lines(*value, "tags", Limits::tags_max));
  }
  if (const auto* value = table.get("location")) found.location = TRY(place(*value));
  if (const auto* value = table.get("people")) found.people = TRY(people(*value));
  if (const auto* value = table.get("files")) found.files = TRY(files(*value, found.people));
  return found;
}

}  // namespace

const FileDescription* Description::find(std::string_view relative) const {
  const auto at = std::ranges::lower_bound(files, relative, {}, &FileDescription::relative);
  return at != files.end() && at->relative == relative ? &*at : nullptr;
}

Result<Description> decode_description(std::string_view text) {
  if (text.size() > Limits::description_bytes_max) {
    return fail(Code::exhausted,
                "tessera.toml is larger than {}: put long texts beside their files",
                base::human_size(Limits::description_bytes_max));
  }
  if (!base::is_utf8(text)) {
    return fail(Code::invalid, "tessera.toml is not UTF-8: save it in that encoding");
  }
  if (const auto problem = base::find_toml_problem(text, Limits::description_depth_max)) {
    return fail(Code::invalid, "tessera.toml line {}: {}", problem->line, problem->reason);
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return fail(Code::invalid, "tessera.toml line {}: {}", parsed.error().source().begin.line,
                base::to_printable(parsed.error().description()));
  }
  return from_table(parsed.table());
}

Result<Description> read_description(runtime::Disk& disk, const path& folder) {
  const auto opened = TRY(disk.open_read(folder / description_name));
  std::string text(Limits::description_bytes_max + 1, '\0');
  const auto size =
      TRY(opened->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size()))));
  text.resize(size);
  return decode_description(text);
}

Result<void> check_files(const Description& description, const Scan& scan) {
  std::set<std::string_view> known;
  for (const auto& candidate : scan.candidates) known.insert(candidate.relative);
  for (const auto& entry : description.files) {
    if (known.contains(entry.relative)) continue;
    const auto name = base::to_printable(entry.relative);
    const auto refused = std::ranges::find(scan.not_taken, entry.relative, &NotTaken::relative);
    if (refused != scan.not_taken.end()) {
      return fail(Code::invalid, "tessera.toml line {}: '{}' is not taken: {}", entry.line, name,
                  refused->reason);
    }
    const std::vector<std::string_view> names(known.begin(), known.end());
    const auto close = base::nearest(entry.relative, names);
    return fail(Code::invalid, "tessera.toml line {}: there is no file '{}' in the folder{}",
                entry.line, name,
                close.empty() ? std::string()
                              : fmt::format("; did you mean '{}'?", base::to_printable(close)));
  }
  return {};
}

}  // namespace tesseras::intake
