// Handing fragments on, on the side that asks (spec/transfer.md): gives one to a peer, or gets one
// from it, over a session. The side that answers is transfer_server.hpp.
//
// On the thread of the loop; what reads and writes bytes is called beside it (runtime::Offload),
// one call at a time. Dropping a task ends the transfer; it can be gone on with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "foundation/runtime/offload.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/replica/byte_flow.hpp"
#include "preserve/replica/messages.hpp"

namespace tesseras::replica {

using runtime::Task;

struct Gift {
  base::PlanId plan_id;
  std::shared_ptr<const base::Bytes> plan;  // signed, encoded
  unsigned fragment = 0;
  std::uint64_t size_bytes = 0;
  bool is_repair = false;
  // Begins to read at an offset. Any thread.
  std::function<Result<ReadNext>(std::uint64_t offset)> open;
};

// Offers a fragment and sends it, from where an earlier attempt ended. The peer's last word: kept,
// or why not; an answer of wanted is never returned.
// timeout: nothing went on for Limits::silence_max, or too slowly (Limits::time_for,
// answer_time_after). corrupt: the peer did not speak as specified.
// Else as Session::open_stream and Stream::write; errors of gift.open and of what it returns, after
// which the peer keeps what came for a while.
Task<Result<Answer>> give_fragment(std::shared_ptr<transport::Session> session,
                                   runtime::Offload offload, Gift gift);

// Which fragments of the plan the peer keeps, and the plan. Errors as transport::exchange().
Task<Result<GetPlanResponse>> get_plan(std::shared_ptr<transport::Session> session,
                                       runtime::Offload offload, GetPlanRequest request);

// Gets a fragment of `size_bytes` from the byte at request.offset on, and gives all of it to
// `take`, which checks nothing here: whoever has the plan does. not_found: the peer does not keep
// it. corrupt: it has another size there, or the peer gave more or less than that. Else as
// give_fragment; the first error of `take`.
Task<Result<void>> get_fragment(std::shared_ptr<transport::Session> session,
                                runtime::Offload offload, GetFragmentRequest request,
                                std::uint64_t size_bytes, TakeNext take);

}  // namespace tesseras::replica
