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

// What replaying a journal needs of a frame, without looking at the records in it: millions of
// them are gone through when a node starts.
struct FrameSummary {
  Key key;
  bool is_group = false;
  PointerJournal::Place previous;  // of an entry
  bool is_empty = false;           // of a group
  Endpoint oldest_from;            // of the only or first entry; unset in an empty group
  std::int64_t last_expiry = 0;    // of all of them
};
// corrupt as above, as far as is looked at.
base::Result<FrameSummary> summarize_pointer_frame(base::ByteSpan payload);

}  // namespace tesseras::dht
