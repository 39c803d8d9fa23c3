#include "preserve/custody/assembly.hpp"

#include <algorithm>
#include <mutex>
#include <set>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "preserve/media/sniff.hpp"
#include "preserve/tessera/context.hpp"
#include "preserve/tessera/gallery.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/texts.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;

// How a browser shows a family's days: in the order in which they were lived. What has no time
// comes last, by name.
bool shown_before(const Share& a, const Share& b) {
  const auto& left = a.memory->item;
  const auto& right = b.memory->item;
  const auto time = [](const tessera::Meta& meta) {
    if (!meta.created_at.empty()) return meta.created_at;
    return meta.created_approximate ? meta.created_approximate->value : std::string("~");
  };
  return std::pair(time(left.meta), left.candidate.relative) <
         std::pair(time(right.meta), right.candidate.relative);
}

class Assembler {
 public:
  Assembler(const intake::Whole& whole, const CreateOptions& options,
            const std::optional<tessera::Collection>& collection, const identity::Identity& author,
            const Put& put, Tools& tools)
      : whole_(whole),
        options_(options),
        author_(author),
        put_(put),
        tools_(tools),
        header_(header_of(author.public_keys(), tools.clock.wall_now())) {
    if (!whole.title.empty()) header_.title = whole.title;
    header_.visibility = options.visibility;
    header_.language = whole.language.empty() ? options.default_language : whole.language;
    header_.supersedes = options.supersedes;
    header_.collection = collection;
  }

  Result<Assembled> run(std::span<const Share> shares) {
    std::vector<Share> shown(shares.begin(), shares.end());
    std::ranges::sort(shown, shown_before);
    TRY(add_keys(files_, put_, author_.public_keys()));
    const auto description = tessera::tidy_context(whole_.description);
    if (!description.empty()) {
      TRY(add(files_, paths::description, base::as_bytes(description), "text/plain"));
    }
    std::set<tessera::MediaFormat> formats;
    std::uint64_t media_bytes = 0;
    for (const auto& share : shown) {
      formats.insert(share.memory->item.format);
      media_bytes += share.media_bytes();
    }
    for (const auto& text : tessera::texts_for(formats)) {
      TRY(add(files_, text.path, base::as_bytes(text.bytes), tessera::media_type_of(text)));
    }
    TRY(add_pages(shown, description));

    auto manifest = TRY(files_.build(header_));
    const auto signatures = author_.sign(base::as_bytes(manifest.text()));
    return Assembled{std::move(manifest), signatures, shown.size(), media_bytes};
  }

 private:
  using Listing = tessera::ManifestBuilder;

  static void list(Listing& files, std::string_view path, const Hashed& content,
                   std::string_view media_type) {
    files.add(path, content.blake3, content.sha256, media_type, content.size_bytes);
  }

  Result<void> add(Listing& files, std::string_view path, base::ByteSpan bytes,
                   std::string_view media_type) {
    return add_file(files, put_, path, bytes, media_type);
  }

  static std::string extension_of(const intake::Item& item) {
    return tessera::media_extension(item.format, media::extension_of(item.candidate.relative));
  }

  tessera::Meta meta_of(const Memory& memory) const {
    const auto extension = extension_of(memory.item);
    tessera::Meta meta = memory.item.meta;
    if (meta.language.empty()) meta.language = header_.language;
    meta.media = {.file = tessera::media_name(extension),
                  .size_bytes = memory.whole.size_bytes,
                  .blake3 = memory.whole.blake3,
                  .sha256 = memory.whole.sha256,
                  .parts = {}};
    for (std::size_t i = 0; i < memory.parts.size(); ++i) {
      meta.media.parts.push_back({tessera::media_name(extension, static_cast<unsigned>(i + 1)),
                                  memory.parts[i].size_bytes});
    }
    return meta;
  }

  static std::string context_of(const Memory& memory, const tessera::Meta& meta) {
    const auto words = tessera::tidy_context(memory.item.context);
    return words.empty() ? tessera::fallback_context(meta) : words;
  }

  Result<void> add_memory(Listing& files, const Share& share, const tessera::Meta& meta,
                          const std::string& context) {
    const auto& memory = *share.memory;
    const auto folder = tessera::memory_folder(memory.whole.blake3);
    if (memory.parts.empty()) list(files, folder + meta.media.file, memory.whole, meta.mime);
    for (std::size_t i = share.first_part; i < share.first_part + share.part_count; ++i) {
      list(files, folder + meta.media.parts[i].file, memory.parts[i], meta.mime);
    }
    TRY(add(files, folder + std::string(paths::context_name), base::as_bytes(context),
            "text/plain"));
    auto text = tessera::encode(meta);
    if (!text) {
      return fail_in(text.error(), "{}", base::to_printable(memory.item.candidate.relative));
    }
    return add(files, folder + std::string(paths::meta_name), base::as_bytes(*text),
               "application/json");
  }

