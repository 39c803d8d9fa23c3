#include "preserve/upkeep/audit_record.hpp"

#include <algorithm>
#include <utility>

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

}  // namespace

AuditRecord::AuditRecord(Known known, WallTime now) : known_(std::move(known)) {
  // Of two times that lie ahead it is lost which was first: what was proved has to be again.
  const bool is_doubt_ahead = known_.doubted_since > now;
  for (auto& [name, fragment] : known_.fragments) {
    if (is_doubt_ahead && fragment.last_proved < known_.doubted_since) fragment.last_proved.reset();
  }
  known_.for_each_time([&](WallTime& time) { time = std::min(time, now); });
  if (known_.absent_for) *known_.absent_for = std::min<seconds>(*known_.absent_for, absence_max);
}

std::span<const Sample> AuditRecord::next(std::span<const SharedFragment> shared,
                                          std::uint64_t seed) {
  if (!known_.asked.empty()) return known_.asked;
  known_.asked = directed(shared, seed);
  known_.directed = known_.asked.size();
  const auto rest = draw(shared, Limits::challenges_max - known_.asked.size(),
                         runtime::Prng(seed).next(), known_.asked);
  known_.asked.insert(known_.asked.end(), rest.begin(), rest.end());
  return known_.asked;
}

// Chunks that are owed, and one of each fragment of which none was proved: any of them.
std::vector<Sample> AuditRecord::directed(std::span<const SharedFragment> shared,
                                          std::uint64_t seed) const {
  runtime::Prng prng(seed);
  std::vector<Sample> all;
  for (const auto& fragment : shared) {
    const auto known = known_.fragments.find(fragment.name);
    if (known == known_.fragments.end() ||
        (!known->second.last_proved && !known->second.failing_since)) {
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
    known_.absent_for.reset();
    for (std::size_t i = 0; i < samples.size(); ++i) on_finding(now, samples[i], findings[i]);
    judge_honesty(now, findings);
    judge_extent(now, samples, findings);
    known_.asked.clear();
    known_.directed = 0;
  }
  known_.last_attempt = now;
}

void AuditRecord::on_absence(WallTime now, int times) {
  if (!known_.absent_for) {
    // It may have left just now.
    known_.absent_for = seconds(0);
    return;
  }
  const auto passed = between(known_.last_attempt.value_or(now), now);
  *known_.absent_for += times * std::clamp(passed, seconds(0), seconds(absence_step_max));
  *known_.absent_for = std::min<seconds>(*known_.absent_for, absence_max);
}

void AuditRecord::on_finding(WallTime now, const Sample& sample, Finding finding) {
  if (!std::ranges::contains(known_.asked, sample)) return;  // forgotten meanwhile
  const Challenge& challenge = sample.challenge;
  AuditedFragment& fragment = known_.fragments[challenge.name];
  if (finding == Finding::proved) {
    ++counts_.proved;
    fragment.last_proved = now;
    // Only the very chunk that was missing shows that nothing is.
    if (challenge.chunk == fragment.owed_chunk) fragment.failing_since.reset();
    return;
  }
  known_.failed_at = now;
  ++(finding == Finding::lied ? counts_.lied : counts_.not_kept);
  if (fragment.failing_since) return;
  fragment.failing_since = now;
  fragment.owed_chunk = challenge.chunk;
}

void AuditRecord::judge_honesty(WallTime now, std::span<const Finding> findings) {
  if (std::ranges::contains(findings, Finding::lied)) known_.lied_at = now;
  if (!known_.lied_at) return;
  if (std::ranges::any_of(findings, [](Finding one) { return one != Finding::proved; })) {
    known_.clean_requests = 0;
    return;
  }
  if (known_.clean_requests++ == 0 || now < known_.clean_since) known_.clean_since = now;
  if (known_.clean_requests >= clean_requests_min &&
      between(known_.clean_since.value_or(now), now) >= clean_time_min) {
    known_.lied_at.reset();
    known_.clean_requests = 0;
  }
}

// One chunk speaks for one fragment. Many that are gone at once speak for a disk that is.
void AuditRecord::judge_extent(WallTime now, std::span<const Sample> samples,
                               std::span<const Finding> findings) {
  if (samples.size() != known_.asked.size() || samples.size() <= known_.directed) return;
  const auto drawn = findings.subspan(known_.directed);
  const auto proved = static_cast<std::size_t>(std::ranges::count(drawn, Finding::proved));
  if (2 * proved <= drawn.size()) {
    if (!known_.doubted_since) known_.doubted_since = now;
  } else if (proved == drawn.size()) {
    known_.doubted_since.reset();
  }
}

bool AuditRecord::forget(const IsGone& is_gone) {
  const auto is_asked_in_vain = [&](const Sample& one) { return is_gone(one.challenge.name); };
  const auto gone_of_directed = std::count_if(
      known_.asked.begin(), known_.asked.begin() + static_cast<std::ptrdiff_t>(known_.directed),
      is_asked_in_vain);
  known_.directed -= static_cast<std::size_t>(gone_of_directed);
  const auto not_asked = std::erase_if(known_.asked, is_asked_in_vain);
  const auto forgotten =
      std::erase_if(known_.fragments, [&](const auto& one) { return is_gone(one.first); });
  return not_asked + forgotten > 0;
}

std::optional<LastAsked> AuditRecord::last_asked() const {
  if (!known_.last_attempt) return std::nullopt;
  return LastAsked{*known_.last_attempt, !known_.absent_for};
}

Presence AuditRecord::presence(const FragmentName& name) const {
  if (is_distrusted() || failing_since(name) || known_.absent_for >= seconds(absence_max))
    return Presence::lost;
  if (known_.doubted_since && last_proved(name) < known_.doubted_since) return Presence::lost;
  if (known_.absent_for >= seconds(absence_late)) return Presence::late;
  return known_.absent_for ? Presence::away : Presence::live;
}

bool AuditRecord::forget_all_but(std::span<const SharedFragment> shared) {
  return forget([&](const FragmentName& name) {
    return !std::ranges::binary_search(shared, name, {}, &SharedFragment::name);
  });
}

bool AuditRecord::has_proved_lately(const FragmentName& name, WallTime now) const {
  return last_proved(name) && presence(name) == Presence::live && known_.last_attempt &&
         between(*known_.last_attempt, now) <= seconds(proof_memory);
}

bool AuditRecord::may_be_given_more(WallTime now) const {
  if (is_distrusted() || known_.doubted_since || known_.absent_for) return false;
  if (known_.failed_at && between(*known_.failed_at, now) < failure_memory) return false;
  return std::ranges::none_of(known_.fragments,
                              [](const auto& one) { return one.second.failing_since.has_value(); });
}

std::optional<WallTime> AuditRecord::last_proved(const FragmentName& name) const {
  const auto at = known_.fragments.find(name);
  return at == known_.fragments.end() ? std::nullopt : at->second.last_proved;
}

std::optional<WallTime> AuditRecord::failing_since(const FragmentName& name) const {
  const auto at = known_.fragments.find(name);
  return at == known_.fragments.end() ? std::nullopt : at->second.failing_since;
}

}  // namespace tesseras::upkeep
