// What every body of Transport must do about sessions; see transport_fixture.hpp.
#pragma once

#include "foundation/transport/transport_fixture.hpp"

namespace tesseras::transport {

template <class Fixture>
class TransportSuite : public TransportTest<Fixture> {};

TYPED_TEST_SUITE_P(TransportSuite);

TYPED_TEST_P(TransportSuite, OpensAndEchoes) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  EXPECT_TRUE(session->is_open());
  EXPECT_EQ(session->peer(), this->node(1).self());
  EXPECT_EQ(session->remote(), this->node(1).local().front());
  const auto body = [&]() -> Task<void> {
    const auto answer = co_await ask(*session, "hello", this->later());
    EXPECT_EQ(answer.value(), "hello");
    EXPECT_EQ(value_of(co_await ask(*session, "", this->later())), "");
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_EQ(this->served_, std::vector(2, this->node(0).self()));
}

TYPED_TEST_P(TransportSuite, NobodyIsThere) {
  this->begin();
  const auto began = this->loop(0).now();
  EXPECT_EQ(
      this->refused(0, {this->node(1).self(), {this->fixture_->nowhere()}}, milliseconds(300)),
      Code::timeout);
  EXPECT_LT(this->loop(0).now() - began, seconds(5));
  EXPECT_EQ(this->refused(0, {this->node(1).self(), {}}), Code::invalid);
  const Peer nobodys{this->node(1).self(),
                     {runtime::Endpoint::parse("0.0.0.0:4433").value(),
                      runtime::Endpoint::parse("[ff02::1]:4433").value(),
                      runtime::Endpoint::parse("192.0.2.1:0").value()}};
  EXPECT_EQ(this->refused(0, nobodys), Code::invalid);
  EXPECT_EQ(this->refused(0, this->peer(0)), Code::invalid);
}

TYPED_TEST_P(TransportSuite, TheNextEndpointIsTried) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto body = [&]() -> Task<void> {
    const Peer peer{
        this->node(1).self(),
        {this->fixture_->nowhere(), this->node(2).local().front(), this->node(1).local().front()}};
    const auto session = co_await this->node(0).open(peer, this->later());
    EXPECT_TRUE(session) << session.error().message;
    if (!session) co_return;
    EXPECT_EQ(value_of(co_await ask(**session, "here", this->later())), "here");
  };
  EXPECT_TRUE(this->finish(body()));
}

// Somebody else knows better where the peer is, while we still try where nobody is.
TYPED_TEST_P(TransportSuite, AnotherEndpointIsTriedBesideThose) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto body = [&](std::vector<runtime::Endpoint> at, milliseconds time,
                        bool is_there) -> Task<void> {
    const Peer peer{this->node(1).self(), std::move(at)};
    const auto session = co_await this->node(0).open(peer, this->loop(0).now() + time);
    EXPECT_EQ(session.has_value(), is_there);
  };
  EXPECT_TRUE(this->finish(body({this->fixture_->nowhere()}, milliseconds(600), false)));
  EXPECT_TRUE(this->finish(body(this->node(1).local(), seconds(30), true)));
}

TYPED_TEST_P(TransportSuite, AnotherKeyIsRefused) {
  this->begin();
  this->node(1).serve(&this->echo_);
  EXPECT_EQ(this->refused(0, {this->node(2).self(), {this->node(1).local().front()}}),
            Code::denied);
  this->run_for(milliseconds(200));
  EXPECT_TRUE(this->served_.empty());
  EXPECT_NE(this->open(0, 1), nullptr);  // and it does no harm to the one whose key it is
}

TYPED_TEST_P(TransportSuite, MeetsWhoeverAnswers) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto here = this->node(0).local().front(), there = this->node(1).local().front();
  const auto body = [&]() -> Task<void> {
    const auto met = co_await this->node(0).meet({this->fixture_->nowhere(), there}, this->later());
    EXPECT_TRUE(met) << met.error().message;
    if (!met) co_return;
    EXPECT_EQ((*met)->peer(), this->node(1).self());
    EXPECT_EQ(value_of(co_await ask(**met, "who", this->later())), "who");
    EXPECT_EQ(value_of(co_await this->node(0).open(this->peer(1), this->later())), *met);
    const auto ourselves = co_await this->node(0).meet({here}, this->later());
    EXPECT_EQ(ourselves.error().code, Code::invalid);
    const auto nobody =
        co_await this->node(0).meet({this->fixture_->nowhere()}, this->in(milliseconds(300)));
    EXPECT_EQ(nobody.error().code, Code::timeout);
    const auto nowhere = co_await this->node(0).meet({}, this->later());
    EXPECT_EQ(nowhere.error().code, Code::invalid);
  };
  EXPECT_TRUE(this->finish(body()));
}

