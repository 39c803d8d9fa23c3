#include "preserve/custody/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "foundation/base/text.hpp"
#include "foundation/crypto/secret.hpp"
#include "preserve/heirs/heir_page.hpp"
#include "preserve/heirs/limits.hpp"
#include "preserve/heirs/share_text.hpp"
#include "preserve/identity/seed_file.hpp"
#include "preserve/media/strip.hpp"
#include "preserve/tessera/limits.hpp"

namespace tesseras::custody {
namespace {

using intake::Candidate;
using intake::Item;

// What became of one candidate.
struct Outcome {
  std::optional<Memory> memory;
  std::string not_taken;  // the reason, where it did not become one
};

// Writes a file's bytes into the vault, cut into parts where it is longer than one may be.
class Stager {
 public:
  Stager(vault::Transaction* transaction, std::uint64_t size_bytes, std::uint64_t part_bytes_max)
      : transaction_(transaction),
        in_parts_(size_bytes > part_bytes_max),
        part_bytes_max_(part_bytes_max) {}

  Result<void> append(base::ByteSpan bytes) {
    while (!bytes.empty()) {
      if (!writer_ && transaction_ != nullptr) {
        writer_.emplace(transaction_->writer(vault::Transaction::Hashing::by_caller));
      }
      auto piece = bytes;
      if (in_parts_) {
        const auto room = part_bytes_max_ - part_.size_bytes;
        piece = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size())));
        part_blake3_.update(piece);
        part_sha256_.update(piece);
      }
      if (writer_) TRY(writer_->append(piece));
      part_.size_bytes += piece.size();
      bytes = bytes.subspan(piece.size());
      if (in_parts_ && part_.size_bytes == part_bytes_max_) TRY(end_part());
    }
    return {};
  }

  // The parts, or none when the file is kept as one.
  Result<std::vector<Hashed>> finish(const Hashed& whole) {
    if (in_parts_) {
      if (part_.size_bytes != 0) TRY(end_part());
    } else if (writer_) {
      TRY(writer_->finish(base::BlobId{whole.blake3.bytes}));
    } else if (transaction_ != nullptr) {
      TRY(transaction_->put({}));
    }
    return std::move(parts_);
  }

 private:
  Result<void> end_part() {
    part_.blake3 = part_blake3_.finish();
    part_.sha256 = part_sha256_.finish();
    if (writer_) TRY(writer_->finish(base::BlobId{part_.blake3.bytes}));
    writer_.reset();
    parts_.push_back(std::exchange(part_, {}));
    return {};
  }

  vault::Transaction* transaction_;
  bool in_parts_;
  std::uint64_t part_bytes_max_;
  std::optional<vault::BlobWriter> writer_;
  crypto::Blake3 part_blake3_;
  crypto::Sha256 part_sha256_;
  Hashed part_;
  std::vector<Hashed> parts_;
};

// Whatever its name: who publishes it, gives away how to sign as its owner. What it is, or nothing.
Result<std::string_view> secret_in(runtime::File& file, std::uint64_t size_bytes) {
  const bool is_small = size_bytes <= heirs::Limits::text_bytes_max;
  crypto::SecretBuffer bytes(is_small ? static_cast<std::size_t>(size_bytes)
                                      : heirs::heir_page_head_bytes);
  bytes.truncate(TRY(file.read_at(0, bytes.mutable_span())));
  if (heirs::looks_like_heir_page(bytes.span())) return "an heir's share of an identity, printed";
  if (!is_small) return "";
  if (identity::looks_like_seed(bytes.span())) return "the secret seed of an identity";
  if (heirs::looks_like_share(bytes.span())) return "an heir's share of an identity";
  return "";
}

class Reader {
 public:
  Reader(const CreateOptions& options, const intake::Description& description,
         vault::Transaction* transaction, Tools& tools)
      : options_(options), description_(description), transaction_(transaction), tools_(tools) {}

  Result<Outcome> read(const Candidate& candidate) {
    const auto opened = TRY(intake::open_candidate(tools_.disk, options_.folder, candidate));
    const auto secret = TRY(secret_in(*opened, candidate.status.size_bytes));
    if (!secret.empty()) {
      tools_.progress.advance(candidate.status.size_bytes);
      return Outcome{std::nullopt, std::string(secret)};
    }
    auto item = TRY(intake::look_into(tools_.disk, options_.folder, candidate, *opened,
                                      description_, options_.choices));
    if (!item.taken) {
      tools_.progress.advance(candidate.status.size_bytes);
      return Outcome{std::nullopt, item.note};
    }
    if (options_.strip_location) {
      const path file = options_.folder / candidate.relative;
      const auto strip = TRY(media::strip_location(tools_.disk, file, item.format));
      if (strip.outcome == media::Strip::Outcome::refused) {
        tools_.progress.advance(candidate.status.size_bytes);
        return Outcome{std::nullopt, strip.reason};
      }
      if (TRY(tools_.disk.status(file)) != candidate.status) return changed(item);
      forget_position(item, strip.changes);
      if (strip.copy != nullptr) {
        auto memory = read_file(*strip.copy, TRY(strip.copy->status()), std::move(item));
        return Outcome{TRY(std::move(memory)), ""};
      }
    }
    return Outcome{TRY(read_file(*opened, candidate.status, std::move(item))), ""};
  }

