#include "preserve/replica/holding_recovery.hpp"

#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {
namespace {

using base::Code;
using base::fail;
using base::PlanId;
using base::Result;
using crypto::Blake3Hash;
using runtime::FileKind;
using runtime::path;

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::string_view tree_suffix = ".tree";
constexpr std::string_view fresh_suffix = ".new";

// Every file in the folders of two digits below this one.
Result<void> each_sharded(runtime::Disk& disk, const path& folder,
                          const std::function<Result<void>(const path&, std::string_view)>& visit) {
  for (const auto& shard : TRY(disk.list(folder))) {
    if (shard.kind != FileKind::folder || !is_shard(shard.name)) continue;
    const path inner = folder / shard.name;
    for (const auto& entry : TRY(disk.list(inner)))
      if (entry.kind == FileKind::file) TRY(visit(inner / entry.name, entry.name));
  }
  return {};
}

class Completion {
 public:
  Completion(runtime::Disk& disk, const HoldingLayout& layout, FragmentIndex& index)
      : disk_(disk), layout_(layout), index_(index) {}

  Result<void> run(ReferenceLog::Condition condition) {
    TRY(look());
    if (condition != ReferenceLog::Condition::whole) {
      if (condition == ReferenceLog::Condition::damaged) index_.forget_charges();
      end_those_without_object();
      TRY(begin_those_of_plans());
    }
    std::vector<Blake3Hash> missing;
    for (const auto& [hash, object] : index_.objects())
      if (!present_.contains(hash)) missing.push_back(hash);
    for (const Blake3Hash& hash : missing) index_.quarantine(hash);
    return {};
  }

 private:
  Result<void> look() {
    TRY(each_sharded(disk_, layout_.objects(),
                     [&](const path& at, std::string_view name) -> Result<void> {
                       const auto hash = Blake3Hash::from_hex(name);
                       if (hash && layout_.object(*hash) == at) present_.insert(*hash);
                       return {};
                     }));
    for (const auto& entry : TRY(disk_.list(layout_.quarantine())))
      if (const auto hash = Blake3Hash::from_hex(entry.name)) set_aside_.insert(*hash);
    return {};
  }

  bool is_there(const Blake3Hash& hash) const {
    return present_.contains(hash) || set_aside_.contains(hash);
  }

  // A plan can say what it likes of a hash, and another plan's be the true size.
  bool has_size(const Blake3Hash& hash, std::uint64_t size_bytes) const {
    if (const auto* object = index_.find(hash)) return object->size_bytes == size_bytes;
    const auto file = disk_.status(layout_.object(hash));
    return !file || file->size_bytes == size_bytes;
  }

  // What ended them may be what the log has lost.
  void end_those_without_object() {
    std::vector<FragmentName> over;
    for (const auto& [name, reference] : index_.references())
      if (!is_there(reference.object)) over.push_back(name);
    for (const FragmentName& name : over) index_.drop(name);
  }

  Result<void> begin_those_of_plans() {
    return each_sharded(disk_, layout_.plans(),
                        [&](const path& at, std::string_view name) -> Result<void> {
                          const auto bytes = runtime::read_whole(disk_, at, signed_plan_bytes_max);
                          if (!bytes && bytes.error().code != Code::corrupt)
                            return fail(bytes.error());
                          if (!bytes) return {};
                          const auto plan = SignedPlan::decode(*bytes);
                          if (plan && plan->id().hex() == name) begin_those_of(*plan);
                          return {};
                        });
  }

  void begin_those_of(const SignedPlan& signed_plan) {
    const Plan& plan = signed_plan.plan();
    std::set<Blake3Hash> led_to;
    const Fragments known = index_.fragments_of(signed_plan.id());
    for (unsigned i = 0; i < known.size(); ++i)
      if (known.test(i)) led_to.insert(index_.find(FragmentName{signed_plan.id(), i})->object);
    for (unsigned i = 0; i < plan.shape.fragments(); ++i) {
      const Blake3Hash& hash = plan.hash_of(i);
      // Of seven copies one is held here, and nothing says that it was more.
      if (!is_there(hash) || !has_size(hash, plan.shape.fragment_bytes())) continue;
      if (!led_to.insert(hash).second) continue;
      const auto* object = index_.find(hash);
      const bool was_quarantined = object && object->is_quarantined;
      index_.keep({{signed_plan.id(), i},
                   plan.content_hash,
                   hash,
                   plan.shape.fragment_bytes(),
                   std::nullopt});
      if (was_quarantined) index_.quarantine(hash);
    }
  }

