#include "sim/scenarios/false_holder.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/transport/exchange.hpp"
#include "preserve/replica/messages.hpp"
#include "preserve/upkeep/audit_messages.hpp"

namespace tesseras::scenarios {
namespace {

using century::Honesty;
using runtime::Task;

constexpr std::chrono::seconds patience{60};

}  // namespace

FalseHolder::FalseHolder(const Ground& ground, const node::Config& config, Honesty how)
    : node_(ground.node),
      how_(how),
      publications_(node::Publications::open(ground.node.disk(), "/published").value()),
      refusals_(replica::Refusals::open(ground.node.disk(), "/refused").value()) {
  ASSERT(how != Honesty::honest);
  node::Holding::Hooks hooks{.refusal = {},
                             .is_lost = {},
                             .on_kept = [this](const auto& hash) { announcing_->changed(hash); },
                             .on_giving = {},
                             .own = {}};
  holding_ = node::Holding::open(runtime::Offload(node_), node_.disk(), "/fragments", config,
                                 std::move(hooks), runtime::Log(runtime::no_log(), "sim"))
                 .value();
  announcing_ =
      std::make_unique<node::Announcing>(node_, ground.dht, *holding_, publications_, refusals_);
  // The first that takes a method has it.
  ground.router.add([](auto method) { return method == upkeep::ProveRequest::method; },
                    [this](auto session, auto stream, auto request) {
                      return prove(std::move(session), std::move(stream), std::move(request));
                    });
  ground.router.add([](auto method) { return method == replica::GetFragmentRequest::method; },
                    [this](auto session, auto stream, auto request) {
                      return give(std::move(session), std::move(stream), std::move(request));
                    });
  holding_->add_to(ground.router);
}

Task<void> FalseHolder::prove(Session /*session*/, Stream stream,
                              transport::ReceivedRequest request) {
  const auto asked = upkeep::decode<upkeep::ProveRequest>(request.request.body);
  if (!asked || how_ == Honesty::mute) co_return;
  upkeep::ProveResponse response;
  for (std::size_t i = 0; i < asked->challenges.size(); ++i) {
    auto& proof = response.proofs.emplace_back();
    if (how_ == Honesty::denies) continue;
    proof.emplace();
    proof->chunk.resize(crypto::blake3_chunk_size_bytes);
    node_.fill_random(proof->chunk);
  }
  co_await transport::answer_or_refuse(*stream, request.request.id, upkeep::encode(response),
                                       node_.now() + patience);
}

Task<void> FalseHolder::give(Session /*session*/, Stream stream,
                             transport::ReceivedRequest request) {
  co_await transport::answer_or_refuse(*stream, request.request.id,
                                       replica::encode(replica::GetFragmentResponse{}),
                                       node_.now() + patience);
}

}  // namespace tesseras::scenarios