TYPED_TEST_P(TransportSuite, APeerThatVanishesIsNoticed) {
  Limits limits;
  limits.idle_time_max = milliseconds(3500);
  limits.keep_alive_time = milliseconds(500);
  this->begin(limits);
  HandlerOf silent([&](auto, auto) -> Task<void> {
    co_await runtime::sleep_until(this->loop(1), Instant::never());
  });
  this->node(1).serve(&silent);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  std::unique_ptr<Stream> stream;
  const auto body = [&]() -> Task<void> {
    stream = value_of(co_await session->open_stream(this->later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes("?"), this->later()));
    std::array<std::byte, 8> buffer;
    const auto read = co_await stream->read(buffer, Instant::never());
    EXPECT_EQ(read.error().code, Code::unavailable);
  };
  this->spawn(body());
  this->run_for(seconds(4));  // kept alive all the time by an open stream
  EXPECT_TRUE(session->is_open());
  this->fixture_->vanish(1);
  EXPECT_TRUE(this->run_until([&] { return !session->is_open(); }, seconds(20)));
  EXPECT_TRUE(this->run_until([&] { return this->tasks_->size() == 0; }));
}

TYPED_TEST_P(TransportSuite, AnUnusedSessionFadesAway) {
  Limits limits;
  limits.idle_time_max = milliseconds(3500);
  limits.keep_alive_time = milliseconds(400);
  this->begin(limits);
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const auto body = [&]() -> Task<void> {
    EXPECT_EQ(value_of(co_await ask(*session, "a", this->later())), "a");
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_TRUE(this->run_until([&] { return !session->is_open(); }, seconds(20)));
  const auto fresh = this->open(0, 1);
  ASSERT_NE(fresh, nullptr);
  EXPECT_NE(fresh, session);
}

TYPED_TEST_P(TransportSuite, SessionsAreUsedAgain) {
  this->begin();
  this->node(0).serve(&this->echo_);
  this->node(1).serve(&this->echo_);
  std::vector<std::shared_ptr<Session>> opened;
  const auto body = [&]() -> Task<void> {
    opened.push_back(value_of(co_await this->node(0).open(this->peer(1), this->later())));
  };
  this->spawn(body());
  this->spawn(body());
  ASSERT_TRUE(this->run_until([&] { return opened.size() == 2; }));
  EXPECT_EQ(opened[0], opened[1]);
  EXPECT_EQ(this->open(0, 1), opened[0]);
  // The other side has it too, and needs no address.
  const auto back = [&]() -> Task<void> {
    EXPECT_EQ(value_of(co_await ask(*opened[0], "there", this->later())), "there");
    const auto session = co_await this->node(1).open({this->node(0).self(), {}}, this->later());
    EXPECT_TRUE(session) << session.error().message;
    if (session) {
      EXPECT_EQ(value_of(co_await ask(**session, "back", this->later())), "back");
    }
  };
  EXPECT_TRUE(this->finish(back()));
  EXPECT_EQ(this->served_, (std::vector{this->node(0).self(), this->node(1).self()}));
}

// Found by a sanitizer in a daemon: what answers may be the last to hold a session that has ended.
TYPED_TEST_P(TransportSuite, WhatServesMayEndAfterItsSession) {
  this->begin();
  runtime::Waiter<void> gate(this->loop(1));
  std::weak_ptr<Session> incoming;
  bool has_ended = false;
  HandlerOf waits([&](auto session, auto) -> Task<void> {
    incoming = session;
    (void)co_await gate.wait(Instant::never());
    has_ended = true;
  });
  this->node(1).serve(&waits);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  std::unique_ptr<Stream> stream;
  const auto body = [&]() -> Task<void> {
    stream = value_of(co_await session->open_stream(this->later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes("?"), this->later()));
  };
  ASSERT_TRUE(this->finish(body()));
  ASSERT_TRUE(this->run_until([&] { return !incoming.expired(); }));
  gate.set({});
  incoming.lock()->close();
  EXPECT_TRUE(this->run_until([&] { return incoming.expired(); }));
  EXPECT_TRUE(has_ended);
}

TYPED_TEST_P(TransportSuite, ClosingDropsWhatServes) {
  this->begin();
  struct Mark {
    explicit Mark(int& count) : alive(count) { ++alive; }
    ~Mark() { --alive; }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
    int& alive;
  };
  int alive = 0;
  HandlerOf silent([&](auto, auto stream) -> Task<void> {
    const Mark mark(alive);
    std::array<std::byte, 8> buffer;
    while (co_await stream->read(buffer, Instant::never())) {
    }
    co_await runtime::sleep_until(this->loop(1), Instant::never());
  });
  this->node(1).serve(&silent);
  for (const bool is_ours : {true, false}) {
    const auto session = this->open(0, 1);
    ASSERT_NE(session, nullptr);
    std::unique_ptr<Stream> stream;
    const auto body = [&]() -> Task<void> {
      stream = value_of(co_await session->open_stream(this->later()));
      EXPECT_TRUE(co_await stream->write(base::as_bytes("?"), this->later()));
    };
    ASSERT_TRUE(this->finish(body()));
    ASSERT_TRUE(this->run_until([&] { return alive == 1; }));
    if (is_ours) {
      session->close();
      EXPECT_FALSE(session->is_open());
      session->close();  // again does no harm
    } else {
      this->fixture_->destroy(1);
      EXPECT_EQ(alive, 0);
    }
    EXPECT_TRUE(this->run_until([&] { return alive == 0 && !session->is_open(); }));
    const auto after = [&]() -> Task<void> {
      std::array<std::byte, 8> buffer;
      EXPECT_EQ(code_of(co_await stream->read(buffer, this->later())),
                is_ours ? Code::cancelled : Code::unavailable);
      EXPECT_FALSE(co_await stream->write(buffer, this->later()));
      EXPECT_FALSE(co_await session->open_stream(this->later()));
    };
    EXPECT_TRUE(this->finish(after()));
  }
}

TYPED_TEST_P(TransportSuite, DroppedWhileOpening) {
  this->begin();
  std::optional<Code> code;
  const Peer nobody{this->node(1).self(), {this->fixture_->nowhere()}};
  const auto body = [&]() -> Task<void> {
    const auto opened = co_await this->node(0).open(nobody, Instant::never());
    code = opened.error().code;
  };
  this->spawn(body());
  this->run_for(milliseconds(50));
  this->fixture_->destroy(0);
  EXPECT_TRUE(this->run_until([&] { return code.has_value(); }));
  EXPECT_EQ(code, Code::cancelled);
}

TYPED_TEST_P(TransportSuite, SessionsAreLimited) {
  Limits limits;
  limits.sessions_max = 1;
  this->begin(limits);
  this->node(1).serve(&this->echo_);
  const auto first = this->open(0, 1);
  ASSERT_NE(first, nullptr);
  std::unique_ptr<Stream> stream;
  const auto body = [&]() -> Task<void> {
    stream = value_of(co_await first->open_stream(this->later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes("a"), this->later()));
    std::array<std::byte, 8> buffer;
    EXPECT_EQ(value_of(co_await stream->read(buffer, this->later())), 1U);
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_EQ(this->refused(2, this->peer(1)), Code::unavailable);
  EXPECT_TRUE(first->is_open());
  // One that nobody uses makes room.
  stream.reset();
  this->run_for(milliseconds(200));
  EXPECT_NE(this->open(2, 1), nullptr);
  EXPECT_TRUE(this->run_until([&] { return !first->is_open(); }));
}

REGISTER_TYPED_TEST_SUITE_P(TransportSuite, OpensAndEchoes, NobodyIsThere, TheNextEndpointIsTried,
                            AnotherEndpointIsTriedBesideThose, AnotherKeyIsRefused,
                            MeetsWhoeverAnswers, APeerThatVanishesIsNoticed,
                            AnUnusedSessionFadesAway, SessionsAreUsedAgain,
                            WhatServesMayEndAfterItsSession, ClosingDropsWhatServes,
                            DroppedWhileOpening, SessionsAreLimited);

}  // namespace tesseras::transport
