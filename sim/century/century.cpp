#include "sim/century/century.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "foundation/base/assert.hpp"
#include "sim/century/archive.hpp"
#include "sim/century/population.hpp"

namespace tesseras::century {
namespace {

using upkeep::Finding;
using upkeep::Presence;

// Who found nobody to give anything to looks again.
constexpr Time repair_retry = day;

enum class What : std::uint8_t {
  dies,
  goes_off,
  comes_back,
  is_audited,
  is_repaired,
  block_is_lost,
};

struct Event {
  Time at = 0;
  std::uint64_t number = 0;  // breaks ties
  What what = What::dies;
  std::uint32_t whom = 0;

  bool operator>(const Event& other) const {
    return std::pair(at, number) > std::pair(other.at, other.number);
  }
};

class Century {
 public:
  explicit Century(const Options& options)
      : options_(options),
        end_(static_cast<Time>(options.days) * day),
        dice_(options.seed),
        archive_(options, nodes_) {}

  Outcome run() {
    for (unsigned i = 0; i < options_.nodes; ++i) come();
    for (std::uint32_t i = 0; i < options_.tesserae; ++i) publish(i);
    expect_block_loss();
    Time told = 0;
    while (!events_.empty() && events_.top().at < end_) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      if (now_ - told >= 5 * 365 * day) {
        told = now_;
        options_.progress(fmt::format("year {}: {} lost", now_ / (365 * day), outcome_.lost()));
      }
      happen(event);
    }
    outcome_.digest = fmt::format("{:016x}", digest_);
    return outcome_;
  }

 private:
  void plan(Time at, What what, std::uint32_t whom) {
    events_.push({at, ++event_number_, what, whom});
  }
  void remember(std::uint64_t what) { digest_ = runtime::Prng(digest_ ^ what).next(); }
  base::Instant instant() const { return base::Instant{} + std::chrono::seconds(now_); }
  OfTier& tier_of(const Tessera& one) {
    return outcome_.tiers.at(std::to_underlying(one.shape.tier()) - 1U);
  }

  // Nodes.

  void come() {
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    auto fate = make_fate(number, now_, end_,
                          {.seed = options_.seed,
                           .mean_life_days = options_.mean_life_days,
                           .liars_percent = options_.liars_percent,
                           .has_networks = options_.has_diversity});
    for (const auto& off : fate.off) {
      plan(off.from, What::goes_off, number);
      plan(off.until, What::comes_back, number);
    }
    plan(fate.node.dies_at, What::dies, number);
    nodes_.push_back(std::move(fate.node));
    alive_.push_back(number);
  }

  void go_off(std::uint32_t number) {
    if (!nodes_[number].is_alive) return;
    nodes_[number].is_off = true;
    expect_audit(number);
  }

  // Who asks it next finds it there, and not before the hour is over.
  void come_back(std::uint32_t number) {
    Node& node = nodes_[number];
    if (!node.is_alive) return;
    node.is_off = false;
    if (!node.is_online() || node.presence == Presence::live) return;
    if (node.presence == Presence::lost) ++outcome_.false_alarms;
    record(node, Finding::proved);
    node.presence = Presence::live;
  }

  void die(std::uint32_t number) {
    Node& node = nodes_[number];
    if (!node.is_alive) return;
    ++outcome_.deaths;
    node.is_alive = false;
    std::erase(alive_, number);
    if (node.is_honest()) {
      for (const auto& kept : node.kept) look_whether_it_is_lost(kept.tessera);
    }
    expect_audit(number);
    come();
  }

  void lose_block() {
    ++outcome_.block_losses;
    const auto block = static_cast<unsigned>(dice_.below(large_blocks));
    const auto all = alive_;
    for (const auto number : all)
      if (nodes_[number].block == block) die(number);
    expect_block_loss();
  }
  void expect_block_loss() {
    if (options_.block_loss_days == 0) return;
    const auto mean = options_.block_loss_days * day;
    plan(now_ + mean / 2 + static_cast<Time>(dice_.below(static_cast<std::uint64_t>(mean))),
         What::block_is_lost, 0);
  }

  void look_whether_it_is_lost(std::uint32_t number) {
    Tessera& one = archive_.tesserae[number];
    if (one.is_lost) return;
    const auto whole = archive_.whole(number);
    OfTier& tier = tier_of(one);
    if (whole < one.shape.data()) {
      one.is_lost = true;
      tier.margin_min = 0;
      ++tier.lost;
      remember(number);
    } else {
      tier.margin_min = std::min(tier.margin_min, whole - one.shape.data());
    }
  }

  // Audits.

  // Plans the next one where something can come of it.
  void expect_audit(std::uint32_t number) {
    Node& node = nodes_[number];
    if (node.is_audit_due || (node.is_online() && (node.is_honest() || !options_.has_audits)))
      return;
    node.is_audit_due = true;
    const auto at = upkeep::next_audit(node.key, node.last_asked, wall(now_),
                                       upkeep::round_time_for(0), options_.seed);
    plan(std::max(now_, at.unix_seconds - beginning.unix_seconds), What::is_audited, number);
  }

