#include "sim/century/century.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "foundation/base/assert.hpp"
#include "preserve/upkeep/kept_packs.hpp"
#include "sim/century/archive.hpp"
#include "sim/century/event.hpp"
#include "sim/century/population.hpp"

namespace tesseras::century {
namespace {

using upkeep::Finding;
using upkeep::Presence;

// Who found nobody to give anything to looks again.
constexpr Time repair_retry = day;
// After which a fragment has rotted, on average, and how long a disk is read until that is found: a
// TiB at the speed that is usual.
constexpr Time rot_mean = 100 * 365 * day;
constexpr Time scrub_time = 12 * day;
// Whose fragments come from the same place.
constexpr unsigned tesserae_per_owner = 10;

class Century {
 public:
  explicit Century(const Options& options)
      : options_(options),
        end_(static_cast<Time>(options.days) * day),
        dice_(options.seed),
        archive_(nodes_, glances_) {}

  Outcome run() {
    for (unsigned i = 0; i < options_.nodes; ++i) come();
    for (std::uint32_t i = 0; i < options_.tesserae; ++i) publish(i);
    expect_block_loss();
    rot_step_ = rot_mean / static_cast<Time>(slots_.size());
    plan(rot_step_, What::rots, 0);
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
    glances_.push_back(glance_at(nodes_.back()));
    archive_.arrives(number);
  }

  void go_off(std::uint32_t number) {
    if (!nodes_[number].is_alive) return;
    nodes_[number].is_off = true;
    glances_[number] = glance_at(nodes_[number]);
    expect_audit(number);
  }

  // Who asks it next finds it there, and not before the hour is over.
  void come_back(std::uint32_t number) {
    Node& node = nodes_[number];
    if (!node.is_alive) return;
    node.is_off = false;
    glances_[number] = glance_at(node);
    if (!node.is_online() || node.presence == Presence::live) return;
    if (node.presence == Presence::lost) ++outcome_.false_alarms;
    record(node, Finding::proved);
    node.presence = Presence::live;
    node.last_asked = upkeep::LastAsked{wall(now_), true};
    glances_[number] = glance_at(node);
  }

  void die(std::uint32_t number) {
    Node& node = nodes_[number];
    if (!node.is_alive) return;
    ++outcome_.deaths;
    node.is_alive = false;
    glances_[number] = glance_at(node);
    archive_.departs(number);
    if (node.is_honest()) {
      for (const auto& kept : node.kept) look_whether_it_is_lost(kept.tessera);
    }
    expect_audit(number);
    come();
  }

  void lose_block() {
    ++outcome_.block_losses;
    const auto block = static_cast<unsigned>(dice_.below(large_blocks));
    const auto all = archive_.alive();
    for (const auto& [place, number] : all)
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
    const auto next = [&] {
      return upkeep::next_audit(node.key, node.last_asked, wall(now_), upkeep::round_time_for(0),
                                options_.seed);
    };
    auto at = next();
    // It was asked then, and was there.
    if (at <= wall(now_) && (!node.last_asked || node.last_asked->has_answered)) {
      node.last_asked = upkeep::LastAsked{wall(now_), true};
      at = next();
    }
    plan(std::max(now_, at.unix_seconds - beginning.unix_seconds), What::is_audited, number);
  }

  void audit(std::uint32_t number) {
    Node& node = nodes_[number];
    node.is_audit_due = false;
    if (node.kept.empty()) return;
    if (node.is_online() && node.is_honest()) return;
    const auto finding = node.asked();
    const auto before = node.presence;
    if (node.is_honest() || finding == Finding::offline) {
      record(node, finding);
      node.presence = node.record->presence({});
      glances_[number] = glance_at(node);
    } else {
      audit_liar(node, finding);
    }
    // What follows hourly counts as this does.
    const bool has_answered = finding != Finding::offline && finding != Finding::silent;
    node.last_asked = upkeep::LastAsked{wall(now_), has_answered};
    lose_what_is_lost(number);
    if (node.presence == Presence::late && before != Presence::late) {
      for (const auto& one : node.kept) consider(one.tessera);
    }
    if (node.kept.empty()) return;
    if (has_answered) return expect_audit(number);
    if (node.is_honest() && node.presence == Presence::lost) return;
    node.is_audit_due = true;
    plan(now_ + std::chrono::seconds(upkeep::absence_step_max).count(), What::is_audited, number);
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
    for (const auto& [tessera, fragment, by] : node.kept) {
      shared.push_back({{plan_of(tessera), fragment},
                        {},
                        {},
                        archive_.tesserae[tessera].shape.fragment_bytes()});
    }
    ask(node, shared, finding);
  }

