// A node that comes, or comes back, is known to all whom it has asked: whatever comes first, their
// answers or that others reach it.
#include "preserve/dht/engine_fixture.hpp"

namespace tesseras::dht {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Newcomer, IsKnownToWhoAnswersLate) {
  for (milliseconds delay{30}; delay < milliseconds(130); delay += milliseconds(5)) {
    EngineWorld world;
    auto& slow = world.add();
    auto& quick = world.add();
    auto& newcomer = world.add();
    slow.engine->bootstrap(world.now(), {}, {});
    quick.engine->bootstrap(world.now(), {slow.at}, {});
    world.run(seconds(10));
    slow.delay = delay;
    newcomer.engine->bootstrap(world.now(), {slow.at, quick.at}, {});
    world.run(seconds(4));
    for (const auto* other : {&slow, &quick})
      EXPECT_NE(other->engine->table().find(newcomer.engine->self().id), nullptr)
          << other->number << " after " << delay.count() << " ms";
  }
}

}  // namespace
}  // namespace tesseras::dht
