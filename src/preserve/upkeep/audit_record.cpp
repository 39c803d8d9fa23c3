#include "preserve/upkeep/audit_record.hpp"

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/prng.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {

using base::WallTime;
using std::chrono::seconds;

namespace {

seconds between(WallTime earlier, WallTime later) {
  return seconds(later.unix_seconds - earlier.unix_seconds);
}

const SharedFragment* find(std::span<const SharedFragment> shared, const FragmentName& name) {
  const auto at = std::ranges::lower_bound(shared, name, {}, &SharedFragment::name);
  return at == shared.end() || at->name != name ? nullptr : &*at;
}

}  // namespace

template <class IsGone>
void AuditRecord::drop_asked(const IsGone& is_gone) {
  const auto gone_of_directed =
      std::count_if(asked_.begin(), asked_.begin() + static_cast<std::ptrdiff_t>(directed_),
                    [&](const Sample& one) { return is_gone(one.challenge); });
  directed_ -= static_cast<std::size_t>(gone_of_directed);
  std::erase_if(asked_, [&](const Sample& one) { return is_gone(one.challenge); });
}

std::span<const Sample> AuditRecord::next(std::span<const SharedFragment> shared,
                                          std::uint64_t seed) {
  drop_asked([&](const Challenge& one) { return find(shared, one.name) == nullptr; });
  if (!asked_.empty()) return asked_;
  asked_ = directed(shared, seed);
  directed_ = asked_.size();
  const auto rest =
      draw(shared, Limits::challenges_max - asked_.size(), runtime::Prng(seed).next(), asked_);
  asked_.insert(asked_.end(), rest.begin(), rest.end());
  return asked_;
}

// Chunks that are owed, and one of each fragment of which none was proved: any of them.
std::vector<Sample> AuditRecord::directed(std::span<const SharedFragment> shared,
                                          std::uint64_t seed) const {
  runtime::Prng prng(seed);
  std::vector<Sample> all;
  for (const auto& fragment : shared) {
    const auto known = fragments_.find(fragment.name);
    if (known == fragments_.end() || (!known->second.last_proved && !known->second.failing_since)) {
      all.push_back(draw_of(fragment, prng.next()));
    } else if (known->second.failing_since) {
      all.push_back({{fragment.content_hash, fragment.name, known->second.owed_chunk},
                     fragment.hash,
                     fragment.size_bytes});
    }
  }
  while (all.size() > Limits::directed_max) {
    std::swap(all[prng.below(all.size())], all.back());
    all.pop_back();
  }
  return all;
}

void AuditRecord::on_findings(WallTime now, std::span<const Sample> samples,
                              std::span<const Finding> findings) {
  ASSERT(findings.size() == samples.size());
  if (findings.empty()) return;
  if (std::ranges::contains(findings, Finding::offline)) {
    ++counts_.offline;
    on_absence(now, 1);
  } else if (std::ranges::contains(findings, Finding::silent)) {
    ++counts_.silent;
    // It could answer, and so it is waited for half as long.
    on_absence(now, 2);
  } else {
    absent_for_.reset();
    for (std::size_t i = 0; i < samples.size(); ++i) on_finding(now, samples[i], findings[i]);
    judge_honesty(now, findings);
    judge_extent(now, samples, findings);
    asked_.clear();
    directed_ = 0;
  }
  last_attempt_ = now;
}

void AuditRecord::on_absence(WallTime now, int times) {
  if (!absent_for_) {
    // It may have left just now.
    absent_for_ = seconds(0);
    return;
  }
  const auto passed = between(last_attempt_.value_or(now), now);
  *absent_for_ += times * std::clamp(passed, seconds(0), seconds(absence_step_max));
  *absent_for_ = std::min<seconds>(*absent_for_, absence_max);
}

void AuditRecord::on_finding(WallTime now, const Sample& sample, Finding finding) {
  if (!std::ranges::contains(asked_, sample)) return;  // forgotten meanwhile
  const Challenge& challenge = sample.challenge;
  OfFragment& fragment = fragments_[challenge.name];
  if (finding == Finding::proved) {
    ++counts_.proved;
    fragment.last_proved = now;
    // Only the very chunk that was missing shows that nothing is.
    if (challenge.chunk == fragment.owed_chunk) fragment.failing_since.reset();
    return;
  }
  failed_at_ = now;
  ++(finding == Finding::lied ? counts_.lied : counts_.not_kept);
  if (fragment.failing_since) return;
  fragment.failing_since = now;
  fragment.owed_chunk = challenge.chunk;
}

void AuditRecord::judge_honesty(WallTime now, std::span<const Finding> findings) {
  if (std::ranges::contains(findings, Finding::lied)) lied_at_ = now;
  if (!lied_at_) return;
  if (std::ranges::any_of(findings, [](Finding one) { return one != Finding::proved; })) {
    clean_requests_ = 0;
    return;
  }
  if (clean_requests_++ == 0 || now < clean_since_) clean_since_ = now;
  if (clean_requests_ >= clean_requests_min && between(clean_since_, now) >= clean_time_min) {
    lied_at_.reset();
    clean_requests_ = 0;
  }
}

// One chunk speaks for one fragment. Many that are gone at once speak for a disk that is.
void AuditRecord::judge_extent(WallTime now, std::span<const Sample> samples,
                               std::span<const Finding> findings) {
  if (samples.size() != asked_.size() || samples.size() <= directed_) return;
  const auto drawn = findings.subspan(directed_);
  const auto proved = static_cast<std::size_t>(std::ranges::count(drawn, Finding::proved));
  if (2 * proved <= drawn.size()) {
    if (!doubted_since_) doubted_since_ = now;
  } else if (proved == drawn.size()) {
    doubted_since_.reset();
  }
}

void AuditRecord::forget(const FragmentName& name) {
  fragments_.erase(name);
  drop_asked([&](const Challenge& one) { return one.name == name; });
}

Presence AuditRecord::presence(const FragmentName& name) const {
  if (is_distrusted() || failing_since(name) || absent_for_ >= seconds(absence_max))
    return Presence::lost;
  if (doubted_since_ && last_proved(name) < doubted_since_) return Presence::lost;
  if (absent_for_ >= seconds(absence_late)) return Presence::late;
  return absent_for_ ? Presence::away : Presence::live;
}

bool AuditRecord::may_be_given_more(WallTime now) const {
  if (is_distrusted() || doubted_since_ || absent_for_) return false;
  if (failed_at_ && between(*failed_at_, now) < failure_memory) return false;
  return std::ranges::none_of(fragments_,
                              [](const auto& one) { return one.second.failing_since.has_value(); });
}

std::optional<WallTime> AuditRecord::last_proved(const FragmentName& name) const {
  const auto at = fragments_.find(name);
  return at == fragments_.end() ? std::nullopt : at->second.last_proved;
}

std::optional<WallTime> AuditRecord::failing_since(const FragmentName& name) const {
  const auto at = fragments_.find(name);
  return at == fragments_.end() ? std::nullopt : at->second.failing_since;
}

}  // namespace tesseras::upkeep