  void ask(Node& node, const std::vector<upkeep::SharedFragment>& shared, Finding finding) {
    node.record->forget_all_but(shared);
    const auto next = node.record->next(shared, dice_.next());
    const std::vector<upkeep::Sample> samples(next.begin(), next.end());
    node.record->on_findings(wall(now_), samples, std::vector(samples.size(), finding));
  }

  // All that its record says is lost is in need of another holder, perhaps.
  void lose_what_is_lost(std::uint32_t number) {
    Node& node = nodes_[number];
    std::vector<Kept> lost;
    for (const auto& one : node.kept)
      if (archive_.presence(one.tessera, {number, one.fragment, false}) == Presence::lost)
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
      node.disk.close();
    } else if (!node.is_honest() && !lost.empty()) {
      ++outcome_.liars_found;
      // It does not say any longer that it keeps them.
      std::erase_if(node.kept, [&](const Kept& one) { return std::ranges::contains(lost, one); });
      for (const auto& one : lost) {
        const upkeep::FragmentName name{plan_of(one.tessera), one.fragment};
        node.record->forget([&](const auto& other) { return other == name; });
      }
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
    for (unsigned i = 0; i < one.shape.fragments(); ++i) {
      all.set(i);
      slots_.push_back(number);
    }
    give(number, all, of_owner(number));
  }

  // An owner lives somewhere, too.
  static Brought of_owner(std::uint32_t number) {
    return {static_cast<std::uint16_t>(number / tesserae_per_owner % (large_blocks + small_blocks)),
            false};
  }

  std::size_t give(std::uint32_t number, const upkeep::Fragments& missing, const Brought& by) {
    std::vector<std::uint32_t> receivers;
    const auto count = archive_.give(number, missing, by, wall(now_), receivers);
    for (const auto receiver : receivers) {
      // The last moment of that time.
      if (!nodes_[receiver].is_honest() && options_.has_audits)
        plan(now_ + std::chrono::seconds(upkeep::gift_time).count(), What::is_audited, receiver);
      expect_audit(receiver);
    }
    return count;
  }

  // Who publishes something looks for a day whether it is kept, and has all that it is made of.
  void let_owner_mend(std::uint32_t number) {
    Tessera& one = archive_.tesserae[number];
    one.need = upkeep::Need{instant(), 0, instant()};
    give(number, archive_.assess(number).missing, of_owner(number));
    one.need.reset();
  }

  Brought of_node(std::uint32_t number) const {
    return {static_cast<std::uint16_t>(nodes_[number].block), true};
  }

  // Looks whether it is in need, and whose turn it is then.
  void consider(std::uint32_t number) {
    Tessera& one = archive_.tesserae[number];
    if (one.is_lost) return;
    if (now_ < day) return let_owner_mend(number);
    if (!options_.has_owner_free_repair) return;
    if (one.pack_until > now_) give_again(number);
    if (one.is_repair_due) return;
    one.need = upkeep::follow(one.need, archive_.assess(number), instant());
    if (!one.need) return;
    try_again(number, 0);
  }

  // Who has made it again has all of it still.
  void give_again(std::uint32_t number) {
    Tessera& one = archive_.tesserae[number];
    if (one.is_lost || one.pack_until <= now_ || !nodes_[one.pack_at].is_alive) return;
    const auto missing = archive_.assess(number, true).missing;
    if (missing.none()) return;
    if (!nodes_[one.pack_at].is_online()) {
      if (!one.is_giving_due) plan(now_ + hour, What::is_given_again, number);
      one.is_giving_due = true;
      return;
    }
    const auto placed = give(number, missing, of_node(one.pack_at));
    OfTier& tier = tier_of(one);
    tier.made += placed;
    tier.made_of_packs += placed;
    tier.moved_bytes += placed * one.shape.fragment_bytes();
    remember(static_cast<std::uint64_t>(now_) << 20U ^ number << 8U ^ placed);
  }

