#include "node/refusal_methods.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tesseras::node {

using base::Bytes;
using base::Code;
using base::fail;
using base::Result;
using runtime::Task;

bool RefusalMethods::is_method(std::string_view method) {
  constexpr std::array known = {RetractRequest::method, RetractionRequest::method,
                                BlockRequest::method, UnblockRequest::method,
                                BlockedRequest::method};
  return std::ranges::contains(known, method);
}

Task<Result<Bytes>> RefusalMethods::answer(std::string_view method, Bytes body) {
  if (method == RetractRequest::method) {
    auto request = CO_TRY(decode<RetractRequest>(body));
    co_return encode(CO_TRY(co_await retract(std::move(request))));
  }
  if (method == RetractionRequest::method) {
    co_return encode(CO_TRY(retraction(CO_TRY(decode<RetractionRequest>(body)))));
  }
  if (method == BlockRequest::method) {
    const auto request = CO_TRY(decode<BlockRequest>(body));
    co_return encode(BlockAnswer{CO_TRY(co_await refusing_.block(request.content_hash))});
  }
  if (method == UnblockRequest::method) {
    CO_TRY(refusing_.unblock(CO_TRY(decode<UnblockRequest>(body)).content_hash));
    co_return encode(UnblockAnswer{});
  }
  co_return encode(blocked(CO_TRY(decode<BlockedRequest>(body))));
}

Task<Result<RetractAnswer>> RefusalMethods::retract(RetractRequest request) {
  auto retraction = CO_TRY(replica::SignedRetraction::decode(request.retraction));
  CO_TRY(co_await recalling_.take(std::move(retraction)));
  co_return RetractAnswer{};
}

Result<RetractionAnswer> RefusalMethods::retraction(const RetractionRequest& request) const {
  const auto known = TRY(refusals().retraction(request.content_hash));
  const auto report = recalling_.report(request.content_hash);
  RetractionAnswer answer;
  answer.retracted_seconds = known.retraction().retracted_at.unix_seconds;
  answer.is_busy = report.is_busy || releases_.own().is_busy_taking_back(request.content_hash);
  for (const auto& told : report.holders) {
    if (answer.holders.size() == ControlMessageLimits::holders_per_answer) break;
    answer.holders.push_back({told.node.id, told.node.endpoints, told.has_let_go});
  }
  return answer;
}

BlockedAnswer RefusalMethods::blocked(const BlockedRequest& request) const {
  BlockedAnswer answer;
  for (std::uint32_t number = 0; const auto& [hash, since] : refusals().blocked()) {
    if (number++ < request.first) continue;
    if (answer.tesserae.size() == ControlMessageLimits::blocked_per_answer) {
      answer.has_more = true;
      break;
    }
    answer.tesserae.push_back({hash, since.unix_seconds});
  }
  return answer;
}

}  // namespace tesseras::node
