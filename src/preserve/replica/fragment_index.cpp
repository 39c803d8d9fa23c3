#include "preserve/replica/fragment_index.hpp"

#include <utility>
#include <variant>

#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::PlanId;
using crypto::Blake3Hash;

void FragmentIndex::apply(const ReferenceEvent& event) {
  if (const auto* kept = std::get_if<KeptEvent>(&event)) return keep(*kept);
  if (const auto* dropped = std::get_if<DroppedEvent>(&event)) {
    drop(dropped->name);
    return;
  }
  quarantine(std::get<QuarantinedEvent>(event).object);
}

void FragmentIndex::keep(const KeptEvent& event) {
  drop(event.name);
  references_.emplace(event.name, event);
  charged_bytes_ += Limits::charged_bytes(event.size_bytes);
  PlanEntry& plan = plans_[event.name.plan];
  plan.content_hash = event.content_hash;
  plan.fragments.set(event.name.fragment);
  by_content_.emplace(event.content_hash, event.name.plan);
  auto [at, is_new] = objects_.try_emplace(event.object);
  Object& object = at->second;
  ++object.references;
  if (is_new) {
    object.size_bytes = event.size_bytes;
    object.generation = next_generation_++;
    size_bytes_ += object.size_bytes;
  } else if (object.is_quarantined) {
    object.generation = next_generation_++;
    set_quarantined(object, false);
  }
}

FragmentIndex::Freed FragmentIndex::drop(const FragmentName& name) {
  Freed freed;
  const auto at = references_.find(name);
  if (at == references_.end()) return freed;
  charged_bytes_ -= Limits::charged_bytes(at->second.size_bytes);
  freed.object = release(at->second.object);
  references_.erase(at);
  const auto plan = plans_.find(name.plan);
  plan->second.fragments.reset(name.fragment);
  if (plan->second.fragments.any()) return freed;
  freed.plan = name.plan;
  by_content_.erase({plan->second.content_hash, name.plan});
  plans_.erase(plan);
  return freed;
}

// The object, when that was the last reference to it.
std::optional<Blake3Hash> FragmentIndex::release(const Blake3Hash& hash) {
  const auto at = objects_.find(hash);
  if (--at->second.references > 0) return std::nullopt;
  set_quarantined(at->second, false);
  size_bytes_ -= at->second.size_bytes;
  objects_.erase(at);
  return hash;
}

void FragmentIndex::quarantine(const Blake3Hash& hash) {
  const auto at = objects_.find(hash);
  if (at != objects_.end()) set_quarantined(at->second, true);
}

void FragmentIndex::set_quarantined(Object& object, bool is_quarantined) {
  if (object.is_quarantined == is_quarantined) return;
  object.is_quarantined = is_quarantined;
  if (is_quarantined) {
    ++quarantined_;
    size_bytes_ -= object.size_bytes;
  } else {
    --quarantined_;
    size_bytes_ += object.size_bytes;
  }
}

void FragmentIndex::forget_charges() {
  for (auto& [name, reference] : references_) reference.charge.reset();
}

const KeptEvent* FragmentIndex::find(const FragmentName& name) const {
  const auto at = references_.find(name);
  return at == references_.end() ? nullptr : &at->second;
}

const FragmentIndex::Object* FragmentIndex::find(const Blake3Hash& hash) const {
  const auto at = objects_.find(hash);
  return at == objects_.end() ? nullptr : &at->second;
}

bool FragmentIndex::is_kept(const Blake3Hash& hash) const {
  const Object* object = find(hash);
  return object && !object->is_quarantined;
}

Fragments FragmentIndex::fragments_of(const PlanId& id) const {
  const auto at = plans_.find(id);
  return at == plans_.end() ? Fragments{} : at->second.fragments;
}

std::vector<PlanId> FragmentIndex::plans_of(const base::ContentHash& content_hash) const {
  std::vector<PlanId> found;
  for (auto at = by_content_.lower_bound({content_hash, PlanId{}});
       at != by_content_.end() && at->first == content_hash; ++at)
    found.push_back(at->second);
  return found;
}

std::set<base::ContentHash> FragmentIndex::tesserae() const {
  std::set<base::ContentHash> all;
  for (const auto& [content_hash, plan] : by_content_) all.insert(content_hash);
  return all;
}

}  // namespace tesseras::replica
