// For tests: a node that keeps fragments, in memory, and answers for them over a transport.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/workers.hpp"
#include "foundation/transport/transport_fixture.hpp"
#include "preserve/replica/pack_fixture.hpp"
#include "preserve/replica/transfer_server.hpp"

namespace tesseras::replica {

class HolderNode {
 public:
  HolderNode(runtime::Loop& loop, transport::Transport& transport, runtime::Disk& disk,
             AdmissionOptions admission = {.max_bytes = std::uint64_t{1} << 40U})
      : workers(std::make_unique<runtime::Workers>(1)),
        store(FragmentStore::open(disk, "/fragments").value()),
        ledger(std::make_shared<Ledger>()) {
    ReceiverOptions options;
    options.admission = admission;
    options.is_lost = [this](const dht::NodePublicKey&, const SignedPlan&, unsigned) {
      return believes_repairs;
    };
    options.refusal = [this](const base::ContentHash& hash) {
      const auto at = refused.find(hash);
      return at == refused.end() ? std::nullopt : std::optional(at->second);
    };
    options.on_kept = [this](const SignedPlan&, unsigned fragment) { kept.push_back(fragment); };
    const runtime::Offload beside(loop, workers.get());
    const runtime::Log log(runtime::no_log(), "test");
    receiver = std::make_shared<Receiver>(beside, store, ledger, options, log);
    giver = std::make_shared<Giver>(beside, store, log);
    server = std::make_unique<TransferServer>(receiver, giver, loop);
    transport.serve(&handler);
  }
  // Before the loop that it is on; what is still under way with the store ends.
  ~HolderNode() { workers.reset(); }
  HolderNode(const HolderNode&) = delete;
  HolderNode& operator=(const HolderNode&) = delete;

  // From then on it gives of its user's tesserae, too.
  void give_own(runtime::Loop& loop, OwnTesserae own) {
    giver =
        std::make_shared<Giver>(runtime::Offload(loop, workers.get()), store,
                                runtime::Log(runtime::no_log(), "test"), nullptr, std::move(own));
    server = std::make_unique<TransferServer>(receiver, giver, loop);
  }

  // As if somebody had sent it.
  void take(const SignedPlan& plan, unsigned fragment, base::ByteSpan bytes) {
    auto writer = store->receive(plan, fragment, dht::NodePublicKey{});
    ASSERT_TRUE(writer) << writer.error().message;
    if (writer->offset() < writer->size_bytes()) {
      ASSERT_TRUE(writer->append(bytes));
    }
    ASSERT_TRUE(store->keep(*writer, Charge{}));
  }

  std::unique_ptr<runtime::Workers> workers;
  std::shared_ptr<FragmentStore> store;
  std::shared_ptr<Ledger> ledger;
  std::shared_ptr<Receiver> receiver;
  std::shared_ptr<Giver> giver;
  std::unique_ptr<TransferServer> server;
  bool believes_repairs = true;
  std::map<base::ContentHash, Refusal> refused;
  std::vector<unsigned> kept;  // that came over the transport
  transport::HandlerOf handler{[this](auto session, auto stream) -> runtime::Task<void> {
    auto request = co_await transport::read_request(*stream, base::Instant::never());
    if (!request) co_return;
    EXPECT_TRUE(TransferServer::is_method(request->request.method));
    co_await server->serve(std::move(session), std::move(stream), *std::move(request));
  }};
};

}  // namespace tesseras::replica