  runtime::Disk& disk_;
  const HoldingLayout& layout_;
  FragmentIndex& index_;
  std::set<Blake3Hash> present_;
  std::set<Blake3Hash> set_aside_;
};

void clear_objects(runtime::Disk& disk, const HoldingLayout& layout, const FragmentIndex& index) {
  (void)each_sharded(disk, layout.objects(),
                     [&](const path& at, std::string_view name) -> Result<void> {
                       const bool is_fresh = name.ends_with(fresh_suffix);
                       if (is_fresh) name.remove_suffix(fresh_suffix.size());
                       const bool is_tree = name.ends_with(tree_suffix);
                       if (is_tree) name.remove_suffix(tree_suffix.size());
                       const auto hash = Blake3Hash::from_hex(name);
                       if (!hash || (!is_fresh && index.is_kept(*hash))) return {};
                       if (!is_fresh && !is_tree && index.find(*hash)) {
                         (void)disk.rename(at, layout.quarantined(*hash));
                       } else {
                         (void)disk.remove(at);
                       }
                       return {};
                     });
}

void clear_plans(runtime::Disk& disk, const HoldingLayout& layout, const FragmentIndex& index) {
  (void)each_sharded(disk, layout.plans(),
                     [&](const path& at, std::string_view name) -> Result<void> {
                       const bool is_fresh = name.ends_with(fresh_suffix);
                       if (is_fresh) name.remove_suffix(fresh_suffix.size());
                       const auto id = PlanId::from_hex(name);
                       if (id && (is_fresh || !index.has_plan(*id))) (void)disk.remove(at);
                       return {};
                     });
}

void clear_incoming(runtime::Disk& disk, const HoldingLayout& layout, const FragmentIndex& index) {
  const auto entries = disk.list(layout.incoming());
  if (!entries) return;
  for (const auto& entry : *entries) {
    std::string_view name = entry.name;
    const bool is_tree = name.ends_with(tree_suffix);
    if (is_tree) name.remove_suffix(tree_suffix.size());
    const auto incoming = incoming_name(name);
    if (!incoming) continue;
    const KeptEvent* reference = index.find(incoming->fragment);
    if (is_tree || (reference && index.is_kept(reference->object)))
      (void)disk.remove(layout.incoming() / entry.name);
  }
}

void clear_quarantine(runtime::Disk& disk, const HoldingLayout& layout,
                      const FragmentIndex& index) {
  const auto entries = disk.list(layout.quarantine());
  if (!entries) return;
  for (const auto& entry : *entries) {
    const auto hash = Blake3Hash::from_hex(entry.name);
    if (hash && (!index.find(*hash) || index.is_kept(*hash)))
      (void)disk.remove(layout.quarantine() / entry.name);
  }
}

}  // namespace

Result<void> prepare_folders(runtime::Disk& disk, const HoldingLayout& layout) {
  // A new folder is on the medium only when the one that holds its name is.
  std::vector<path> names{layout.folder()};
  for (path at = layout.folder(); at.has_relative_path(); at = at.parent_path()) {
    names.push_back(at.has_parent_path() ? at.parent_path() : path("."));
    if (disk.status(at)) break;
  }
  for (const path& folder :
       {layout.objects(), layout.plans(), layout.incoming(), layout.quarantine()})
    TRY(disk.make_folders(folder, folder_permissions));
  // Also where all are there: a start that failed may have made them, and the log, and not brought
  // their names to the medium. A disk that cannot be written has lost nothing so.
  auto synced = disk.sync(names);
  if (!synced && synced.error().code == Code::denied && disk.status(layout.log())) return {};
  return synced;
}

Result<void> complete(runtime::Disk& disk, const HoldingLayout& layout,
                      ReferenceLog::Condition condition, FragmentIndex& index) {
  return Completion(disk, layout, index).run(condition);
}

void clear_orphans(runtime::Disk& disk, const HoldingLayout& layout, const FragmentIndex& index) {
  clear_objects(disk, layout, index);
  clear_plans(disk, layout, index);
  clear_incoming(disk, layout, index);
  clear_quarantine(disk, layout, index);
  (void)disk.remove(runtime::new_name_of(layout.log()));
}

}  // namespace tesseras::replica
