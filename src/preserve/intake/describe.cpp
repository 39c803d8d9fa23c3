#include "preserve/intake/describe.hpp"

#include <algorithm>
#include <span>

#include "foundation/base/text.hpp"
#include "preserve/intake/limits.hpp"
#include "preserve/media/sniff.hpp"
#include "preserve/tessera/context.hpp"

namespace tesseras::intake {
namespace {

using base::Code;
using base::fail;
using tessera::MediaFormat;

void add_once(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const auto& text : more) {
    if (!std::ranges::contains(to, text)) to.push_back(text);
  }
}

// meta.json writes years of four digits; some file systems keep times far outside of them.
std::string modified_text(base::WallTime time) {
  constexpr std::int64_t year_0 = -62'167'219'200;
  constexpr std::int64_t year_10000 = 253'402'300'800;
  if (time.unix_seconds < year_0 || time.unix_seconds >= year_10000) return {};
  return base::to_rfc3339(time);
}

void set_time(Item& item, const FileDescription* entry) {
  auto& meta = item.meta;
  if (entry != nullptr && entry->date) {
    meta.created_at_source = tessera::Origin::author;
    if (const auto* exact = std::get_if<media::LocalTime>(&*entry->date)) {
      meta.created_at = to_text(*exact);
    } else {
      meta.created_approximate = std::get<tessera::ApproximateDate>(*entry->date);
    }
  } else if (item.capture.time) {
    meta.created_at = to_text(item.capture.time->time);
    meta.created_at_source = item.capture.time->source;
  }
}

void set_location(Item& item, const FileDescription* entry, const Description& description,
                  const Choices& choices) {
  const Place nowhere;
  const Place& of_file = entry != nullptr && entry->location ? *entry->location : nowhere;
  const Place& of_folder = description.location ? *description.location : nowhere;
  tessera::Location location;
  if (choices.location) {
    location.description = *choices.location;
  } else {
    location.description =
        of_file.description.empty() ? of_folder.description : of_file.description;
  }
  if (location.description.empty()) location.description = choices.default_location;
  if (of_file.coordinates) {
    location.coordinates = of_file.coordinates;
  } else if (item.capture.position) {
    location.coordinates = item.capture.position->at;
    location.coordinates_source = item.capture.position->source;
  } else {
    location.coordinates = of_folder.coordinates;
  }
  if (!location.description.empty() || location.coordinates) {
    item.meta.location = std::move(location);
  }
}

Result<std::string> read_context(runtime::Disk& disk, const path& folder,
                                 const std::string& relative) {
  const auto file = TRY(disk.open_read(folder / relative));
  std::string text(Limits::context_bytes_max + 1, '\0');
  text.resize(TRY(file->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size())))));
  const auto name = base::to_printable(relative);
  if (text.size() > Limits::context_bytes_max) {
    return fail(Code::invalid, "{} is larger than {}: name it otherwise, to keep it as a memory",
                name, base::human_size(Limits::context_bytes_max));
  }
  if (!base::is_utf8(text)) {
    return fail(Code::invalid, "{} is not UTF-8: save it in that encoding", name);
  }
  if (text.contains('\0')) {
    return fail(Code::invalid, "{} holds binary data: a context is a text", name);
  }
  return text;
}

void settle_context(Item& item) {
  item.context = tessera::join_contexts(item.contexts);
  item.meta.description = item.context;
  if (!item.meta.description.empty()) item.meta.description.pop_back();  // its line feed
}

Result<void> describe(Item& item, runtime::Disk& disk, const path& folder,
                      const Description& description, const Choices& choices) {
  const auto* entry = description.find(item.candidate.relative);
  auto& meta = item.meta;
  const auto& format = tessera::info(item.format);
  meta.mime = format.media_type;
  meta.type = format.default_type;
  if (entry != nullptr && entry->type) {
    meta.type = *entry->type;
    item.type_by_author = true;
  }
  set_time(item, entry);
  set_location(item, entry, description, choices);
  meta.people = entry != nullptr && entry->people ? *entry->people : description.people;
  add_once(meta.tags, choices.tags);
  add_once(meta.tags, description.tags);
  if (entry != nullptr) add_once(meta.tags, entry->tags);

  auto source = tessera::source_from(item.candidate.relative);
  source.modified = modified_text(item.candidate.status.modified);
  source.caption = item.capture.caption;
  meta.sources.push_back(std::move(source));

  if (item.candidate.context) {
    item.contexts.push_back(TRY(read_context(disk, folder, *item.candidate.context)));
  }
  if (entry != nullptr && entry->context) item.contexts.push_back(*entry->context);
  settle_context(item);
  return {};
}