  void audit(std::uint32_t number) {
    Node& node = nodes_[number];
    node.is_audit_due = false;
    if (node.is_online() && node.is_honest()) return;
    const auto finding = finding_of(node);
    if (node.is_honest() || finding == Finding::offline) {
      record(node, finding);
      node.presence = node.record->presence({});
    } else {
      audit_liar(node, finding);
    }
    // What follows hourly counts as this does.
    const bool has_answered = finding != Finding::offline && finding != Finding::silent;
    node.last_asked = upkeep::LastAsked{wall(now_), has_answered};
    lose_what_is_lost(number);
    if (node.presence == Presence::late) {
      for (const auto& one : node.kept) consider(one.tessera);
    }
    if (node.kept.empty()) return;
    if (has_answered) return expect_audit(number);
    if (node.is_honest() && node.presence == Presence::lost) return;
    node.is_audit_due = true;
    plan(now_ + std::chrono::seconds(upkeep::absence_step_max).count(), What::is_audited, number);
  }

  static Finding finding_of(const Node& node) {
    if (!node.is_online()) return Finding::offline;
    switch (node.honesty) {
      case Honesty::honest: return Finding::proved;
      case Honesty::forges: return Finding::lied;
      case Honesty::denies: return Finding::not_kept;
      case Honesty::mute: return Finding::silent;
    }
    ASSERT(false);
    return {};
  }

  // A request of one chunk stands for all.
  void record(Node& node, Finding finding) {
    static const std::vector<upkeep::SharedFragment> something(1);
    ask(node, something, finding);
  }

  void audit_liar(Node& node, Finding finding) {
    std::ranges::sort(node.kept);
    std::vector<upkeep::SharedFragment> shared;
    shared.reserve(node.kept.size());
    for (const auto& [tessera, fragment] : node.kept) {
      shared.push_back({{plan_of(tessera), fragment},
                        {},
                        {},
                        archive_.tesserae[tessera].shape.fragment_bytes()});
    }
    ask(node, shared, finding);
  }

  void ask(Node& node, const std::vector<upkeep::SharedFragment>& shared, Finding finding) {
    const auto next = node.record->next(shared, dice_.next());
    const std::vector<upkeep::Sample> samples(next.begin(), next.end());
    node.record->on_findings(wall(now_), samples, std::vector(samples.size(), finding));
  }

  // All that its record says is lost is in need of another holder, perhaps.
  void lose_what_is_lost(std::uint32_t number) {
    Node& node = nodes_[number];
    std::vector<Kept> lost;
    for (const auto& one : node.kept)
      if (archive_.presence(one.tessera, {number, one.fragment}) == Presence::lost)
        lost.push_back(one);
    // Who is off may come back with all it has. Nobody expects that of a liar; and of the dead we
    // know it.
    const bool is_gone = !node.is_alive || !node.is_honest();
    if (is_gone) {
      for (const auto& one : lost) archive_.forget(one.tessera, number, one.fragment);
    }
    for (const auto& one : lost) consider(one.tessera);
    if (!node.is_alive && lost.size() == node.kept.size()) {
      node.kept = {};
      node.record.reset();
    } else if (!node.is_honest() && !lost.empty()) {
      ++outcome_.liars_found;
      // It does not say any longer that it keeps them.
      std::erase_if(node.kept, [&](const Kept& one) { return std::ranges::contains(lost, one); });
      for (const auto& one : lost) node.record->forget({plan_of(one.tessera), one.fragment});
    }
  }

  // Tesserae.

  void publish(std::uint32_t number) {
    archive_.tesserae.push_back(make_tessera(number, options_.shape_of, dice_));
    Tessera& one = archive_.tesserae.back();
    OfTier& tier = tier_of(one);
    if (tier.tesserae++ == 0) tier.margin_min = one.shape.fragments();
    tier.stored_bytes += one.shape.fragments() * one.shape.fragment_bytes();
    upkeep::Fragments all;
    for (unsigned i = 0; i < one.shape.fragments(); ++i) all.set(i);
    give(number, all);
  }

  std::size_t give(std::uint32_t number, const upkeep::Fragments& missing) {
    std::vector<std::uint32_t> receivers;
    const auto count = archive_.give(number, missing, alive_, wall(now_), receivers);
    for (const auto receiver : receivers) expect_audit(receiver);
    return count;
  }

  // Who publishes something looks for a day whether it is kept, and has all that it is made of.
  void let_owner_mend(std::uint32_t number) {
    Tessera& one = archive_.tesserae[number];
    one.need = upkeep::Need{instant(), 0, instant()};
    give(number, archive_.assess(number).missing);
    one.need.reset();
  }

