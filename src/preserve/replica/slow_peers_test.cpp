// Peers that are slow, silent, late or many, and lines that are no better: in time that the test
// makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "foundation/runtime/manual_loop_fixture.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/wire/frame.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/line_fixture.hpp"
#include "preserve/replica/replica_fixture.hpp"
#include "preserve/replica/transfer.hpp"
#include "preserve/replica/transfer_server.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class SlowPeersTest : public testing::Test {
 protected:
  SlowPeersTest() {
    ReceiverOptions options;
    options.admission = {.max_bytes = std::uint64_t{1} << 40U, .min_free_bytes = 0};
    receiver_ = std::make_shared<Receiver>(beside_, store_, ledger_, options, log_);
    giver_ = std::make_shared<Giver>(beside_, store_, log_);
    server_ = std::make_unique<TransferServer>(receiver_, giver_, loop_);
  }

  static const Sample& sample() {
    static const Sample made = medium_sample(1);
    return made;
  }
  static ByteSpan fragment(unsigned number) { return sample().fragment(number); }
  static Caller caller(unsigned char number) {
    return {key_of(number), {runtime::IpAddress::v4(192, 0, number, 1), 4433}};
  }

  std::shared_ptr<Line> line() { return std::make_shared<Line>(); }
  // So many bytes each time that `every` has passed, and behind the last the end.
  std::shared_ptr<Line> line_of(ByteSpan bytes, std::size_t at_once, base::nanoseconds every) {
    auto made = line();
    auto at = loop_.now();
    while (!bytes.empty()) {
      const auto part = bytes.first(std::min(at_once, bytes.size()));
      made->coming.push_back({at = at + every, Bytes(part.begin(), part.end())});
      bytes = bytes.subspan(part.size());
    }
    made->coming.push_back({at, {}});
    return made;
  }

  OfferResponse offer(const Caller& from, unsigned number) {
    OfferResponse response;
    const auto body = [&]() -> Task<void> {
      const auto offered =
          co_await receiver_->offer(from, {number, sample().plan.encoded(), false});
      EXPECT_TRUE(offered) << offered.error().message;
      response = offered.value_or(OfferResponse{});
    };
    tasks_.spawn(body());
    loop_.run_for(seconds(0));
    return response;
  }
  // What came of it, and after how long.
  struct Outcome {
    Result<SendResponse> response;
    base::nanoseconds time{0};
  };
  Outcome receive(const Caller& from, unsigned number, std::uint64_t offset,
                  std::shared_ptr<Line> line) {
    Outcome outcome;
    const auto begin = loop_.now();
    bool is_over = false;
    const auto body = [&]() -> Task<void> {
      LineStream stream(loop_, line);
      outcome.response =
          co_await receiver_->receive(from, {number, offset, sample().plan.id()}, stream);
      outcome.time = loop_.now() - begin;
      is_over = true;
    };
    tasks_.spawn(body());
    for (int i = 0; i < 10'000 && !is_over; ++i) loop_.run_for(milliseconds(100));
    EXPECT_TRUE(is_over);
    return outcome;
  }
  // Served as it comes from there; whatever waits, waits.
  template <class Request>
  void serve(const Caller& from, const Request& request, std::shared_ptr<Line> line) {
    const auto frame =
        wire::encode(wire::Request{wire::RequestId{1}, Request::method, encode(request)}).value();
    Bytes envelope(frame.begin() + 4, frame.end());
    const auto decoded = wire::decode_request(envelope).value();
    const auto session =
        std::make_shared<LineSession>(loop_, transport::PeerId{from.key.bytes}, from.from);
    tasks_.spawn(server_->serve(session, std::make_unique<LineStream>(loop_, std::move(line)),
                                {std::move(envelope), decoded}));
    loop_.run_for(seconds(0));
  }
  static Result<Bytes> answer_on(const Line& line) {
    if (line.written.size() < 4) return base::fail(Code::not_found, "no answer");
    const auto body =
        TRY(wire::decode_answer(ByteSpan(line.written).subspan(4), wire::RequestId{1}));
    return Bytes(body.begin(), body.end());
  }
  static Bytes framed(const Bytes& body) {
    return wire::encode(wire::Response{wire::RequestId{1}, body}).value();
  }

  runtime::MemoryDisk disk_;
  runtime::ManualLoop loop_;
  runtime::Offload beside_{loop_};
  runtime::Log log_{runtime::no_log(), "test"};
  std::shared_ptr<FragmentStore> store_ = FragmentStore::open(disk_, "/data/holdings").value();
  std::shared_ptr<Ledger> ledger_ = std::make_shared<Ledger>();
  std::shared_ptr<Receiver> receiver_;
  std::shared_ptr<Giver> giver_;
  std::unique_ptr<TransferServer> server_;
  runtime::Tasks tasks_{loop_};
};

