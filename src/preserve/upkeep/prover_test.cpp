// Both sides of an audit, over QUIC between nodes of one process.
#include "preserve/upkeep/prover.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "foundation/runtime/workers.hpp"
#include "foundation/transport/quic_fixture.hpp"
#include "foundation/transport/transport_fixture.hpp"
#include "preserve/replica/replica_fixture.hpp"
#include "preserve/upkeep/auditor.hpp"

namespace tesseras::upkeep {
namespace {

using base::Code;
using transport::QuicFixture;

// Node 1 keeps a fragment of 256 KiB and one of 5,000 bytes; nodes 0 and 2 ask it.
class ProverTest : public transport::TransportTest<QuicFixture> {
 protected:
  ProverTest() {
    EXPECT_TRUE(replica::keep(*store_, large_, 3));
    EXPECT_TRUE(replica::keep(*store_, small_, 0));
    begin_with({});
  }
  ~ProverTest() override { end(); }

  void begin_with(const ProverOptions& options) {
    end();
    begin();
    workers_ = std::make_unique<runtime::Workers>(1);
    prover_.emplace(runtime::Offload(loop(1), workers_.get()), store_, options);
    node(1).serve(&handler_);
  }
  void end() {
    tasks_.reset();
    workers_.reset();
    fixture_.reset();
    prover_.reset();
  }

  static SharedFragment shared(const replica::Sample& sample, unsigned fragment) {
    return {sample.name(fragment), sample.plan.plan().content_hash, sample.hash(fragment),
            sample.fragment(fragment).size()};
  }
  std::vector<Sample> all_drawn(std::uint64_t seed = 1) const {
    const std::vector both = {shared(large_, 3), shared(small_, 0)};
    return draw(both, Limits::challenges_max, seed);
  }
  Asked asked(std::span<const Sample> samples, std::size_t from = 0) {
    const auto session = open(from, 1);
    std::optional<Asked> asked;
    const auto body = [&]() -> Task<void> {
      asked.emplace(co_await ask(session, loop(from), samples));
    };
    EXPECT_TRUE(finish(body()));
    return *std::move(asked);
  }
  std::vector<Finding> found(std::span<const Sample> samples, std::size_t from = 0) {
    return judge(samples, asked(samples, from).answer);
  }
  // What node 1 answers to these bytes.
  std::optional<Code> refusal_of(base::Bytes body) {
    const auto session = open(0, 1);
    std::optional<Code> code;
    const auto task = [&]() -> Task<void> {
      code = transport::code_of(
          co_await transport::exchange(*session, ProveRequest::method, body, later()));
    };
    EXPECT_TRUE(finish(task()));
    return code;
  }

