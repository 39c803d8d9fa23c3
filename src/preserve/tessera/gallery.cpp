#include "preserve/tessera/gallery.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/base/time.hpp"
#include "preserve/tessera/context.hpp"
#include "preserve/tessera/gallery_html.hpp"
#include "preserve/tessera/gallery_style.hpp"
#include "preserve/tessera/gallery_words.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::tessera {
namespace {

using html::escape;

// Whatever a caption may smuggle in: no script runs, nothing is loaded from elsewhere. `file:`
// because not every browser counts files beside the page as 'self'.
constexpr std::string_view content_policy =
    "default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'";

std::string tag_attributes(std::string_view language) {
  return fmt::format("lang=\"{}\" dir=\"{}\"", escape(html::language_attribute(language)),
                     html::direction(language));
}

std::string title_of(const GalleryHead& head) {
  const auto& title = head.header.title;
  if (title) return *title;
  return fmt::format("Tessera {}", base::to_rfc3339(head.header.created).substr(0, 10));
}

std::string with_links(std::string_view sentence, std::string_view root) {
  std::string text(sentence);
  const auto replace = [&](std::string_view mark, std::string_view path) {
    const std::string link = fmt::format("<a href=\"{}{}\">{}</a>", root, path, path);
    for (std::size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + link.size())) {
      text.replace(at, mark.size(), link);
    }
  };
  replace("{M}", paths::manifest);
  replace("{R}", paths::readme);
  return text;
}

}  // namespace

std::size_t gallery_pages(std::size_t memories) {
  constexpr std::size_t each = Limits::gallery_page_memories;
  return std::max<std::size_t>(1, (memories + each - 1) / each);
}

std::string gallery_path(std::size_t page) {
  if (page == 1) return std::string(paths::gallery);
  return fmt::format("{}{}.html", paths::gallery_folder, page);
}

std::size_t gallery_first(std::size_t page) { return (page - 1) * Limits::gallery_page_memories; }

GalleryPage::GalleryPage(const GalleryHead& head, std::size_t page, Append append)
    : head_(head), page_(page), root_(page == 1 ? "" : "../"), append_(std::move(append)) {
  ASSERT(page >= 1 && page <= gallery_pages(head.memories));
}

void GalleryPage::begin() {
  const ManifestHeader& header = head_.header;
  const GalleryWords& words = words_for(header.language);
  const std::string title = escape(title_of(head_));
  const std::string created = base::to_rfc3339(header.created);
  append_(fmt::format("<!DOCTYPE html>\n<html {}>\n<head>\n<meta charset=\"utf-8\">\n",
                      tag_attributes(header.language)));
  append_(
      fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"referrer\" content=\"no-referrer\">\n",
                  content_policy));
  append_(
      fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n", title, gallery_style));
  append_(fmt::format("<header class=\"top\">\n<h1 dir=\"auto\">{}</h1>\n", title));
  if (page_ == 1 && !head_.description.empty()) {
    append_(fmt::format("<p class=\"about\" dir=\"auto\">{}</p>\n", escape(head_.description)));
  }
  append_(
      fmt::format("<p class=\"facts\" {}><span>{}: {}</span> <span>{} <time dir=\"ltr\" "
                  "datetime=\"{}\">{}</time></span>",
                  tag_attributes(words.language), words.memories, head_.memories, words.made,
                  created, created.substr(0, 10)));
  if (header.collection) {
    append_(
        fmt::format(" <span>{}/{}</span>", header.collection->number, header.collection->members));
  }
  append_("</p>\n</header>\n<main class=\"page grid\">\n");
}

