#include "preserve/replica/fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "foundation/runtime/whole_file.hpp"
#include "foundation/transport/quic_fixture.hpp"
#include "preserve/replica/assembly.hpp"
#include "preserve/replica/holder_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using ::testing::HasSubstr;
using transport::QuicFixture;
using transport::Stream;

// Node 0 fetches from nodes 1 and 2.
class FetchTest : public transport::TransportTest<QuicFixture> {
 protected:
  FetchTest() {
    begin();
    for (std::size_t i = 0; i < 2; ++i)
      holders_[i] = std::make_unique<HolderNode>(loop(i + 1), node(i + 1), holder_disks_[i]);
    workers_ = std::make_unique<runtime::Workers>(1);
  }
  ~FetchTest() override {
    tasks_.reset();
    workers_.reset();
    for (auto& one : holders_) one->workers.reset();
    fixture_.reset();
  }

  // Node 1 or 2 keeps those from `first` to before `end`, and says so.
  void keep(std::size_t at, unsigned first, unsigned end) {
    for (unsigned i = first; i < end; ++i) holders_[at - 1]->take(plan_, i, fragments_[i]);
    sources_.push_back(peer(at));
  }
  FetchOptions options() {
    return {.content_hash = plan_.plan().content_hash,
            .folder = "/fetch",
            .sources = sources_,
            .own = own_,
            .gathering = {},
            .stall_time = stall_time_,
            .rounds = 2,
            .round_pause = std::chrono::milliseconds(50),
            .progress = [this](std::uint64_t come, std::uint64_t needed) {
              EXPECT_LE(come, needed);
              come_ = come;
              needed_ = needed;
            }};
  }
  Task<void> fetch_into(FetchOptions options, std::optional<Result<Fetched>>& result) {
    result = co_await fetch(node(0), runtime::Offload(loop(0), workers_.get()), disk_,
                            runtime::Log(runtime::no_log(), "test"), std::move(options));
  }
  Result<Fetched> fetched() {
    come_ = 0;
    std::optional<Result<Fetched>> result;
    EXPECT_TRUE(finish(fetch_into(options(), result)));
    return *std::move(result);
  }
  void expect_fetched() {
    const auto done = fetched();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(read_pack(done->open_pack, done->plan->plan().shape.pack_bytes()), pack_);
    EXPECT_EQ(come_, needed_);
  }
  // Node 2 answers with what `give` writes behind the answer, and says that it keeps `fragments`.
  void pretend(const Fragments& fragments,
               std::function<Task<void>(Stream&, unsigned fragment)> give) {
    pretender_.emplace([this, fragments, give](auto, auto stream) -> Task<void> {
      const auto request = co_await transport::read_request(*stream, later());
      if (!request) co_return;
      const auto asked = decode<GetFragmentRequest>(request->request.body);
      const auto answer = asked ? encode(GetFragmentResponse{plan_.plan().shape.fragment_bytes()})
                                : encode(GetPlanResponse{fragments, plan_.encoded()});
      (void)co_await transport::write_answer(*stream, request->request.id, answer, later());
      if (asked) co_await give(*stream, asked->fragment);
      stream->finish();
    });
    node(2).serve(&*pretender_);
    sources_.push_back(peer(2));
  }

  Bytes pack_ = bytes_of(1, 5'000'000);
  SignedPlan plan_ = signed_plan_of(pack_);
  std::vector<Bytes> fragments_ = fragments_of(pack_);
  runtime::MemoryDisk disk_;
  std::array<runtime::MemoryDisk, 2> holder_disks_;
  std::array<std::unique_ptr<HolderNode>, 2> holders_;
  std::optional<transport::HandlerOf> pretender_;
  std::unique_ptr<runtime::Workers> workers_;
  std::vector<transport::Peer> sources_;
  std::shared_ptr<FragmentStore> own_;
  std::uint64_t come_ = 0, needed_ = 0;
  std::chrono::milliseconds stall_time_{30'000};
};

TEST_F(FetchTest, BringsBackWhatTwoKeep) {
  keep(1, 0, 12);
  keep(2, 12, 24);
  expect_fetched();
  EXPECT_GT(holders_[0]->giver->counts().fragments_given, 0U);
  EXPECT_GT(holders_[1]->giver->counts().fragments_given, 0U);
}

TEST_F(FetchTest, BringsBackWhatIsLeft) {
  keep(2, 0, 16);
  keep(1, 8, 24);
  fixture_->vanish(2);
  expect_fetched();
}

TEST_F(FetchTest, BringsBackACopy) {
  pack_ = bytes_of(1, 50'000);
  plan_ = signed_plan_of(pack_);
  fragments_ = fragments_of(pack_);
  keep(2, 6, 7);
  expect_fetched();
}

TEST_F(FetchTest, GoesOnWithWhatHasCome) {
  keep(1, 0, 12);
  const auto failed = fetched();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::unavailable);
  EXPECT_THAT(failed.error().message, HasSubstr("12 of the 16"));
  keep(2, 12, 24);
  expect_fetched();
  EXPECT_EQ(holders_[0]->giver->counts().fragments_given, 12U);
  EXPECT_EQ(holders_[1]->giver->counts().fragments_given, 4U);
}

// Nothing of it was brought to the medium: anything may be left.
TEST_F(FetchTest, HashesAgainWhatAPowerCutHasLeft) {
  keep(1, 0, 12);
  keep(2, 12, 24);
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    sources_ = {peer(1)};
    EXPECT_FALSE(fetched());
    disk_.lose_power(seed);
    sources_.push_back(peer(2));
    expect_fetched();
    ASSERT_TRUE(disk_.remove_tree("/fetch"));
  }
}

