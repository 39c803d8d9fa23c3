// Which file of a holder's lies where (spec/holding.md, section 1). Pure.
#pragma once

#include <optional>
#include <string_view>

#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/reference.hpp"

namespace tesseras::replica {

struct SenderMarkTag;
// The first half of a sender's key: nobody can make another key that begins so.
using SenderMark = base::StrongId<SenderMarkTag, 16>;
SenderMark mark_of(const dht::NodePublicKey& sender);

// What has come of a fragment from one sender.
struct IncomingName {
  FragmentName fragment;
  SenderMark sender;

  auto operator<=>(const IncomingName&) const = default;
};

class HoldingLayout {
 public:
  explicit HoldingLayout(runtime::path folder) : folder_(std::move(folder)) {}

  const runtime::path& folder() const { return folder_; }
  runtime::path objects() const { return folder_ / "objects"; }
  runtime::path plans() const { return folder_ / "plans"; }
  runtime::path incoming() const { return folder_ / "incoming"; }
  runtime::path quarantine() const { return folder_ / "quarantine"; }
  runtime::path log() const { return folder_ / "references.log"; }

  runtime::path object(const crypto::Blake3Hash& hash) const;
  runtime::path plan(const base::PlanId& id) const;
  runtime::path incoming(const IncomingName& name) const;
  runtime::path quarantined(const crypto::Blake3Hash& hash) const;

 private:
  runtime::path folder_;
};

// Beside an object, or what has come of one: the inner nodes of its hash.
runtime::path tree_of(const runtime::path& file);

// Exactly two lower-case hex digits: a folder of objects or plans.
bool is_shard(std::string_view name);
// Of a file under incoming; nullopt for any other name.
std::optional<IncomingName> incoming_name(std::string_view file_name);

}  // namespace tesseras::replica
