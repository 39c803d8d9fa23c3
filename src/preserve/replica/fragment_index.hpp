// What is kept, in memory: which references there are, which objects they lead to, and what that
// comes to. It is what the events of the log make, one after another. Pure; private to this
// library.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "preserve/replica/fragment_objects.hpp"
#include "preserve/replica/placement.hpp"
#include "preserve/replica/reference.hpp"

namespace tesseras::replica {

// For one thread at a time.
class FragmentIndex {
 public:
  struct Object {
    std::uint64_t size_bytes = 0;
    std::size_t references = 0;
    bool is_quarantined = false;
    // Another one for each file that has been this object: who finds damage in an earlier one must
    // not put this one into quarantine.
    std::uint64_t generation = 0;
  };
  // What nothing leads to any more.
  struct Freed {
    std::optional<crypto::Blake3Hash> object;
    std::optional<base::PlanId> plan;
  };

  void apply(const ReferenceEvent& event);

  void keep(const KeptEvent& event);
  // Of a name that is not there: nothing is freed.
  Freed drop(const FragmentName& name);
  // An object that nothing leads to is nobody's concern.
  void quarantine(const crypto::Blake3Hash& hash);
  void forget_charges();

  // All by name.
  const std::map<FragmentName, KeptEvent>& references() const { return references_; }
  const std::map<crypto::Blake3Hash, Object>& objects() const { return objects_; }
  // nullptr: there is none.
  const KeptEvent* find(const FragmentName& name) const;
  const Object* find(const crypto::Blake3Hash& hash) const;
  // That its bytes can be given.
  bool is_kept(const crypto::Blake3Hash& hash) const;
  bool has_plan(const base::PlanId& id) const { return plans_.contains(id); }
  // The references of a plan.
  Fragments fragments_of(const base::PlanId& id) const;
  std::vector<base::PlanId> plans_of(const base::ContentHash& content_hash) const;
  std::set<base::ContentHash> tesserae() const;
  // Of objects that are not in quarantine.
  std::uint64_t size_bytes() const { return size_bytes_; }
  // Of all references, as they are charged (Limits::charged_bytes).
  std::uint64_t charged_bytes() const { return charged_bytes_; }
  // Events that say all this.
  std::uint64_t event_count() const { return references_.size() + quarantined_; }

 private:
  struct PlanEntry {
    base::ContentHash content_hash;
    Fragments fragments;
  };

  std::optional<crypto::Blake3Hash> release(const crypto::Blake3Hash& hash);
  void set_quarantined(Object& object, bool is_quarantined);

  std::map<FragmentName, KeptEvent> references_;
  std::map<crypto::Blake3Hash, Object> objects_;
  std::map<base::PlanId, PlanEntry> plans_;
  std::set<std::pair<base::ContentHash, base::PlanId>> by_content_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t charged_bytes_ = 0;
  std::uint64_t quarantined_ = 0;
  std::uint64_t next_generation_ = 1;
};

}  // namespace tesseras::replica
