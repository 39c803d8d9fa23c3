#include "sim/scenarios/month.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "sim/century/century.hpp"
#include "sim/century/population.hpp"
#include "sim/scenarios/authors.hpp"
#include "sim/scenarios/false_holder.hpp"
#include "sim/scenarios/whole_node.hpp"

namespace tesseras::scenarios {
namespace {

using century::day;
using century::Fate;
using century::Time;

constexpr unsigned liars_percent = 10;
constexpr std::size_t nodes_per_author = 25;
constexpr std::size_t tesserae_per_author = 8;

// The first node never goes, and keeps nothing: all others begin with it. Then come the authors,
// then those whose fates are told.
class Month {
 public:
  explicit Month(const MonthOptions& options)
      : options_(options),
        end_(static_cast<Time>(options.days) * day),
        fates_(century::make_fates(static_cast<unsigned>(options.nodes), end_,
                                   {.seed = options.seed,
                                    .mean_life_days = options.mean_life_days,
                                    .liars_percent = liars_percent,
                                    .has_networks = true})),
        authors_(1 + options.nodes / nodes_per_author, tesserae_per_author),
        net_(world_of()) {
    config_.storage.min_free_space_bytes = 0;
    // A disk is read again in days, not in seconds: there is little on it.
    config_.storage.scrub_bytes_per_second = 10;
    const dht::Capabilities none;
    for (std::size_t i = 0; i <= authors_.count(); ++i) net_.set_capabilities(i, none);
  }

  Report run() {
    start_all();
    authors_.publish_all();
    Time told = 0;
    for (const auto& event : events()) {
      pass_until(event.at);
      happen(event);
      if (event.at - told >= day) {
        told = event.at;
        options_.progress(fmt::format("day {}", told / day));
      }
    }
    pass_until(end_);
    return judge();
  }

 private:
  enum class What : std::uint8_t { comes, goes_off, comes_back, dies, authors_go };
  struct Event {
    Time at = 0;
    std::size_t fate = 0;
    What what = What::comes;

    auto operator<=>(const Event&) const = default;
  };

  std::size_t node_of(std::size_t fate) const { return 1 + authors_.count() + fate; }

  DhtWorldOptions world_of() {
    DhtWorldOptions made;
    made.seed = options_.seed;
    made.nodes = node_of(fates_.size());
    // Scenarios of their own show what the table does hour by hour; here it would be most of the
    // work.
    made.service.engine.republish_every = std::chrono::hours(12);
    made.service.engine.refresh_every = std::chrono::hours(12);
    made.service.engine.check_every = std::chrono::hours(3);
    made.service.engine.pointer_ttl = std::chrono::hours(48);
    made.service.store.ttl_max = std::chrono::hours(48);
    made.service.engine.capabilities.bits |= dht::Capabilities{dht::Capability::replicate}.bits;
    for (std::size_t i = 0; i <= authors_.count(); ++i)
      made.addresses.push_back(sim::IpAddress::v4(30, 0, static_cast<std::uint8_t>(i), 1));
    std::map<unsigned, std::uint8_t> in_block;
    for (const auto& fate : fates_) {
      const auto block = fate.node.block;
      const auto host = ++in_block[block];
      ASSERT(host != 0);
      made.addresses.push_back(sim::IpAddress::v4(20, static_cast<std::uint8_t>(block / 256),
                                                  static_cast<std::uint8_t>(block % 256), host));
    }
    made.furnish = [this](const Ground& ground) { return furnish(ground); };
    return made;
  }

  std::unique_ptr<sim::Program> furnish(const Ground& ground) {
    if (ground.number == 0) return nullptr;
    if (ground.number <= authors_.count())
      return authors_.furnish(ground.number - 1, ground, config_, deeds_);
    const auto& who = fates_[ground.number - node_of(0)].node;
    if (!who.is_honest()) return std::make_unique<FalseHolder>(ground, config_, who.honesty);
    return std::make_unique<WholeNode>(ground, config_, nullptr, deeds_);
  }

  void start_all() {
    constexpr auto pause = std::chrono::milliseconds(100);
    const auto first = node_of(options_.nodes);
    for (std::size_t i = 0; i < first; ++i) {
      net_.start(i);
      net_.world().run_for(pause);
    }
    net_.world().run_for(std::chrono::minutes(2));
  }

  std::vector<Event> events() const {
    std::vector<Event> all{{day, 0, What::authors_go}};
    for (std::size_t i = 0; i < fates_.size(); ++i) {
      const auto& fate = fates_[i];
      if (fate.born > 0) all.push_back({fate.born, i, What::comes});
      for (const auto& off : fate.off) {
        all.push_back({off.from, i, What::goes_off});
        if (off.until < std::min(end_, fate.node.dies_at))
          all.push_back({off.until, i, What::comes_back});
      }
      if (fate.node.dies_at < end_) all.push_back({fate.node.dies_at, i, What::dies});
    }
    std::ranges::sort(all);
    return all;
  }

  // The world's clock begins before the first day does.
  void pass_until(Time at) {
    const auto when = base::Instant{} + std::chrono::seconds(at);
    if (when > net_.world().now()) net_.world().run_for(when - net_.world().now());
  }

