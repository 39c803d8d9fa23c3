// A node that says it keeps what it was given, keeps it from everybody, and has its own way of
// meeting audits.
#pragma once

#include <memory>

#include "node/announcing.hpp"
#include "node/holding.hpp"
#include "node/publications.hpp"
#include "preserve/replica/refusals.hpp"
#include "sim/century/population.hpp"
#include "sim/scenarios/dht_world.hpp"

namespace tesseras::scenarios {

class FalseHolder final : public sim::Program {
 public:
  // `how`: not honest.
  FalseHolder(const Ground& ground, const node::Config& config, century::Honesty how);
  FalseHolder(const FalseHolder&) = delete;
  FalseHolder& operator=(const FalseHolder&) = delete;

 private:
  using Session = std::shared_ptr<transport::Session>;
  using Stream = std::unique_ptr<transport::Stream>;

  runtime::Task<void> prove(Session session, Stream stream, transport::ReceivedRequest request);
  runtime::Task<void> give(Session session, Stream stream, transport::ReceivedRequest request);

  sim::Node& node_;
  century::Honesty how_;
  node::Publications publications_;
  replica::Refusals refusals_;
  std::unique_ptr<node::Holding> holding_;
  std::unique_ptr<node::Announcing> announcing_;
};

}  // namespace tesseras::scenarios