  // Read once more rather than kept in memory for every text of a large folder.
  Result<std::string> excerpt(const Memory& memory) {
    if (!memory.excerpt) return std::string();
    const auto& relative = memory.item.candidate.relative;
    const auto file = TRY(tools_.disk.open_read(options_.folder / relative));
    std::string text(Limits::gallery_text_bytes_max + 1, '\0');
    text.resize(TRY(file->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size())))));
    const auto head = std::string_view(text).substr(0, Limits::gallery_text_bytes_max);
    if (crypto::blake3(base::as_bytes(head)) != *memory.excerpt) {
      return fail(Code::conflict, "{} changed while it was read; run this again",
                  base::to_printable(relative));
    }
    return std::string(excerpt_of(text, Limits::gallery_text_bytes_max));
  }

  // A page of the gallery and the files of the memories on it: what both need of a memory is
  // made once. Any thread.
  Result<Listing> page_files(const tessera::GalleryHead& head, std::size_t page,
                             std::span<const Share> shown) {
    Listing files;
    std::string html;
    tessera::GalleryPage writer(head, page, [&](std::string_view piece) { html += piece; });
    writer.begin();
    for (const auto& share : shown) {
      const auto& memory = *share.memory;
      const auto meta = meta_of(memory);
      const auto context = context_of(memory, meta);
      TRY(add_memory(files, share, meta, context));
      const auto beginning = TRY(excerpt(memory));
      writer.memory({.id = memory.whole.blake3,
                     .format = memory.item.format,
                     .meta = meta,
                     .context = context,
                     .excerpt = beginning,
                     .in_parts = !memory.parts.empty()});
    }
    writer.end();
    TRY(add(files, tessera::gallery_path(page), base::as_bytes(html), "text/html"));
    return files;
  }

  Result<void> add_pages(std::span<const Share> shown, const std::string& description) {
    const tessera::GalleryHead head{.header = header_,
                                    .description = description,
                                    .creator_fingerprint = author_.fingerprint().hex(),
                                    .memories = shown.size()};
    const auto pages = tessera::gallery_pages(shown.size());
    std::mutex mutex;
    return tools_.workers.for_each(pages, tools_.stop, [&](std::size_t i) -> Result<void> {
      const auto first = tessera::gallery_first(i + 1);
      const auto end = i + 1 == pages ? shown.size() : tessera::gallery_first(i + 2);
      auto files = TRY(page_files(head, i + 1, shown.subspan(first, end - first)));
      const std::lock_guard lock(mutex);
      files_.add(std::move(files));
      return {};
    });
  }

  const intake::Whole& whole_;
  const CreateOptions& options_;
  const identity::Identity& author_;
  const Put& put_;
  Tools& tools_;
  tessera::ManifestHeader header_;
  Listing files_;
};

}  // namespace

std::uint64_t Share::media_bytes() const {
  if (memory->parts.empty()) return memory->whole.size_bytes;
  std::uint64_t sum = 0;
  for (std::size_t i = first_part; i < first_part + part_count; ++i) {
    sum += memory->parts[i].size_bytes;
  }
  return sum;
}

std::vector<std::vector<Share>> plan_split(std::span<const Memory> memories,
                                           std::uint64_t media_bytes_max) {
  std::vector<std::vector<Share>> tesserae(1);
  std::uint64_t filled = 0;
  const auto place = [&](const Share& share) {
    if (!tesserae.back().empty() && filled + share.media_bytes() > media_bytes_max) {
      tesserae.emplace_back();
      filled = 0;
    }
    filled += share.media_bytes();
    auto& shares = tesserae.back();
    // Parts that follow one another in the same tessera are one share of one memory.
    if (share.part_count != 0 && !shares.empty() && shares.back().memory == share.memory) {
      shares.back().part_count += share.part_count;
    } else {
      shares.push_back(share);
    }
  };
  for (const auto& memory : memories) {
    if (memory.parts.empty()) place({&memory, 0, 0});
    for (std::size_t i = 0; i < memory.parts.size(); ++i) place({&memory, i, 1});
  }
  return tesserae;
}

std::uint64_t tesserae_needed(std::span<const Memory> memories, std::uint64_t media_bytes_max) {
  std::uint64_t count = 1, filled = 0;
  const auto place = [&](std::uint64_t size_bytes) {
    if (filled != 0 && filled + size_bytes > media_bytes_max) {
      ++count;
      filled = 0;
    }
    filled += size_bytes;
  };
  for (const auto& memory : memories) {
    for (const auto& part : memory.parts) place(part.size_bytes);
    if (!memory.parts.empty()) continue;
    auto left = memory.whole.size_bytes;
    for (; left > media_bytes_max; left -= media_bytes_max) place(media_bytes_max);
    place(left);
  }
  return count;
}

Result<Assembled> assemble(std::span<const Share> shares, const intake::Whole& whole,
                           const CreateOptions& options,
                           const std::optional<tessera::Collection>& collection,
                           const identity::Identity& author, const Put& put, Tools& tools) {
  ASSERT(!shares.empty());
  return Assembler(whole, options, collection, author, put, tools).run(shares);
}

}  // namespace tesseras::custody
