#include "node/own_packs.hpp"

#include <gtest/gtest.h>

#include "node/tessera_plan.hpp"
#include "preserve/custody/testing.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using custody::testing::Machine;
using custody::testing::must;

// A vault with a tessera that is published, and has a plan.
class OwnPacksTest : public ::testing::Test {
 protected:
  OwnPacksTest() {
    must(vault::Vault::create(disk_, "/data", *indexes_));
    const auto vault = must(open_vault_());
    custody::testing::put(disk_, "/family/long.txt", std::string(300'000, 'l'));
    auto tools = machine_.tools();
    const auto made =
        must(custody::create(*vault, author_, custody::testing::all_of("/family"), tools));
    hash_ = made.tesserae.at(0).content_hash;
    must(plans_.set(must(plan_tessera(*vault, hash_, author_, tools))));
    must(publications_.add(hash_));
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_};
  std::unique_ptr<vault::IndexHome> indexes_ = vault::memory_index_home();
  OpenVault open_vault_ = [this] { return vault::Vault::open(disk_, "/data", *indexes_); };
  identity::Identity author_ = replica::author_from(7);
  Publications publications_ = must(Publications::open(disk_, "/published"));
  OwnPlans plans_ = must(OwnPlans::open(disk_, "/plans"));
  replica::Refusals refusals_ = must(replica::Refusals::open(disk_, "/refused"));
  replica::OwnTesserae own_ = own_tesserae(publications_, plans_, refusals_, open_vault_);
  base::ContentHash hash_;
};

TEST_F(OwnPacksTest, GivesWhatThePlanSays) {
  ASSERT_TRUE(own_.has(hash_));
  const auto plan = must(own_.plan(hash_));
  const auto opened = must(replica::open_own(own_, {hash_, 5, 0, plan.id()}));
  base::Bytes pack(opened.size_bytes);
  EXPECT_EQ(must(opened.read(pack)), pack.size());
  EXPECT_EQ(crypto::blake3(pack), plan.plan().hash_of(5));
}

TEST_F(OwnPacksTest, GivesNothingOfWhatIsNotPublishedWithAPlan) {
  EXPECT_FALSE(own_.has(replica::small_sample(1).plan.plan().content_hash));
  must(publications_.remove(std::array{hash_}));
  EXPECT_FALSE(own_.has(hash_));
  must(publications_.add(hash_));
  EXPECT_TRUE(own_.has(hash_));
  must(plans_.remove(hash_));
  EXPECT_FALSE(own_.has(hash_));
}

TEST_F(OwnPacksTest, GivesNothingOfWhatWasTakenBackOrIsBlocked) {
  must(refusals_.block(hash_, machine_.clock.wall_now()));
  EXPECT_FALSE(own_.has(hash_));
}

TEST_F(OwnPacksTest, SaysWhenTheVaultHasItNoLonger) {
  const auto plan = must(own_.plan(hash_));
  must(must(open_vault_())->remove(hash_, machine_.clock.wall_now()));
  const auto opened = replica::open_own(own_, {hash_, 0, 0, plan.id()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::not_found);
}

}  // namespace
}  // namespace tesseras::node