void GalleryPage::memory(const GalleryMemory& memory) {
  const Meta& meta = memory.meta;
  const std::string folder = root_ + memory_folder(memory.id);
  append_(fmt::format("<article class=\"memory\" id=\"m{}\"", memory.id.hex().substr(0, 16)));
  if (!meta.language.empty()) {
    append_(fmt::format(" lang=\"{}\"", escape(html::language_attribute(meta.language))));
  }
  append_(">\n<figure>\n");
  write_media(memory, folder + meta.media.file);
  append_("<figcaption>\n");
  write_facts(meta);
  write_words(memory, folder);
  write_file_link(memory, folder + meta.media.file);
  append_("</figcaption>\n</figure>\n</article>\n");
}

void GalleryPage::write_words(const GalleryMemory& memory, std::string_view folder) {
  // Where nobody wrote anything, the time stands among the facts already, and names keep to the
  // page's side whatever their letters.
  const bool is_fallback = memory.context == fallback_context(memory.meta);
  const std::string names = is_fallback ? original_names(memory.meta) : std::string();
  const std::string_view context = is_fallback ? names : memory.context;
  const std::string_view shown = html::beginning(context, Limits::gallery_context_bytes);
  const bool cut = shown.size() < context.size();
  const std::size_t end = shown.find_last_not_of(" \r\n");
  const std::string text = escape(shown.substr(0, end == std::string_view::npos ? 0 : end + 1));
  append_(is_fallback ? fmt::format("<p class=\"words\"><bdi>{}</bdi></p>\n", text)
                      : fmt::format("<p class=\"words\" dir=\"auto\">{}</p>\n", text));
  if (!cut) return;
  const GalleryWords& words = words_for(head_.header.language);
  // In a paragraph of its own: an override of direction that the words leave open ends with theirs.
  append_(fmt::format("<p class=\"more\" {}>… <a href=\"{}{}\">{}</a></p>\n",
                      tag_attributes(words.language), folder, paths::context_name, words.read_on));
}

// A picture is a link itself; what is shown in place of others can be opened by name too.
void GalleryPage::write_file_link(const GalleryMemory& memory, std::string_view file) {
  const MediaFormatInfo& format = info(memory.format);
  if (memory.in_parts || format.display == Display::image || format.display == Display::link) {
    return;
  }
  append_(fmt::format("<p class=\"more\"><a href=\"{}\">{}</a> (<bdi>{}</bdi>)</p>\n", file,
                      memory.meta.media.file, base::human_size(memory.meta.media.size_bytes)));
}

void GalleryPage::write_media(const GalleryMemory& memory, std::string_view file) {
  const GalleryWords& words = words_for(head_.header.language);
  const MediaFormatInfo& format = info(memory.format);
  const std::string label = escape(html::alternative(memory.context));
  const Display display = memory.in_parts ? Display::link : format.display;
  switch (display) {
    case Display::image:
      append_(
          fmt::format("<a class=\"well\" href=\"{0}\"><img src=\"{0}\" alt=\"{1}\" "
                      "loading=\"lazy\" decoding=\"async\"></a>\n",
                      file, label));
      break;
    case Display::video:
      append_(
          fmt::format("<div class=\"well\"><video controls preload=\"metadata\" src=\"{}\" "
                      "aria-label=\"{}\"></video></div>\n",
                      file, label));
      break;
    case Display::audio:
      append_(
          fmt::format("<div class=\"sound\"><audio controls preload=\"none\" src=\"{}\" "
                      "aria-label=\"{}\"></audio></div>\n",
                      file, label));
      break;
    case Display::text: {
      const bool cut = memory.excerpt.size() < memory.meta.media.size_bytes;
      append_(
          fmt::format("<div class=\"letter words\" dir=\"auto\" tabindex=\"0\">"
                      "<p>{}</p>{}</div>\n",
                      escape(html::without_mark(memory.excerpt)), cut ? "<p>…</p>" : ""));
      break;
    }
    case Display::link: {
      // A file in parts has no file of its own name: its folder is what can be opened.
      const std::string_view target = memory.in_parts ? file.substr(0, file.rfind('/') + 1) : file;
      append_(
          fmt::format("<a class=\"well file\" {} href=\"{}\"><strong>{}</strong> "
                      "<span>{}</span> <span>{} (<bdi>{}</bdi>)</span></a>\n",
                      tag_attributes(words.language), target, format.name,
                      memory.in_parts ? words.in_parts : words.not_shown, words.open,
                      base::human_size(memory.meta.media.size_bytes)));
      break;
    }
  }
}