TEST_F(FetchTest, WhatIsHereWholeNeedsNobody) {
  keep(1, 0, 24);
  expect_fetched();
  sources_.clear();
  keep(2, 0, 1);  // which gives the plan, and need not give more
  expect_fetched();
  EXPECT_EQ(holders_[1]->giver->counts().fragments_given, 0U);
}

TEST_F(FetchTest, TakesWhatItKeepsItselfFromItsOwnStore) {
  runtime::MemoryDisk disk;
  own_ = FragmentStore::open(disk, "/own").value();
  for (unsigned i = 3; i < 14; ++i) {
    auto writer = own_->receive(plan_, i, dht::NodePublicKey{}).value();
    ASSERT_TRUE(writer.append(fragments_[i]));
    ASSERT_TRUE(own_->keep(writer, Charge{}));
  }
  keep(1, 14, 19);
  expect_fetched();
  EXPECT_EQ(holders_[0]->giver->counts().fragments_given, 5U);
  own_.reset();
}

TEST_F(FetchTest, AsksAgainWhoWasTooBusy) {
  keep(1, 0, 8);
  unsigned asked = 0;
  pretend(Fragments().set(8).set(9).set(10).set(11).set(12).set(13).set(14).set(15),
          [&](Stream& stream, unsigned fragment) -> Task<void> {
            if (++asked > 5) (void)co_await stream.write(fragments_[fragment], later());
            if (asked <= 5) stream.reset(wire::ErrorCode::overloaded);
          });
  expect_fetched();
}

TEST_F(FetchTest, TriesTheOtherPlanOfAnAuthorWhoHasSignedTwo) {
  // The second cuts another pack.
  const auto other_pack = bytes_of(2, 5'000'000);
  const auto other = signed_plan_of(other_pack);
  ASSERT_EQ(other.plan().content_hash, plan_.plan().content_hash);
  const auto cut = fragments_of(other_pack);
  for (unsigned i = 0; i < 15; ++i) holders_[0]->take(other, i, cut[i]);
  sources_.push_back(peer(1));
  keep(2, 4, 20);
  expect_fetched();
}

TEST_F(FetchTest, LosesNothingWhenItIsDropped) {
  keep(1, 0, 24);
  std::optional<Result<Fetched>> never;
  spawn(fetch_into(options(), never));
  EXPECT_TRUE(run_until([&] { return holders_[0]->giver->counts().fragments_given >= 4; }));
  tasks_.reset();
  EXPECT_FALSE(never);
  expect_fetched();
  EXPECT_LE(holders_[0]->giver->counts().fragments_given, 4U + 16U);
  const auto bytes = holders_[0]->giver->counts().bytes_given;
  EXPECT_LT(bytes, (16U + 4U) * fragments_[0].size());
}

TEST_F(FetchTest, DropsALiar) {
  pretend(Fragments().set(), [this](Stream& stream, unsigned) -> Task<void> {
    (void)co_await stream.write(fragments_[23], later());
  });
  keep(1, 0, 16);
  expect_fetched();
}

TEST_F(FetchTest, DropsWhoGivesTooLittleOrTooMuch) {
  for (const std::size_t size : {fragments_[0].size() - 1, fragments_[0].size() + 1}) {
    sources_.clear();
    ASSERT_TRUE(disk_.remove_tree("/fetch"));
    pretend(Fragments().set(), [this, size](Stream& stream, unsigned) -> Task<void> {
      (void)co_await stream.write(Bytes(size), later());
    });
    keep(1, 0, 16);
    expect_fetched();
  }
}

TEST_F(FetchTest, DoesNotWaitForTheSlow) {
  pretend(Fragments().set(), [this](Stream& stream, unsigned) -> Task<void> {
    (void)co_await stream.write(Bytes(1000), later());
    co_await runtime::sleep_until(loop(2), base::Instant::never());
  });
  keep(1, 8, 24);
  stall_time_ = std::chrono::milliseconds(500);
  const auto began = loop(0).now();
  expect_fetched();
  EXPECT_LT(loop(0).now() - began, std::chrono::seconds(25));  // well before it gives them up
}

TEST_F(FetchTest, BelievesNoPlanButTheAuthors) {
  const auto other = signed_plan_of(pack_, "other");  // of another tessera
  holders_[0]->take(other, 0, fragments_[0]);
  sources_ = {peer(1), peer(2)};
  const auto failed = fetched();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::not_found);
}

TEST_F(FetchTest, IsToBeTriedAgainWhereHoldersDoNotAnswer) {
  holders_[0]->take(signed_plan_of(pack_, "other"), 0, fragments_[0]);
  auto elsewhere = peer(2);  // another node has its address now
  elsewhere.endpoints = peer(1).endpoints;
  sources_ = {peer(1), elsewhere};
  const auto failed = fetched();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::unavailable) << failed.error().message;
  EXPECT_THAT(failed.error().message, HasSubstr("try again"));
}

TEST_F(FetchTest, SaysWhenOurDiskIsFull) {
  keep(1, 0, 24);
  disk_.set_capacity_bytes(1'000'000);
  const auto failed = fetched();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::exhausted);
  disk_.set_capacity_bytes({});
  expect_fetched();
}

}  // namespace
}  // namespace tesseras::replica