bool is_author_s(const tessera::Meta& meta) {
  return meta.created_approximate ||
         (!meta.created_at.empty() && meta.created_at_source == tessera::Origin::author);
}

void merge_time(tessera::Meta& into, const tessera::Meta& other) {
  const bool unknown = into.created_at.empty() && !into.created_approximate;
  if (!unknown && (is_author_s(into) || !is_author_s(other))) return;
  into.created_at = other.created_at;
  into.created_at_source = other.created_at_source;
  into.created_approximate = other.created_approximate;
}

void merge_location(tessera::Meta& into, const tessera::Meta& other) {
  if (!other.location) return;
  if (!into.location) {
    into.location = other.location;
    return;
  }
  auto& ours = *into.location;
  const auto& theirs = *other.location;
  if (ours.description.empty()) ours.description = theirs.description;
  const bool better = !ours.coordinates || (ours.coordinates_source != tessera::Origin::author &&
                                            theirs.coordinates_source == tessera::Origin::author);
  if (!theirs.coordinates || !better) return;
  ours.coordinates = theirs.coordinates;
  ours.coordinates_source = theirs.coordinates_source;
}

}  // namespace

Whole describe_whole(const Choices& choices, const Description& description) {
  const auto first = [](const auto& chosen, const auto& written) {
    return chosen ? *chosen : written.value_or(std::string());
  };
  return {first(choices.title, description.title),
          first(choices.description, description.description),
          first(choices.language, description.language)};
}

base::Result<std::unique_ptr<runtime::File>> open_candidate(runtime::Disk& disk, const path& folder,
                                                            const Candidate& candidate) {
  auto file = TRY(disk.open_read(folder / candidate.relative));
  if (TRY(file->status()) != candidate.status) {
    return fail(Code::conflict,
                "{} changed while the folder was read; wait until nothing writes to it, and run "
                "this again",
                base::to_printable(candidate.relative));
  }
  return file;
}

base::Result<Item> look_into(runtime::Disk& disk, const path& folder, const Candidate& candidate,
                             runtime::File& file, const Description& description,
                             const Choices& choices) {
  Item item;
  item.candidate = candidate;
  const auto size_bytes = candidate.status.size_bytes;
  auto sniffed = media::sniff(file, size_bytes, candidate.relative);
  if (!sniffed) return base::fail_in(sniffed.error(), "{}", base::to_printable(candidate.relative));
  item.format = sniffed->format;
  if (item.format == MediaFormat::other && !choices.include_other) {
    item.taken = false;
    item.note = std::move(sniffed->note);
    return item;
  }
  auto capture = media::read_capture(file, size_bytes, item.format);
  if (!capture) return base::fail_in(capture.error(), "{}", base::to_printable(candidate.relative));
  item.capture = std::move(*capture);
  TRY(describe(item, disk, folder, description, choices));
  return item;
}

void merge(Item& into, const Item& other) {
  if (other.type_by_author && !into.type_by_author) {
    into.meta.type = other.meta.type;
    into.type_by_author = true;
  }
  merge_time(into.meta, other.meta);
  merge_location(into.meta, other.meta);
  for (const auto& person : other.meta.people) {
    if (!std::ranges::contains(into.meta.people, person.name, &Person::name)) {
      into.meta.people.push_back(person);
    }
  }
  add_once(into.meta.tags, other.meta.tags);
  add_once(into.meta.changes, other.meta.changes);
  std::ranges::copy(other.meta.sources, std::back_inserter(into.meta.sources));
  add_once(into.contexts, other.contexts);
  settle_context(into);
}

}  // namespace tesseras::intake
