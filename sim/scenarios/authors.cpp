#include "sim/scenarios/authors.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/clock.hpp"
#include "foundation/runtime/workers.hpp"
#include "node/tessera_plan.hpp"
#include "preserve/custody/create.hpp"

namespace tesseras::scenarios {
namespace {

constexpr std::size_t copied_bytes = 2000;
constexpr std::size_t cut_bytes = 4200 << 10U;  // a little more than others keep copies of

identity::Identity author_from(std::size_t number) {
  identity::RootSeed seed;
  std::ranges::fill(seed.mutable_span(), static_cast<std::byte>(number + 1));
  return identity::Identity::from_seed(seed);
}

// As the node tells it.
class NodeClock final : public runtime::Clock {
 public:
  explicit NodeClock(const sim::Node& node) : node_(node) {}
  base::Instant now() override { return node_.now(); }
  base::WallTime wall_now() override { return node_.wall_now(); }

 private:
  const sim::Node& node_;
};

runtime::path write_folder(sim::Node& node, std::size_t number, std::size_t size_bytes) {
  const auto folder = runtime::path("/family") / fmt::format("{}", number);
  auto& disk = node.disk();
  ASSERT(disk.make_folders(folder, 0700).has_value());
  base::Bytes noise(size_bytes);
  node.fill_random(noise);
  const auto file = disk.create(folder / "noise.bin", 0600);
  ASSERT(file.has_value() && (*file)->append(noise).has_value());
  return folder;
}

}  // namespace

void Authors::make_tesserae(std::size_t number, sim::Node& node) {
  Author& author = authors_[number];
  author.indexes = vault::memory_index_home();
  ASSERT(vault::Vault::create(node.disk(), "/vault", *author.indexes).has_value());
  const auto vault = vault::Vault::open(node.disk(), "/vault", *author.indexes);
  ASSERT(vault.has_value());
  const auto identity = author_from(number);
  NodeClock clock(node);
  runtime::Workers workers(1);
  custody::Tools tools{node.disk(), clock, workers, runtime::no_progress(), {}};
  for (std::size_t i = 0; i < each_; ++i) {
    custody::CreateOptions options;
    options.folder = write_folder(node, i, i % 3 == 0 ? copied_bytes : cut_bytes);
    options.choices.include_other = true;
    const auto made = custody::create(**vault, identity, options, tools);
    ASSERT(made.has_value() && made->tesserae.size() == 1);
    auto plan = node::plan_tessera(**vault, made->tesserae.front().content_hash, identity, tools);
    ASSERT(plan.has_value());
    author.plans.push_back(plans_.size());
    plans_.push_back(*std::move(plan));
  }
}

std::unique_ptr<sim::Program> Authors::furnish(std::size_t number, const Ground& ground,
                                               const node::Config& config, Deeds& deeds) {
  Author& author = authors_.at(number);
  if (author.plans.empty()) make_tesserae(number, ground.node);
  auto node = std::make_unique<WholeNode>(
      ground, config,
      [&author, &disk = ground.node.disk()] {
        return vault::Vault::open(disk, "/vault", *author.indexes);
      },
      deeds);
  author.node = node.get();
  return node;
}

void Authors::publish_all() {
  for (const auto& author : authors_)
    for (const auto plan : author.plans) author.node->publish(plans_[plan]);
}

std::vector<std::string> Authors::not_spread() const {
  std::vector<std::string> faults;
  for (const auto& author : authors_) {
    for (const auto number : author.plans) {
      const auto& plan = plans_[number].plan();
      const auto spread = author.node->spreading().spread_of(plan.content_hash);
      if (spread && spread->kept.count() == plan.shape.fragments()) continue;
      faults.push_back(fmt::format("of tessera {} others keep {} of {} after a day", number,
                                   spread ? spread->kept.count() : 0, plan.shape.fragments()));
    }
  }
  return faults;
}

}  // namespace tesseras::scenarios