void GalleryPage::write_facts(const Meta& meta) {
  std::string when;
  if (!meta.created_at.empty()) {
    when = fmt::format("<time dir=\"ltr\" datetime=\"{}\">{}</time>",
                       html::machine_time(meta.created_at), html::shown_time(meta.created_at));
  } else if (meta.created_approximate) {
    when = fmt::format("<time dir=\"ltr\" datetime=\"{0}\">{0}</time>",
                       escape(meta.created_approximate->value));
  }
  if (meta.location) {
    const Location& location = *meta.location;
    std::string place = escape(location.description);
    if (place.empty() && location.coordinates) {
      place = fmt::format("{:.5f}, {:.5f}", location.coordinates->latitude,
                          location.coordinates->longitude);
    }
    if (!when.empty()) when += ' ';
    when += fmt::format("<span dir=\"auto\">{}</span>", place);
  }
  if (!when.empty()) append_(fmt::format("<p class=\"when\">{}</p>\n", when));
  if (!meta.people.empty()) {
    append_("<ul class=\"people\">");
    for (const Person& person : meta.people) {
      append_(
          fmt::format("<li>{}{}</li>", html::isolated(person.name),
                      person.relation.empty() ? "" : " (" + html::isolated(person.relation) + ")"));
    }
    append_("</ul>\n");
  }
  if (!meta.tags.empty()) {
    append_("<ul class=\"tags\">");
    for (const std::string& tag : meta.tags) {
      append_(fmt::format("<li>{}</li>", html::isolated(tag)));
    }
    append_("</ul>\n");
  }
}

void GalleryPage::write_navigation() {
  const std::size_t pages = gallery_pages(head_.memories);
  if (pages == 1) return;
  const GalleryWords& words = words_for(head_.header.language);
  append_(fmt::format("<nav {} aria-label=\"{}\">\n<ul>\n", tag_attributes(words.language),
                      words.page));
  const auto link = [&](std::size_t page, std::string_view text, std::string_view relation) {
    append_(fmt::format("<li><a href=\"{}{}\"{}>{}</a></li>\n", root_, gallery_path(page), relation,
                        text));
  };
  if (page_ > 1) link(page_ - 1, words.previous, " rel=\"prev\"");
  // The first, the last, and the neighbours: a tessera may have two hundred pages.
  std::size_t last_shown = 0;
  for (std::size_t page = 1; page <= pages; ++page) {
    const std::size_t distance = page > page_ ? page - page_ : page_ - page;
    if (page != 1 && page != pages && distance > 2) continue;
    if (page != last_shown + 1) append_("<li><strong>…</strong></li>\n");
    last_shown = page;
    if (page == page_) {
      append_(fmt::format("<li><strong aria-current=\"page\">{}</strong></li>\n", page));
    } else {
      link(page, fmt::format("{}", page), "");
    }
  }
  if (page_ < pages) link(page_ + 1, words.next, " rel=\"next\"");
  append_("</ul>\n</nav>\n");
}

void GalleryPage::end() {
  const GalleryWords& words = words_for(head_.header.language);
  append_("</main>\n");
  write_navigation();
  append_(
      fmt::format("<footer class=\"foot\" {}>\n<p>{}: <code dir=\"ltr\">{}</code></p>\n"
                  "<p>{}</p>\n</footer>\n</body>\n</html>\n",
                  tag_attributes(words.language), words.creator, escape(head_.creator_fingerprint),
                  with_links(words.check, root_)));
}

}  // namespace tesseras::tessera
