#include "preserve/replica/plan_inquiry.hpp"

#include <gtest/gtest.h>

#include <map>

#include "foundation/runtime/system_loop.hpp"
#include "foundation/transport/transport_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Code;
using base::Result;
using runtime::Task;

// Nobody is reached, each for a reason of its own.
class Nobody final : public transport::Transport {
 public:
  explicit Nobody(std::map<transport::PeerId, Code> reasons) : reasons_(std::move(reasons)) {}

  const transport::PeerId& self() const override { return self_; }
  std::vector<runtime::Endpoint> local() const override { return {}; }
  Task<Result<std::shared_ptr<transport::Session>>> open(transport::Peer peer,
                                                         base::Instant) override {
    ++calls[peer.id];
    co_return base::fail(reasons_.at(peer.id), "as it was told");
  }
  Task<Result<std::shared_ptr<transport::Session>>> meet(std::vector<runtime::Endpoint>,
                                                         base::Instant) override {
    co_return base::fail(Code::unavailable, "nobody is met");
  }
  void serve(transport::Handler*) override {}

  std::map<transport::PeerId, int> calls;

 private:
  transport::PeerId self_{};
  std::map<transport::PeerId, Code> reasons_;
};

transport::PeerId peer(unsigned char number) {
  transport::PeerId id;
  id.bytes.fill(static_cast<std::byte>(number));
  return id;
}

TEST(PlanInquiry, CallsThoseAgainThatMayAnswerLater) {
  const auto loop = runtime::make_system_loop();
  Nobody nobody({{peer(1), Code::unavailable},
                 {peer(2), Code::exhausted},
                 {peer(3), Code::timeout},
                 {peer(4), Code::denied}});
  std::vector<transport::Peer> sources;
  for (unsigned char number = 1; number <= 4; ++number) sources.push_back({peer(number), {}});
  PlanInquiry inquiry(nobody, runtime::Offload(*loop), {runtime::no_log(), "test"}, {}, sources,
                      [] {});
  EXPECT_TRUE(inquiry.is_done());
  EXPECT_TRUE(inquiry.has_met_silence());
  inquiry.ask_again();
  inquiry.ask_again();
  EXPECT_TRUE(inquiry.take().empty());
  EXPECT_EQ(nobody.calls, (std::map<transport::PeerId, int>{
                              {peer(1), 3}, {peer(2), 3}, {peer(3), 1}, {peer(4), 1}}));
}

}  // namespace
}  // namespace tesseras::replica
