// Asking a peer for proofs, over a session (spec/audit.md, section 1). What to ask for, and what
// the answer shows, say challenges.hpp and audit_record.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/upkeep/audit_messages.hpp"
#include "preserve/upkeep/challenges.hpp"

namespace tesseras::upkeep {

using runtime::Task;

struct Asked {
  Result<ProveResponse> answer;  // or why there is none: errors as transport::exchange()
  // Of the frames, both ways, without what carries them.
  std::uint64_t wire_bytes = 0;
};

// Asks for 1 to Limits::challenges_max samples, all different. On the thread of the loop, which
// outlives the task; it takes Limits::answer_time_max at most. For judge(), whatever is wrong with
// the answer.
Task<Asked> ask(std::shared_ptr<transport::Session> session, runtime::Loop& loop,
                std::span<const Sample> samples);

}  // namespace tesseras::upkeep