  void happen(const Event& event) {
    if (event.what == What::authors_go) return authors_go();
    const auto number = node_of(event.fate);
    if (event.what == What::comes || event.what == What::comes_back) {
      if (!net_.is_on(number)) net_.start(number);
      return;
    }
    if (net_.is_on(number)) net_.crash(number);
    if (event.what == What::dies) (void)net_.world().node(number).disk().remove_tree("/");
  }

  void authors_go() {
    report_.add(authors_.not_spread());
    for (std::size_t i = 1; i <= authors_.count(); ++i) {
      net_.crash(i);
      (void)net_.world().node(i).disk().remove_tree("/");
    }
    got_on_first_day_ = so_far().fragments_given;
  }

  Deeds so_far() {
    Deeds all = deeds_;
    for (std::size_t i = 0; i < fates_.size(); ++i) {
      if (!net_.is_on(node_of(i)) || !fates_[i].node.is_honest()) continue;
      static_cast<const WholeNode&>(net_.furniture(node_of(i))).tell(all);
    }
    return all;
  }

  // On the disks of those who live and are honest, whether they are on or not.
  std::map<base::PlanId, replica::Fragments> whole() {
    std::map<base::PlanId, replica::Fragments> found;
    for (std::size_t i = 0; i < fates_.size(); ++i) {
      const auto& fate = fates_[i];
      if (fate.node.dies_at < end_ || !fate.node.is_honest()) continue;
      if (net_.is_on(node_of(i))) net_.crash(node_of(i));
      auto& disk = net_.world().node(node_of(i)).disk();
      const auto store = replica::FragmentStore::open(disk, "/fragments");
      if (!store) {
        report_.add({fmt::format("the store of node {} cannot be opened: {}", node_of(i),
                                 store.error().message)});
        continue;
      }
      for (const auto& one : (*store)->references())
        if ((*store)->check(one.name)) found[one.name.plan].set(one.name.fragment);
    }
    return found;
  }

  Report judge() {
    const auto deeds = so_far();
    const double made = static_cast<double>(deeds.fragments_made);
    const double got = static_cast<double>(deeds.fragments_given - got_on_first_day_);
    report_.add("deaths", static_cast<double>(fates_.size() - options_.nodes));
    report_.add("audits", static_cast<double>(deeds.audits));
    report_.add("lies_found", static_cast<double>(deeds.lies_found));
    report_.add("repairs", static_cast<double>(deeds.repairs));
    report_.add("repairs_failed", static_cast<double>(deeds.repairs_failed));
    report_.add("made", made);
    report_.add("got", got);
    std::size_t lost = 0;
    double above = 0;
    auto found = whole();
    for (const auto& plan : authors_.plans()) {
      const auto& shape = plan.plan().shape;
      const auto count = found[plan.id()].count();
      if (count < shape.data()) ++lost;
      above += static_cast<double>(count) / shape.fragments();
    }
    const auto count = static_cast<double>(authors_.plans().size());
    report_.add("tesserae", count);
    report_.add("lost", static_cast<double>(lost));
    report_.add("whole_percent", 100 * above / count);
    if (lost > 0) report_.add({fmt::format("{} tesserae are lost", lost)});
    compare(made, got);
    report_.digest = fmt::format("{:016x}", net_.world().network().digest());
    return std::move(report_);
  }

  void compare(double made, double got) {
    century::Options same;
    same.seed = options_.seed;
    same.nodes = static_cast<unsigned>(options_.nodes);
    same.tesserae = static_cast<unsigned>(authors_.plans().size());
    same.days = options_.days;
    same.mean_life_days = options_.mean_life_days;
    same.liars_percent = liars_percent;
    same.block_loss_days = 0;
    same.shape_of = [this](std::uint32_t number) { return authors_.plans()[number].plan().shape; };
    const auto outcome = century::play(same);
    double century_made = 0, century_got = 0;
    for (const auto& tier : outcome.tiers) {
      century_made += static_cast<double>(tier.made);
      century_got += static_cast<double>(tier.got);
    }
    report_.add("century_deaths", static_cast<double>(outcome.deaths));
    report_.add("century_made", century_made);
    report_.add("century_got", century_got);
    report_.add("century_lost", static_cast<double>(outcome.lost()));
    const auto judge = [&](std::string_view what, double here, double there, double apart_max) {
      if (std::abs(here - there) > apart_max * std::max(here, there))
        report_.add({fmt::format("fragments {} by whole nodes: {}, and in the century: {}", what,
                                 here, there)});
    };
    judge("made", made, century_made, options_.made_apart_max);
    judge("got", got, century_got, options_.got_apart_max);
  }

  MonthOptions options_;
  Time end_;
  node::Config config_;
  Deeds deeds_;
  Report report_;
  std::vector<Fate> fates_;
  Authors authors_;
  std::uint64_t got_on_first_day_ = 0;
  DhtWorld net_;  // its programs use all of these
};

}  // namespace

Report play(const MonthOptions& options) { return Month(options).run(); }

Report play_month(const Options& options) {
  MonthOptions made;
  made.seed = options.seed;
  made.nodes = options.nodes;
  made.progress = options.progress;
  return play(made);
}

}  // namespace tesseras::scenarios
