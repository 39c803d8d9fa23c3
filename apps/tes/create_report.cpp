#include "apps/tes/create_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using base::to_printable;

// What people are told of each file: all of it in a dry run or with -v, else only what they
// would not expect.
void print_files(Terminal& terminal, const custody::CreateReport& report, bool dry_run) {
  for (const auto& file : report.kept) {
    const auto line =
        fmt::format("  {:10} {:9} {:>8}  {}", file.type, tessera::info(file.format).name,
                    base::human_size(file.size_bytes), to_printable(file.relative));
    if (dry_run) {
      terminal.out(line);
    } else {
      terminal.detail(line);
    }
    for (const auto& change : file.changes) {
      terminal.note(fmt::format("  changed    {}: {}", to_printable(file.relative), change));
    }
  }
  for (const auto& file : report.duplicates) {
    terminal.note(fmt::format("  duplicate  {} is the same as {}", to_printable(file.relative),
                              to_printable(file.same_as)));
  }
  for (const auto& file : report.described_by) {
    terminal.detail(
        fmt::format("  describes  {} describes {}", to_printable(file.relative),
                    file.describes.empty() ? "the folder" : to_printable(file.describes)));
  }
  for (const auto& file : report.not_taken) {
    terminal.note(
        fmt::format("  not taken  {}: {}", to_printable(file.relative), to_printable(file.reason)));
  }
}

void print_sum(Terminal& terminal, const custody::CreateReport& report, bool split) {
  const auto in = report.kept.size() + report.duplicates.size() + report.described_by.size() +
                  report.not_taken.size();
  terminal.note(
      fmt::format("{}: {} kept + {} the same as others + {} describing others + {} not taken",
                  base::counted(in, "file"), report.kept.size(), report.duplicates.size(),
                  report.described_by.size(), report.not_taken.size()));
  const auto positions = std::ranges::count_if(
      report.kept, [](const custody::KeptFile& file) { return file.has_position; });
  if (positions != 0) {
    terminal.note(fmt::format(
        "{} with a position of where it was made; --strip-location makes copies without.",
        base::counted(static_cast<std::uint64_t>(positions), "file")));
  }
  if (report.tesserae_needed > 1 && !split) {
    terminal.note(fmt::format(
        "It holds {} of media, more than the 1 GB that can be published as one tessera; --split "
        "makes {} of it.",
        base::human_size(report.media_bytes), report.tesserae_needed));
  }
}

}  // namespace

nlohmann::ordered_json to_json(const custody::CreateReport& report, bool dry_run) {
  using nlohmann::ordered_json;
  ordered_json object;
  object["dry_run"] = dry_run;
  if (report.tesserae.size() == 1) {
    object["content_hash"] = report.tesserae.front().content_hash.hex();
  }
  auto tesserae = ordered_json::array();
  for (const auto& tessera : report.tesserae) {
    tesserae.push_back({{"content_hash", tessera.content_hash.hex()},
                        {"memories", tessera.memories},
                        {"media_bytes", tessera.media_bytes}});
  }
  auto kept = ordered_json::array();
  for (const auto& file : report.kept) {
    ordered_json entry = {{"path", file.relative},
                          {"memory", file.memory.hex()},
                          {"format", tessera::info(file.format).name},
                          {"type", file.type},
                          {"size_bytes", file.size_bytes},
                          {"has_position", file.has_position}};
    if (!file.changes.empty()) entry["changes"] = file.changes;
    kept.push_back(entry);
  }
  auto duplicates = ordered_json::array();
  for (const auto& file : report.duplicates) {
    duplicates.push_back({{"path", file.relative}, {"same_as", file.same_as}});
  }
  auto described_by = ordered_json::array();
  for (const auto& file : report.described_by) {
    described_by.push_back({{"path", file.relative}, {"describes", file.describes}});
  }
  auto not_taken = ordered_json::array();
  for (const auto& file : report.not_taken) {
    not_taken.push_back({{"path", file.relative}, {"reason", file.reason}});
  }
  object["tesserae"] = tesserae;
  object["kept"] = kept;
  object["duplicates"] = duplicates;
  object["described_by"] = described_by;
  object["not_taken"] = not_taken;
  object["media_bytes"] = report.media_bytes;
  object["tesserae_needed"] = report.tesserae_needed;
  return object;
}

void print(Terminal& terminal, const custody::CreateReport& report, bool dry_run, bool split) {
  print_files(terminal, report, dry_run);
  print_sum(terminal, report, split);
  if (dry_run) {
    terminal.out(fmt::format("Would keep {}, {}; nothing was made.",
                             base::counted(report.kept.size(), "memory", "memories"),
                             base::human_size(report.media_bytes)));
    return;
  }
  for (const auto& tessera : report.tesserae) {
    terminal.out(fmt::format("Created tessera: {}", tessera.content_hash.hex()));
  }
  if (report.tesserae.size() == 1) {
    terminal.note(fmt::format("Look at it: tes show {}",
                              report.tesserae.front().content_hash.hex().substr(0, 16)));
  }
}

}  // namespace tesseras::tes