  replica::Sample large_ = replica::medium_sample(1);
  replica::Sample small_ = replica::small_sample(2);
  runtime::MemoryDisk disk_;
  std::shared_ptr<replica::FragmentStore> store_ =
      replica::FragmentStore::open(disk_, "/fragments").value();
  std::unique_ptr<runtime::Workers> workers_;
  std::optional<Prover> prover_;
  transport::HandlerOf handler_{[this](auto session, auto stream) -> Task<void> {
    auto request = co_await transport::read_request(*stream, base::Instant::never());
    if (!request) co_return;
    EXPECT_TRUE(Prover::is_method(request->request.method));
    co_await prover_->serve(std::move(session), std::move(stream), *std::move(request));
  }};
};

TEST_F(ProverTest, ProvesWhatIsKept) {
  const auto samples = all_drawn();
  EXPECT_EQ(found(samples), std::vector(16, Finding::proved));
  EXPECT_EQ(prover_->counts().proved, 16U);
  EXPECT_EQ(prover_->counts().not_kept, 0U);
}

TEST_F(ProverTest, ASampleTakesSomeFourteenHundredBytes) {
  const std::vector only = {shared(large_, 3)};  // 256 chunks: eight levels
  const auto result = asked(draw(only, 16, 9));
  ASSERT_TRUE(result.answer) << result.answer.error().message;
  EXPECT_GE(result.wire_bytes, 16 * (1024 + 8 * 32 + 2 * 32));
  EXPECT_LE(result.wire_bytes, 16 * 1450U);
}

TEST_F(ProverTest, SaysWhatIsNotKept) {
  auto samples = all_drawn();
  samples.resize(4);
  samples[0].challenge.name.fragment = 4;                               // another fragment
  samples[1].challenge.name.plan.bytes[0] ^= std::byte{1};              // another plan
  samples[2].challenge.chunk = 256;                                     // no such chunk
  samples[3].challenge.content_hash = small_.plan.plan().content_hash;  // of another tessera
  EXPECT_EQ(found(samples), std::vector(4, Finding::not_kept));
  EXPECT_EQ(prover_->counts().not_kept, 4U);
}

TEST_F(ProverTest, ADroppedFragmentIsNotKept) {
  const std::vector only = {shared(small_, 0)};
  const auto samples = draw(only, 16, 1);
  ASSERT_EQ(samples.size(), 5U);
  EXPECT_EQ(found(samples), std::vector(5, Finding::proved));
  ASSERT_TRUE(store_->drop(small_.name(0)));
  EXPECT_EQ(found(samples), std::vector(5, Finding::not_kept));
}

// The disk has turned a bit of a chunk: that is found in its group, nothing false is given, and
// from then on nothing of the fragment.
TEST_F(ProverTest, ARottenFragmentIsNotKept) {
  const replica::HoldingLayout layout("/fragments");
  disk_.flip_bit(layout.object(large_.hash(3)), 1024 * 17 + 5, 2);
  const auto fragment = shared(large_, 3);
  const auto sample_at = [&](std::uint64_t chunk) {
    return Sample{
        {fragment.content_hash, fragment.name, chunk}, fragment.hash, fragment.size_bytes};
  };
  EXPECT_EQ(found(std::vector{sample_at(32)}).front(), Finding::proved);
  EXPECT_EQ(found(std::vector{sample_at(17)}).front(), Finding::not_kept);
  EXPECT_EQ(found(std::vector{sample_at(32)}).front(), Finding::not_kept);
  EXPECT_FALSE(store_->kept(fragment.name.plan).test(3));
}

TEST_F(ProverTest, WhatCannotBeReadNowIsNotKeptNow) {
  const replica::HoldingLayout layout("/fragments");
  const std::vector only = {shared(small_, 0)};
  const auto samples = draw(only, 1, 1);
  disk_.fail_reads(layout.object(small_.hash(0)));
  EXPECT_EQ(found(samples).front(), Finding::not_kept);
  disk_.fail_reads(layout.object(small_.hash(0)), false);
  EXPECT_EQ(found(samples).front(), Finding::proved);
}

TEST_F(ProverTest, APeerThatAsksForTooMuchIsRefused) {
  begin_with(
      {.rate = {.peer = {40, std::chrono::hours(1)}, .network = {1000, std::chrono::hours(1)}}});
  EXPECT_EQ(found(all_drawn(1)).front(), Finding::proved);
  EXPECT_EQ(found(all_drawn(2)).front(), Finding::proved);
  const auto refused = asked(all_drawn(3));
  EXPECT_EQ(transport::code_of(refused.answer), Code::unavailable);
  EXPECT_EQ(prover_->counts().refused, 1U);
  EXPECT_EQ(found(all_drawn(3), 2).front(), Finding::proved);  // another peer
}

TEST_F(ProverTest, WhatIsNoRequestIsRefused) {
  EXPECT_EQ(refusal_of({}), Code::invalid);
  auto two = all_drawn();
  two.resize(2);
  ProveRequest request{{two[0].challenge, two[0].challenge}};
  EXPECT_EQ(refusal_of(encode(request)), Code::invalid);
  EXPECT_EQ(prover_->counts().refused, 2U);
}

TEST_F(ProverTest, APeerWithoutTheMethodIsSilent) {
  node(1).serve(nullptr);
  EXPECT_EQ(found(all_drawn()), std::vector(16, Finding::silent));
}

}  // namespace
}  // namespace tesseras::upkeep
