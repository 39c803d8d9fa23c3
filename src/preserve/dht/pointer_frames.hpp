// What a store of pointers writes into its journal (spec/dht.md, section 8). Pure.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/dht/pointer_group.hpp"
#include "preserve/dht/pointer_journal.hpp"

namespace tesseras::dht {

// One more entry under a key; those before it are found at `previous`. An entry of the same holder
// there is void.
struct EntryFrame {
  Key key;
  PointerJournal::Place previous;  // {}: none
  PointerEntry entry;

  bool operator==(const EntryFrame&) const = default;
};
// All entries under a key; whatever stood there before is void. None: the key is forgotten.
struct GroupFrame {
  Key key;
  std::vector<PointerEntry> entries;

  bool operator==(const GroupFrame&) const = default;
};
using PointerFrame = std::variant<EntryFrame, GroupFrame>;

base::Bytes encode(const EntryFrame& frame);
base::Bytes encode(const GroupFrame& frame);
// corrupt: not of the form, or a record in it is not that of its key. The records' signatures are
// not checked again: they were before they were written, and the journal has checksums.
base::Result<PointerFrame> decode_pointer_frame(base::ByteSpan payload);

}  // namespace tesseras::dht
