// What the daemon answers to its user's programs about tesserae that it is not to keep: those of
// the methods of spec/control.md.
#pragma once

#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/task.hpp"
#include "node/control_refusal_messages.hpp"
#include "node/recalling.hpp"
#include "node/refusing.hpp"

namespace tesseras::node {

class RefusalMethods {
 public:
  // They outlive it, and the tasks that answer() returns.
  RefusalMethods(Refusing& refusing, Recalling& recalling, const Releases& releases)
      : refusing_(refusing), recalling_(recalling), releases_(releases) {}

  static bool is_method(std::string_view method);
  // Of one of these. Errors as the request says.
  runtime::Task<base::Result<base::Bytes>> answer(std::string_view method, base::Bytes body);

  const replica::Refusals& refusals() const { return refusing_.refusals(); }

 private:
  runtime::Task<base::Result<RetractAnswer>> retract(RetractRequest request);
  base::Result<RetractionAnswer> retraction(const RetractionRequest& request) const;
  BlockedAnswer blocked(const BlockedRequest& request) const;

  Refusing& refusing_;
  Recalling& recalling_;
  const Releases& releases_;
};

}  // namespace tesseras::node