 private:
  // A position that the author gave in words of their own stays.
  static void forget_position(Item& item, const std::vector<std::string>& changes) {
    item.capture.position.reset();
    item.meta.changes = changes;
    auto& location = item.meta.location;
    if (!location || location->coordinates_source == tessera::Origin::author) return;
    location->coordinates.reset();
    if (location->description.empty()) location.reset();
  }

  Result<Memory> read_file(runtime::File& file, const runtime::FileStatus& before, Item item) {
    const auto part_bytes_max = options_.split ? options_.media_bytes_max : UINT64_MAX;
    if (before.size_bytes / part_bytes_max >= tessera::Limits::media_parts_max) {
      return fail(Code::invalid, "{} is too long to be split: more than {} parts of {}",
                  base::to_printable(item.candidate.relative), tessera::Limits::media_parts_max,
                  base::human_size(part_bytes_max));
    }
    Stager stager(transaction_, before.size_bytes, part_bytes_max);
    const bool wants_excerpt = tessera::info(item.format).display == tessera::Display::text;
    std::string head;
    Memory memory{.item = std::move(item), .whole = {}, .parts = {}, .excerpt = std::nullopt};
    memory.whole = TRY(read_hashed(
        source_of(file), before.size_bytes, Hashes::both,
        [&](base::ByteSpan bytes) -> Result<void> {
          if (wants_excerpt && head.size() < Limits::gallery_text_bytes_max) {
            head += base::as_text(
                bytes.first(std::min(bytes.size(), Limits::gallery_text_bytes_max - head.size())));
          }
          return stager.append(bytes);
        },
        tools_));
    if (TRY(file.status()) != before || memory.whole.size_bytes != before.size_bytes) {
      return changed(memory.item);
    }
    if (wants_excerpt) memory.excerpt = crypto::blake3(base::as_bytes(head));
    memory.parts = TRY(stager.finish(memory.whole));
    return memory;
  }

  static std::unexpected<base::Error> changed(const Item& item) {
    return fail(Code::conflict,
                "{} changed while it was read; wait until nothing writes to it, and run this again",
                base::to_printable(item.candidate.relative));
  }

  const CreateOptions& options_;
  const intake::Description& description_;
  vault::Transaction* transaction_;
  Tools& tools_;
};

KeptFile kept_file(const Memory& memory) {
  return {.relative = memory.item.candidate.relative,
          .format = memory.item.format,
          .type = std::string(tessera::name_of(memory.item.meta.type)),
          .memory = memory.whole.blake3,
          .size_bytes = memory.whole.size_bytes,
          .has_position = memory.item.capture.position.has_value(),
          .changes = memory.item.meta.changes};
}

// Equal files are one memory, that of the first path.
Reading gather(intake::Scan&& scan, std::vector<Outcome>&& outcomes) {
  Reading reading;
  auto& report = reading.report;
  // A memory is large to move, and a list that grows moves all of it again and again.
  reading.memories.reserve(outcomes.size());
  std::unordered_map<crypto::Blake3Hash, std::size_t> first;
  std::unordered_set<std::string_view> left;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].memory) {
      left.insert(scan.candidates[i].relative);
      report.not_taken.push_back({scan.candidates[i].relative, std::move(outcomes[i].not_taken)});
      continue;
    }
    auto& memory = *outcomes[i].memory;
    const auto [at, is_new] = first.try_emplace(memory.whole.blake3, reading.memories.size());
    if (is_new) {
      report.media_bytes += memory.whole.size_bytes;
      reading.memories.push_back(std::move(memory));
    } else {
      auto& same = reading.memories[at->second];
      report.duplicates.push_back({memory.item.candidate.relative, same.item.candidate.relative});
      intake::merge(same.item, memory.item);
    }
    outcomes[i].memory.reset();
  }
  report.kept.reserve(reading.memories.size());
  for (const auto& memory : reading.memories) report.kept.push_back(kept_file(memory));
  // Words about a file that is not taken are kept nowhere: they are named, not counted as used.
  for (auto& file : scan.describing) {
    if (left.contains(file.describes)) {
      report.not_taken.push_back({std::move(file.relative), "describes a file that is not taken"});
    } else {
      report.described_by.push_back(std::move(file));
    }
  }
  std::ranges::move(scan.not_taken, std::back_inserter(report.not_taken));
  std::ranges::sort(report.not_taken, {}, &intake::NotTaken::relative);
  return reading;
}

}  // namespace

std::string_view excerpt_of(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0U) == 0x80U) {
    --bytes_max;
  }
  return text.substr(0, bytes_max);
}

Result<Reading> read_folder(const CreateOptions& options, vault::Transaction* transaction,
                            Tools& tools) {
  tools.progress.stage("scanning", 0);
  auto scan = TRY(intake::scan(tools.disk, options.folder));
  intake::Description description;
  if (scan.has_description) description = TRY(intake::read_description(tools.disk, options.folder));
  TRY(intake::check_files(description, scan));

  std::uint64_t total_bytes = 0;
  for (const auto& candidate : scan.candidates) total_bytes += candidate.status.size_bytes;
  tools.progress.stage("reading", total_bytes);
  std::vector<Outcome> outcomes(scan.candidates.size());
  Reader reader(options, description, transaction, tools);
  TRY(tools.workers.for_each(outcomes.size(), tools.stop, [&](std::size_t i) -> Result<void> {
    outcomes[i] = TRY(reader.read(scan.candidates[i]));
    return {};
  }));
  auto reading = gather(std::move(scan), std::move(outcomes));
  reading.whole = intake::describe_whole(options.choices, description);
  return reading;
}

}  // namespace tesseras::custody
