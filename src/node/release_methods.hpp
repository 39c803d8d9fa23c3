// What the daemon answers to its user's programs about keys of sealed tesserae: those of the
// methods of spec/control.md.
#pragma once

#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/task.hpp"
#include "node/control_release_messages.hpp"
#include "node/releases.hpp"

namespace tesseras::node {

class ReleaseMethods {
 public:
  // They outlive it, and the tasks that answer() returns.
  explicit ReleaseMethods(Releases& releases) : releases_(releases) {}

  static bool is_method(std::string_view method);
  // Of one of these. Errors as the request says.
  runtime::Task<base::Result<base::Bytes>> answer(std::string_view method, base::Bytes body);

 private:
  base::Result<void> keep(KeepCapsuleRequest request);
  CapsuleAnswer capsule(const CapsuleRequest& request) const;
  runtime::Task<base::Result<PublishKeyAnswer>> publish(PublishKeyRequest request);
  runtime::Task<base::Result<FindKeyAnswer>> find(FindKeyRequest request);
  runtime::Task<base::Result<PublishKeyAnswer>> open(OpenDepositRequest request);

  Releases& releases_;
};

}  // namespace tesseras::node
