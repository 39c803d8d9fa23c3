// What a node is told of others it believes only so far as they bear it out: neither who is in its
// table, nor where they are, is for strangers to say.
#include "preserve/dht/engine_fixture.hpp"

namespace tesseras::dht {
namespace {

using std::chrono::seconds;

// One engine among nodes that answer as they are told to.
class Hearsay : public ::testing::Test {
 protected:
  struct Scripted {
    NodeInfo info;
    std::vector<NodeInfo> tells_of;  // to every question
  };

  Hearsay() {
    for (std::uint32_t i = 0; i < 3; ++i)
      scripted_.push_back({real_node(100 + i, distinct_endpoint(100 + i)), {}});
    // The last is the farthest from the key that is looked for, which is the first one's id.
    key_ = key_of(scripted_[0].info.id);
    if (distance(scripted_[1].info.id, key_) > distance(scripted_[2].info.id, key_))
      std::swap(scripted_[1], scripted_[2]);
    std::vector<Endpoint> all;
    for (const auto& one : scripted_) all.push_back(one.info.endpoints.front());
    engine().bootstrap(world_.now(), all, {});
    drive();
    EXPECT_EQ(engine().table().size(), 3U);
  }

  static EngineOptions options() {
    EngineOptions options;
    options.lookup.width = 2;
    return options;
  }
  Engine& engine() { return *node_.engine; }
  Scripted& liar() { return scripted_[0]; }
  const NodeInfo& honest() const { return scripted_[2].info; }

  // Whoever is at one of the endpoints, and has that key.
  const Scripted* at(const Outgoing& out, Endpoint& where) const {
    for (const Endpoint& endpoint : out.endpoints) {
      for (const Scripted& one : scripted_) {
        if (one.info.endpoints.front() != endpoint) continue;
        if (out.to && *out.to != one.info.key) continue;
        where = endpoint;
        return &one;
      }
    }
    return nullptr;
  }
  // Until nothing more is asked.
  void drive() {
    while (const auto out = engine().poll(world_.now())) {
      if (out->is_answer) continue;
      Endpoint where;
      const Scripted* who = at(*out, where);
      if (who == nullptr) {
        engine().on_failure(world_.now(), out->id);
        continue;
      }
      const auto request = wire::decode_request(base::ByteSpan(out->frame).subspan(4)).value();
      base::Bytes body;
      if (request.method == PingRequest::method) {
        body = encode(PingResponse{who->info, node_.at});
      } else if (request.method == FindNodeRequest::method) {
        body = encode(FindNodeResponse{who->tells_of});
      } else if (request.method == FindValueRequest::method) {
        body = encode(FindValueResponse{who->tells_of, {}});
      } else {
        engine().on_failure(world_.now(), out->id);
        continue;
      }
      const auto said = wire::encode(wire::Response{out->id, body}).value();
      engine().on_message(world_.now(), {who->info.key, where, true, {}},
                          base::ByteSpan(said).subspan(4));
    }
  }

  EngineWorld world_{options()};
  EngineWorld::Node& node_ = world_.add();
  std::vector<Scripted> scripted_;
  Key key_;
};

TEST_F(Hearsay, DrivesNobodyOut) {
  NodeInfo elsewhere = honest();
  elsewhere.endpoints = {distinct_endpoint(999)};  // where nobody is
  liar().tells_of = {elsewhere};
  const auto failed = engine().counts().requests_failed;
  for (int i = 0; i < 10; ++i) {
    engine().find(world_.now(), key_);
    drive();
  }
  EXPECT_GE(engine().counts().requests_failed - failed, 3U) << "it was never asked there";
  EXPECT_NE(engine().table().find(honest().id), nullptr);
}

TEST_F(Hearsay, SaysNotWhereAKnownOneIs) {
  NodeInfo everywhere = honest();
  for (std::uint32_t i = 0; i < 7; ++i) everywhere.endpoints.push_back(distinct_endpoint(900 + i));
  everywhere.capabilities = {};
  liar().tells_of = {everywhere};
  engine().find(world_.now(), key_);
  drive();
  const Contact* contact = engine().table().find(honest().id);
  ASSERT_NE(contact, nullptr);
  EXPECT_EQ(contact->info, honest());
}

TEST_F(Hearsay, SaysNotWhereANewOneIs) {
  scripted_.push_back({real_node(200, distinct_endpoint(200)), {}});
  const NodeInfo newcomer = scripted_.back().info;
  NodeInfo everywhere = newcomer;
  for (std::uint32_t i = 0; i < 7; ++i) everywhere.endpoints.push_back(distinct_endpoint(900 + i));
  liar().tells_of = {everywhere};
  engine().find(world_.now(), key_);
  drive();
  const Contact* contact = engine().table().find(newcomer.id);
  ASSERT_NE(contact, nullptr);
  EXPECT_EQ(contact->info, newcomer);
}

// Who has moved is found by what others say, and then tells the rest itself.
TEST_F(Hearsay, LeadsToWhoHasMoved) {
  auto& mover = scripted_[2];
  mover.info.endpoints = {distinct_endpoint(300), distinct_endpoint(301)};
  NodeInfo told = mover.info;
  told.endpoints = {distinct_endpoint(300)};
  liar().tells_of = {told};
  engine().find(world_.now(), key_);
  drive();
  const Contact* contact = engine().table().find(mover.info.id);
  ASSERT_NE(contact, nullptr);
  EXPECT_EQ(contact->reached_at, distinct_endpoint(300));
  EXPECT_EQ(contact->info, mover.info);
}

}  // namespace
}  // namespace tesseras::dht
