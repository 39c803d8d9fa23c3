// For tests: both sides of a transfer, over QUIC between nodes of one process.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "foundation/transport/quic_fixture.hpp"
#include "preserve/replica/holder_fixture.hpp"
#include "preserve/replica/transfer.hpp"

namespace tesseras::replica {

// Node 1 keeps fragments; nodes 0 and 2 ask it.
class TransferTest : public transport::TransportTest<transport::QuicFixture> {
 protected:
  using Bytes = base::Bytes;
  using ByteSpan = base::ByteSpan;

  explicit TransferTest(std::size_t pack_bytes = 5'000'000)
      : pack_(bytes_of(1, pack_bytes)),
        plan_(signed_plan_of(pack_)),
        fragments_(fragments_of(pack_)) {}
  ~TransferTest() override { end(); }

  void end() {
    tasks_.reset();
    if (holder_) holder_->workers.reset();
    fixture_.reset();
    holder_.reset();
  }
  void begin_with(AdmissionOptions admission = {.max_bytes = std::uint64_t{1} << 40U},
                  runtime::Disk* disk = nullptr) {
    end();
    begin();
    holder_ =
        std::make_unique<HolderNode>(loop(1), node(1), disk != nullptr ? *disk : disk_, admission);
  }

  dht::NodePublicKey key(std::size_t of) { return {node(of).self().bytes}; }
  runtime::Offload beside(std::size_t at) {
    return runtime::Offload(loop(at), holder_->workers.get());
  }
  // Reads `bytes` in pieces; fails with io when it comes to `breaks_at`.
  static std::function<Result<ReadNext>(std::uint64_t)> reads(
      ByteSpan bytes, std::optional<std::uint64_t> breaks_at = {}) {
    return [bytes, breaks_at](std::uint64_t offset) -> Result<ReadNext> {
      return [bytes, breaks_at,
              at = offset](base::MutableByteSpan into) mutable -> Result<std::size_t> {
        if (breaks_at && at >= *breaks_at) return base::fail(base::Code::io, "the disk is gone");
        const auto end = std::min<std::uint64_t>(bytes.size(), breaks_at.value_or(bytes.size()));
        const auto count = std::min<std::uint64_t>(into.size(), end - at);
        std::ranges::copy(bytes.subspan(at, count), into.begin());
        at += count;
        return count;
      };
    };
  }
  Gift gift(unsigned fragment) const {
    return {plan_.id(), std::make_shared<const Bytes>(plan_.encoded()),
            fragment,   plan_.plan().shape.fragment_bytes(),
            false,      reads(fragments_.at(fragment))};
  }
  // What came of it, by the time that the peer does not say `later` any more.
  Result<Answer> give(Gift gift, std::size_t from = 0) {
    const auto session = open(from, 1);
    Result<Answer> answer = Answer::later;
    const auto body = [&]() -> Task<void> {
      answer = co_await give_fragment(session, beside(from), gift);
    };
    EXPECT_TRUE(run_until([&] {
      EXPECT_TRUE(finish(body()));
      return !answer || *answer != Answer::later;
    }));
    return answer;
  }
  Result<Bytes> get(unsigned fragment, std::uint64_t offset = 0,
                    std::optional<base::ContentHash> content_hash = {}) {
    const auto session = open(2, 1);
    Bytes got;
    Result<void> done;
    const auto body = [&]() -> Task<void> {
      const GetFragmentRequest request{content_hash.value_or(plan_.plan().content_hash), fragment,
                                       offset, plan_.id()};
      done = co_await get_fragment(session, beside(2), request, plan_.plan().shape.fragment_bytes(),
                                   [&](ByteSpan bytes) -> Result<void> {
                                     got.insert(got.end(), bytes.begin(), bytes.end());
                                     return {};
                                   });
    };
    EXPECT_TRUE(finish(body()));
    if (!done) return base::fail(done.error());
    return got;
  }
  GetPlanResponse plan_at(const base::ContentHash& content_hash) {
    const auto session = open(2, 1);
    Result<GetPlanResponse> response;
    const auto body = [&]() -> Task<void> {
      response = co_await get_plan(session, beside(2), {content_hash, plan_.id()});
    };
    EXPECT_TRUE(finish(body()));
    EXPECT_TRUE(response) << response.error().message;
    return response.value_or(GetPlanResponse{});
  }
  OfferResponse offer(std::size_t from, unsigned fragment, bool is_repair = false) {
    const auto session = open(from, 1);
    Result<Bytes> answer;
    const auto body = [&]() -> Task<void> {
      const OfferRequest request{fragment, plan_.encoded(), is_repair};
      answer =
          co_await transport::exchange(*session, OfferRequest::method, encode(request), later());
    };
    EXPECT_TRUE(finish(body()));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? decode<OfferResponse>(*answer).value() : OfferResponse{};
  }
  // Offers, sends these bytes, and breaks off when they have all come.
  void send_and_break_off(std::size_t from, unsigned fragment, ByteSpan bytes) {
    ASSERT_EQ(offer(from, fragment).answer, Answer::wanted);
    const auto session = open(from, 1);
    const auto before = holder_->receiver->counts().bytes_received;
    const auto has_come = [&] {
      return holder_->receiver->counts().bytes_received - before == bytes.size();
    };
    const auto body = [&]() -> Task<void> {
      const auto stream = transport::value_of(co_await session->open_stream(later()));
      const SendRequest request{fragment, 0, plan_.id()};
      (void)co_await transport::write_request(*stream, SendRequest::method, encode(request),
                                              later());
      (void)co_await stream->write(bytes, later());
      while (!has_come())
        co_await runtime::sleep_until(loop(from), in(std::chrono::milliseconds(5)));
    };
    EXPECT_TRUE(finish(body()));
    EXPECT_TRUE(run_until([&] { return holder_->store->leftover_bytes() > 0; }));
  }
  // Sends these bytes as they are.
  Result<Answer> send(std::size_t from, unsigned fragment, std::uint64_t offset, ByteSpan bytes) {
    const auto session = open(from, 1);
    Result<Bytes> answer;
    const auto body = [&]() -> Task<void> {
      const auto stream = transport::value_of(co_await session->open_stream(later()));
      const SendRequest request{fragment, offset, plan_.id()};
      (void)co_await transport::write_request(*stream, SendRequest::method, encode(request),
                                              later());
      (void)co_await stream->write(bytes, later());
      stream->finish();
      answer = co_await transport::read_answer(*stream, later());
    };
    EXPECT_TRUE(finish(body()));
    if (!answer) return base::fail(answer.error());
    return decode<SendResponse>(*answer).value().answer;
  }

  Bytes pack_;
  SignedPlan plan_;
  std::vector<Bytes> fragments_;
  runtime::MemoryDisk disk_;
  std::unique_ptr<HolderNode> holder_;
};

}  // namespace tesseras::replica