TEST_F(SlowPeersTest, ASlowLineIsSlow) {
  ASSERT_EQ(offer(caller(1), 0).answer, Answer::wanted);
  const auto slow = line_of(fragment(0), 4'000, milliseconds(250));
  const auto outcome = receive(caller(1), 0, 0, slow);
  ASSERT_TRUE(outcome.response) << outcome.response.error().message;
  EXPECT_EQ(outcome.response->answer, Answer::kept);
  EXPECT_GT(outcome.time, seconds(15));
}

// Else a few such would have all the places that there are.
TEST_F(SlowPeersTest, ATrickleEnds) {
  ASSERT_EQ(offer(caller(1), 0).answer, Answer::wanted);
  const auto outcome = receive(caller(1), 0, 0, line_of(fragment(0).first(99), 1, seconds(10)));
  ASSERT_FALSE(outcome.response);
  EXPECT_EQ(outcome.response.error().code, Code::timeout);
  EXPECT_GE(outcome.time, Limits::time_for(fragment(0).size()));
  EXPECT_LT(outcome.time, Limits::time_for(fragment(0).size()) + seconds(1));
  EXPECT_TRUE(ledger_->accounts().empty()) << "the promise has ended";
  EXPECT_EQ(offer(caller(1), 0), (OfferResponse{Answer::wanted, 7}));
}

TEST_F(SlowPeersTest, SilenceEnds) {
  ASSERT_EQ(offer(caller(1), 0).answer, Answer::wanted);
  const auto silent = line();
  silent->coming.push_back({loop_.now() + seconds(5), Bytes(1000)});
  const auto outcome = receive(caller(1), 0, 0, silent);
  ASSERT_FALSE(outcome.response);
  EXPECT_EQ(outcome.response.error().code, Code::timeout);
  EXPECT_GE(outcome.time, seconds(5) + Limits::silence_max);
  EXPECT_LT(outcome.time, seconds(6) + Limits::silence_max);
}

TEST_F(SlowPeersTest, APromiseHoldsForTenMinutes) {
  for (const auto after : {Limits::promise_time - seconds(1), seconds(Limits::promise_time)}) {
    const unsigned number = after < Limits::promise_time ? 0 : 1;
    ASSERT_EQ(offer(caller(1), number).answer, Answer::wanted);
    loop_.run_for(after);
    const auto given = line_of(fragment(number), 50'000, milliseconds(1));
    const auto outcome = receive(caller(1), number, 0, given);
    ASSERT_TRUE(outcome.response);
    EXPECT_EQ(outcome.response->answer, number == 0 ? Answer::kept : Answer::later);
  }
  // The next offer of anybody finds its room free again.
  ASSERT_EQ(offer(caller(2), 2).answer, Answer::wanted);
  EXPECT_EQ(ledger_->account(key_of(1)).kept_for_it, fragment(0).size());
}

TEST_F(SlowPeersTest, WhatNobodyGoesOnWithGoesAfterAWeek) {
  const auto leave = [&](unsigned char peer) {
    disk_.set_now(loop_.wall_now());
    ASSERT_EQ(offer(caller(peer), 0).answer, Answer::wanted);
    const auto part = line_of(fragment(0).first(50'000), 50'000, milliseconds(1));
    EXPECT_FALSE(receive(caller(peer), 0, 0, part).response);
  };
  leave(1);
  loop_.run_for(std::chrono::hours(24));
  leave(2);
  loop_.run_for(Limits::leftover_time - std::chrono::hours(25));
  EXPECT_EQ(store_->leftover_bytes(), 100'000U);
  loop_.run_for(std::chrono::hours(3));
  EXPECT_EQ(store_->leftover_bytes(), 50'000U);
  EXPECT_EQ(offer(caller(2), 0).offset, 50'000U);
}

TEST_F(SlowPeersTest, WhatIsTooLongIsForgotten) {
  ASSERT_EQ(offer(caller(1), 0).answer, Answer::wanted);
  Bytes longer(fragment(0).begin(), fragment(0).end());
  longer.push_back({});
  const auto outcome = receive(caller(1), 0, 0, line_of(longer, 50'000, milliseconds(1)));
  ASSERT_FALSE(outcome.response);
  EXPECT_EQ(outcome.response.error().code, Code::corrupt);
  EXPECT_EQ(store_->leftover_bytes(), 0U);
  EXPECT_EQ(offer(caller(1), 0), (OfferResponse{Answer::wanted, 0}));
}

TEST_F(SlowPeersTest, ADiskThatFillsUpMeanwhileLosesNothing) {
  ASSERT_EQ(offer(caller(1), 0).answer, Answer::wanted);
  disk_.set_capacity_bytes(disk_.used_bytes() + 150'000);
  const auto failed = receive(caller(1), 0, 0, line_of(fragment(0), 50'000, milliseconds(1)));
  EXPECT_EQ(failed.response.value().answer, Answer::no_room);
  EXPECT_TRUE(ledger_->accounts().empty());
  EXPECT_EQ(offer(caller(1), 0).answer, Answer::no_room);
  disk_.set_capacity_bytes({});
  const auto again = offer(caller(1), 0);
  EXPECT_EQ(again.answer, Answer::wanted);
  EXPECT_GE(again.offset, 100'000U);
  const auto rest = line_of(fragment(0).subspan(again.offset), 50'000, milliseconds(1));
  EXPECT_EQ(receive(caller(1), 0, again.offset, rest).response.value().answer, Answer::kept);
}

// At the very end, too, where all bytes have come.
TEST_F(SlowPeersTest, ADiskThatFillsUpAtTheEndLosesNothing) {
  for (std::uint64_t room = 0;; room += 1'000) {
    ASSERT_LT(room, 100'000U);
    const auto offered = offer(caller(1), 0);
    ASSERT_EQ(offered.answer, Answer::wanted);
    const auto offset = offered.offset;
    disk_.set_capacity_bytes(disk_.used_bytes() + fragment(0).size() - offset + room);
    const auto rest = line_of(fragment(0).subspan(offset), 50'000, milliseconds(1));
    const auto outcome = receive(caller(1), 0, offset, rest);
    disk_.set_capacity_bytes({});
    if (outcome.response.value().answer == Answer::kept) break;
    EXPECT_EQ(outcome.response.value().answer, Answer::no_room);
    EXPECT_TRUE(ledger_->accounts().empty());
    EXPECT_TRUE(store_->references().empty());
  }
  EXPECT_TRUE(is_whole(*store_, sample(), 0));
}

TEST_F(SlowPeersTest, TimeThatIsUpIsToldByAReset) {
  const auto unended = line();  // of an offer, behind which the end must come
  serve(caller(1), OfferRequest{0, sample().plan.encoded(), false}, unended);
  ASSERT_EQ(offer(caller(2), 0).answer, Answer::wanted);
  const auto silent = line();
  serve(caller(2), SendRequest{0, 0, sample().plan.id()}, silent);
  loop_.run_for(Limits::silence_max - seconds(1));
  EXPECT_FALSE(unended->reset || silent->reset);
  loop_.run_for(seconds(2));
  EXPECT_EQ(unended->reset, wire::ErrorCode::overloaded);
  EXPECT_EQ(silent->reset, wire::ErrorCode::overloaded);
  EXPECT_TRUE(unended->written.empty() && silent->written.empty());
}

TEST_F(SlowPeersTest, ReceivesSoManyAtOnce) {
  std::vector<std::shared_ptr<Line>> lines;
  const auto is_taken = [&](const Caller& from, unsigned number) {
    EXPECT_EQ(offer(from, number).answer, Answer::wanted);
    serve(from, SendRequest{number, 0, sample().plan.id()}, lines.emplace_back(line()));
    const auto answer = answer_on(*lines.back());
    if (!answer) return true;
    EXPECT_EQ(decode<SendResponse>(*answer)->answer, Answer::later);
    return false;
  };
  for (unsigned number = 0; number < Limits::receiving_per_peer_max; ++number)
    EXPECT_TRUE(is_taken(caller(1), number));
  EXPECT_FALSE(is_taken(caller(1), 9));
  std::size_t taken = Limits::receiving_per_peer_max;
  for (unsigned char peer = 2; peer < 60; ++peer)
    if (is_taken(caller(peer), 0)) ++taken;
  EXPECT_EQ(taken, Limits::receiving_max);
  // Their time is up, and others have theirs.
  loop_.run_for(Limits::silence_max + seconds(1));
  EXPECT_TRUE(is_taken(caller(1), 9));
}

TEST_F(SlowPeersTest, GivesSoManyAtOnce) {
  ASSERT_TRUE(keep(*store_, sample(), 0));
  std::vector<std::shared_ptr<Line>> lines;
  const auto is_given = [&](const Caller& to) {
    const auto slow = lines.emplace_back(line());
    slow->written_per_second = 1'000;
    slow->coming.push_back({loop_.now(), {}});
    serve(to, GetFragmentRequest{sample().plan.plan().content_hash, 0, 0, sample().plan.id()},
          slow);
    loop_.run_for(milliseconds(200));
    const auto answer = answer_on(*slow);
    if (!answer) {
      EXPECT_EQ(answer.error().code, Code::unavailable) << answer.error().message;
    }
    return answer.has_value();
  };
  for (std::size_t i = 0; i < Limits::giving_per_peer_max; ++i) EXPECT_TRUE(is_given(caller(1)));
  EXPECT_FALSE(is_given(caller(1)));
  // In all, before those that were first come to their end.
  std::size_t given = Limits::giving_per_peer_max;
  for (unsigned char peer = 2; peer < 8; ++peer)
    for (int i = 0; i < 5; ++i)
      if (is_given(caller(peer))) ++given;
  EXPECT_EQ(given, Limits::giving_max);
}

// A piece takes it longer than a peer may be silent, and it is not silent.
TEST_F(SlowPeersTest, GivesToASlowLine) {
  ASSERT_TRUE(keep(*store_, sample(), 0));
  const auto slow = line();
  slow->written_per_second = 5'000;
  slow->coming.push_back({loop_.now(), {}});
  serve(caller(1), GetFragmentRequest{sample().plan.plan().content_hash, 0, 0, sample().plan.id()},
        slow);
  loop_.run_for(minutes(2));
  EXPECT_TRUE(slow->is_finished);
  EXPECT_GT(slow->written.size(), fragment(0).size());
}

TEST_F(SlowPeersTest, WaitsForTheAnswerAsLongAsTheLineMayTake) {
  const auto most = Limits::answer_time_after(fragment(0).size());
  EXPECT_GT(most, Limits::keeping_time_max + seconds(fragment(0).size() / (16 << 10)));
  for (const auto after : {most - seconds(1), most + seconds(1)}) {
    const auto session =
        std::make_shared<LineSession>(loop_, transport::PeerId{}, runtime::Endpoint{});
    const auto first = session->lines.emplace_back(line());
    const auto second = session->lines.emplace_back(line());
    first->coming.push_back({loop_.now(), framed(encode(OfferResponse{Answer::wanted, 0}))});
    first->coming.push_back({loop_.now(), {}});
    second->coming.push_back({loop_.now() + after, framed(encode(SendResponse{Answer::kept}))});
    second->coming.push_back({loop_.now() + after, {}});
    Gift gift;
    gift.plan_id = sample().plan.id();
    gift.plan = std::make_shared<const Bytes>(sample().plan.encoded());
    gift.size_bytes = fragment(0).size();
    gift.open = [](std::uint64_t offset) -> Result<ReadNext> {
      return [at = offset](base::MutableByteSpan into) mutable -> Result<std::size_t> {
        const auto count = std::min<std::uint64_t>(into.size(), fragment(0).size() - at);
        std::ranges::copy(fragment(0).subspan(at, count), into.begin());
        at += count;
        return count;
      };
    };
    Result<Answer> answer = Answer::later;
    const auto body = [&]() -> Task<void> {
      answer = co_await give_fragment(session, beside_, gift);
    };
    tasks_.spawn(body());
    loop_.run_for(most + seconds(5));
    EXPECT_TRUE(second->is_finished);
    if (after < most) {
      EXPECT_EQ(answer, Answer::kept);
    } else {
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, Code::timeout);
    }
  }
}

}  // namespace
}  // namespace tesseras::replica
