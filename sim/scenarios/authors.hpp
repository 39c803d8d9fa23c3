// Those who publish what a scenario's nodes keep: with vaults of their own, and tesserae in them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "preserve/replica/plan.hpp"
#include "preserve/vault/index_home.hpp"
#include "sim/scenarios/whole_node.hpp"

namespace tesseras::scenarios {

class Authors {
 public:
  // Of `each` tesserae a third is copies, and the rest is cut.
  Authors(std::size_t count, std::size_t each) : each_(each), authors_(count) {}

  std::size_t count() const { return authors_.size(); }
  // The program of one, which makes its tesserae when it starts for the first time.
  std::unique_ptr<sim::Program> furnish(std::size_t author, const Ground& ground,
                                        const node::Config& config, Deeds& deeds);
  // Of those that are on.
  void publish_all();
  // A fault for each tessera of which others do not keep all now.
  std::vector<std::string> not_spread() const;
  const std::vector<replica::SignedPlan>& plans() const { return plans_; }

 private:
  struct Author {
    std::unique_ptr<vault::IndexHome> indexes;
    std::vector<std::size_t> plans;  // their numbers
    WholeNode* node = nullptr;
  };

  void make_tesserae(std::size_t number, sim::Node& node);

  std::size_t each_;
  std::vector<Author> authors_;
  std::vector<replica::SignedPlan> plans_;
};

}  // namespace tesseras::scenarios
