#include "sim/scenarios/centuries.hpp"

#include <fmt/format.h>

#include <array>

#include "sim/century/century.hpp"

namespace tesseras::scenarios {
namespace {

constexpr unsigned tesserae_per_node = 10;
constexpr double repair_share_max = 0.015;
constexpr std::array tier_names = {"copies", "medium", "large"};

century::Options options_of(const Options& options) {
  century::Options made;
  made.seed = options.seed;
  made.nodes = static_cast<unsigned>(options.nodes);
  made.tesserae = made.nodes * tesserae_per_node;
  made.progress = options.progress;
  return made;
}

Report play(const century::Options& options, bool must_hold) {
  const auto outcome = century::play(options);
  Report report;
  report.digest = outcome.digest;
  report.add("years", options.days / 365.0);
  report.add("deaths", static_cast<double>(outcome.deaths));
  report.add("block_losses", static_cast<double>(outcome.block_losses));
  report.add("false_alarms", static_cast<double>(outcome.false_alarms));
  report.add("liars_found", static_cast<double>(outcome.liars_found));
  report.add("fragments_rotten", static_cast<double>(outcome.rotten));
  report.add("fragments_mended", static_cast<double>(outcome.mended));
  for (std::size_t i = 0; i < tier_names.size(); ++i) {
    const auto& tier = outcome.tiers.at(i);
    const std::string name = tier_names.at(i);
    const double share = tier.repair_share(options.days);
    report.add(name + "_tesserae", static_cast<double>(tier.tesserae));
    report.add(name + "_lost", static_cast<double>(tier.lost));
    report.add(name + "_margin_min", tier.margin_min);
    report.add(name + "_repairs", static_cast<double>(tier.repairs));
    report.add(name + "_made", static_cast<double>(tier.made));
    report.add(name + "_made_of_packs", static_cast<double>(tier.made_of_packs));
    report.add(name + "_packs_percent", 100 * tier.pack_share(options.days));
    report.add(name + "_repair_percent_a_day", 100 * share);
    if (!must_hold) continue;
    if (tier.lost > 0)
      report.add({fmt::format("{} of {} tesserae are lost ({})", tier.lost, tier.tesserae, name)});
    if (share > repair_share_max)
      report.add(
          {fmt::format("repair moves {:.2f} % of what is stored a day ({})", 100 * share, name)});
  }
  return report;
}

}  // namespace

Report play_century(const Options& options) { return play(options_of(options), true); }

Report play_century_without_audits(const Options& options) {
  auto made = options_of(options);
  made.has_audits = false;
  return play(made, false);
}

Report play_century_without_diversity(const Options& options) {
  auto made = options_of(options);
  made.has_diversity = false;
  return play(made, false);
}

Report play_century_without_repair(const Options& options) {
  auto made = options_of(options);
  made.has_owner_free_repair = false;
  return play(made, false);
}

}  // namespace tesseras::scenarios