  // Looks whether it is in need, and whose turn it is then.
  void consider(std::uint32_t number) {
    Tessera& one = archive_.tesserae[number];
    if (one.is_lost || one.is_repair_due) return;
    if (now_ < day) return let_owner_mend(number);
    if (!options_.has_owner_free_repair) return;
    one.need = upkeep::follow(one.need, archive_.assess(number), instant());
    if (!one.need) return;
    try_again(number, 0);
  }

  static Time begin_of(const upkeep::Need& need) {
    return std::chrono::duration_cast<std::chrono::seconds>(need.since - base::Instant{}).count();
  }
  // When a node's turn comes.
  Time begins(const Tessera& one, std::uint32_t node, bool is_urgent) const {
    const auto seed = options_.seed ^ nodes_[node].place ^
                      static_cast<std::uint64_t>(one.need->since.nanoseconds_since_start);
    const auto turn =
        upkeep::turn_of(nodes_[node].id, one.key, archive_.holders(), is_urgent, seed);
    const auto at = upkeep::begins_at(*one.need, turn) - base::Instant{};
    return std::chrono::duration_cast<std::chrono::seconds>(at).count();
  }

  void repair(std::uint32_t number) {
    Tessera& one = archive_.tesserae[number];
    one.is_repair_due = false;
    if (one.is_lost) return;
    const auto assessment = archive_.assess(number);
    one.need = upkeep::follow(one.need, assessment, instant());
    if (!one.need) {
      one.works.clear();
      return;
    }
    begin_works(number, assessment.is_urgent);
    if (!work(number, assessment)) return try_again(number, hour);
    OfTier& tier = tier_of(one);
    const auto placed = give(number, assessment.missing);
    if (placed == 0) return try_again(number, repair_retry);
    ++tier.repairs;
    tier.made += placed;
    tier.moved_bytes += placed * one.shape.fragment_bytes();
    remember(static_cast<std::uint64_t>(now_) << 20U ^ number << 8U ^ placed);
    one.need = upkeep::follow(one.need, archive_.assess(number), instant());
    one.works.clear();
    if (one.need) try_again(number, repair_retry);
  }

  // Whose turn has come, and who is there, begins beside those who have.
  void begin_works(std::uint32_t number, bool is_urgent) {
    Tessera& one = archive_.tesserae[number];
    std::erase_if(one.works, [&](const Work& work) { return !nodes_[work.node].is_alive; });
    const auto step =
        std::chrono::seconds(is_urgent ? upkeep::urgent_turn_step : upkeep::turn_step);
    const auto since = begin_of(*one.need);
    const auto turns = static_cast<std::size_t>((now_ - since) / step.count() + 1);
    for (const auto node : archive_.nearest_live(number, turns)) {
      if (!nodes_[node].is_online() || !nodes_[node].is_honest()) continue;
      if (begins(one, node, is_urgent) > now_) continue;
      if (!std::ranges::contains(one.works, node, &Work::node)) one.works.push_back({node, {}});
    }
  }

  // Whether one of them has all that it takes now.
  bool work(std::uint32_t number, const upkeep::Assessment& assessment) {
    Tessera& one = archive_.tesserae[number];
    for (auto& work : one.works) {
      if (!nodes_[work.node].is_online()) continue;
      const auto got = archive_.gather(number, work);
      // Those whom it asks see that somebody is at work.
      if (got > 0) one.need = upkeep::follow(one.need, assessment, instant(), true);
      tier_of(one).got += got;
      tier_of(one).moved_bytes += got * one.shape.fragment_bytes();
      if (work.got.count() >= one.shape.data()) return true;
    }
    return false;
  }

  void try_again(std::uint32_t number, Time after) {
    archive_.tesserae[number].is_repair_due = true;
    plan(now_ + after, What::is_repaired, number);
  }

  void happen(const Event& event) {
    const auto whom = event.whom;
    switch (event.what) {
      case What::dies: return die(whom);
      case What::is_audited: return audit(whom);
      case What::is_repaired: return repair(whom);
      case What::block_is_lost: return lose_block();
      case What::goes_off: return go_off(whom);
      case What::comes_back: return come_back(whom);
    }
  }

  Options options_;
  Time end_;
  runtime::Prng dice_;
  Time now_ = 0;
  std::uint64_t event_number_ = 0;
  std::uint64_t digest_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> alive_;
  Archive archive_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  Outcome outcome_;
};

}  // namespace

double OfTier::repair_share(unsigned days) const {
  if (stored_bytes == 0 || days == 0) return 0;
  return static_cast<double>(moved_bytes) / static_cast<double>(stored_bytes) / days;
}

std::uint64_t Outcome::lost() const { return tiers[0].lost + tiers[1].lost + tiers[2].lost; }

Outcome play(const Options& options) { return Century(options).run(); }

}  // namespace tesseras::century