  // A disk has lost something, and reads it again in its time.
  void rot() {
    plan(now_ + 1 + static_cast<Time>(dice_.below(static_cast<std::uint64_t>(2 * rot_step_))),
         What::rots, 0);
    const auto number = slots_[dice_.below(slots_.size())];
    Tessera& one = archive_.tesserae[number];
    if (one.is_lost || one.entries.empty()) return;
    Entry& entry = one.entries[dice_.below(one.entries.size())];
    const Node& node = nodes_[entry.node];
    if (!node.is_alive || !node.is_honest() || entry.is_rotten) return;
    entry.is_rotten = true;
    ++outcome_.rotten;
    look_whether_it_is_lost(number);
    if (one.is_rot_due) return;
    one.is_rot_due = true;
    plan(now_ + static_cast<Time>(dice_.below(scrub_time)), What::is_read_again, number);
  }

  void mend(std::uint32_t number) {
    Tessera& one = archive_.tesserae[number];
    one.is_rot_due = false;
    if (one.is_lost) return;
    bool is_left = false;
    for (auto& entry : one.entries) {
      if (!entry.is_rotten || !nodes_[entry.node].is_alive) continue;
      Work work{entry.node, {}};
      const auto got = nodes_[entry.node].is_online() ? archive_.gather(number, work) : 0;
      if (work.got.count() < one.shape.data()) {
        is_left = true;
        continue;
      }
      entry.is_rotten = false;
      tier_of(one).got += got;
      tier_of(one).moved_bytes += got * one.shape.fragment_bytes();
      ++outcome_.mended;
    }
    if (!is_left) return;
    one.is_rot_due = true;
    plan(now_ + hour, What::is_read_again, number);
  }

  static Time begin_of(const upkeep::Need& need) {
    return std::chrono::duration_cast<std::chrono::seconds>(need.since - base::Instant{}).count();
  }
  // When a node's turn comes.
  Time begins(const Tessera& one, std::uint32_t node, const std::vector<upkeep::Holder>& holders,
              bool is_urgent) const {
    const auto seed = options_.seed ^ nodes_[node].place ^
                      static_cast<std::uint64_t>(one.need->since.nanoseconds_since_start);
    const auto turn = upkeep::turn_of(nodes_[node].id, one.key, holders, is_urgent, seed);
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
    const auto worker = work(number, assessment);
    if (!worker) return try_again(number, hour);
    OfTier& tier = tier_of(one);
    const auto placed = give(number, assessment.missing, of_node(*worker));
    if (placed == 0) return try_again(number, repair_retry);
    ++tier.repairs;
    if (upkeep::is_worth_keeping(one.shape.tier())) {
      const Time until = now_ + std::chrono::seconds(upkeep::pack_time).count();
      tier.pack_seconds += static_cast<std::uint64_t>(until - std::max(now_, one.pack_until));
      one.pack_at = *worker;
      one.pack_until = until;
    }
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
    const auto& holders = archive_.live_holders(number);
    for (const auto node : archive_.nearest_live(number, turns)) {
      if (!nodes_[node].is_online() || !nodes_[node].is_honest()) continue;
      if (begins(one, node, holders, is_urgent) > now_) continue;
      if (!std::ranges::contains(one.works, node, &Work::node)) one.works.push_back({node, {}});
    }
  }

  // The one that has all that it takes now.
  std::optional<std::uint32_t> work(std::uint32_t number, const upkeep::Assessment& assessment) {
    Tessera& one = archive_.tesserae[number];
    for (auto& work : one.works) {
      if (!nodes_[work.node].is_online()) continue;
      const auto got = archive_.gather(number, work);
      // Those whom it asks see that somebody is at work.
      if (got > 0) one.need = upkeep::follow(one.need, assessment, instant(), true);
      tier_of(one).got += got;
      tier_of(one).moved_bytes += got * one.shape.fragment_bytes();
      if (work.got.count() >= one.shape.data()) return work.node;
    }
    return std::nullopt;
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
      case What::rots: return rot();
      case What::is_read_again: return mend(whom);
      case What::is_given_again:
        archive_.tesserae[whom].is_giving_due = false;
        return give_again(whom);
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
  std::vector<Glance> glances_;
  Archive archive_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  Outcome outcome_;
  std::vector<std::uint32_t> slots_;
  Time rot_step_ = 0;
};

}  // namespace

Outcome play(const Options& options) { return Century(options).run(); }

}  // namespace tesseras::century
