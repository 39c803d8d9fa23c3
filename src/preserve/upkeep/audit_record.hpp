// What this node knows of one peer by asking it for proofs: what to ask next, and how far what it
// keeps counts (spec/audit.md, sections 2 and 4). Pure; for one thread. Nobody else's word goes
// into it, and nobody else is told of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "foundation/base/time.hpp"
#include "preserve/upkeep/audit_schedule.hpp"
#include "preserve/upkeep/challenges.hpp"

namespace tesseras::upkeep {

// How far a fragment that a peer says it keeps counts.
enum class Presence : std::uint8_t {
  live,  // it can be got there now
  away,  // the peer is not there, and is expected to return
  late,  // it should have returned by now, and may still
  lost,  // nothing is expected
};

// Absence, counted as spec/audit.md has it, after which a peer is late, and after which nothing is
// expected any more. Silence counts twice.
inline constexpr std::chrono::hours absence_late{24};
inline constexpr std::chrono::hours absence_max{72};
// Between two attempts no more than this counts, whatever the clock says.
inline constexpr std::chrono::hours absence_step_max{12};
// A liar's way back: so many requests in a row proved to the last chunk, and so much time.
inline constexpr unsigned clean_requests_min = 28;
inline constexpr std::chrono::days clean_time_min{14};

// Who did not prove a chunk is given nothing new for so long.
inline constexpr std::chrono::days failure_memory{14};

// A peer that was there so long ago may be gone by now. Each is asked once a day.
inline constexpr std::chrono::hours proof_memory{48};

// What is written down about a peer is forgotten when it was not asked for so long.
inline constexpr std::chrono::days record_memory{90};

// Of one fragment that a peer says it keeps.
struct AuditedFragment {
  std::optional<base::WallTime> last_proved;
  std::optional<base::WallTime> failing_since;
  std::uint64_t owed_chunk = 0;  // when it is failing

  bool operator==(const AuditedFragment&) const = default;
};

class AuditRecord {
 public:
  struct Counts {
    std::uint64_t proved = 0;    // chunks
    std::uint64_t not_kept = 0;  // chunks
    std::uint64_t lied = 0;      // chunks
    std::uint64_t silent = 0;    // requests
    std::uint64_t offline = 0;   // requests

    bool operator==(const Counts&) const = default;
  };

  // All of it but the counts, which are since the program began.
  struct Known {
    std::map<FragmentName, AuditedFragment> fragments;
    std::vector<Sample> asked;  // and not answered; at most Limits::challenges_max
    std::size_t directed = 0;   // so many of them at the front were not drawn over everything
    std::optional<base::WallTime> last_attempt;
    std::optional<std::chrono::seconds> absent_for;  // nullopt: it answered last time
    std::optional<base::WallTime> failed_at;
    std::optional<base::WallTime> lied_at;
    // Half of what was drawn was not proved: what was not proved since is not expected.
    std::optional<base::WallTime> doubted_since;
    unsigned clean_requests = 0;
    std::optional<base::WallTime> clean_since;

    bool operator==(const Known&) const = default;
    // visit(base::WallTime&): each that it has.
    template <class Visit>
    void for_each_time(const Visit& visit);
  };

  AuditRecord() = default;
  // As it was written down; times later than now are now: a clock was set back since.
  AuditRecord(Known known, base::WallTime now);
  const Known& known() const { return known_; }

  // What to ask next: the same as before, when that was not answered; else of what is shared with
  // the peer now, sorted by name. Empty: nothing is shared.
  // `seed` as draw(). Good until the next call of anything here.
  std::span<const Sample> next(std::span<const SharedFragment> shared, std::uint64_t seed);
  // What came of asking for these, which next() gave: a finding for each. All silent or all
  // offline: there was no answer.
  void on_findings(base::WallTime now, std::span<const Sample> samples,
                   std::span<const Finding> findings);
  // Forgets fragments that are not shared any more: the peer was to let go of them, or their plan
  // is not ours any longer. Whether anything was known of one.
  using IsGone = std::function<bool(const FragmentName&)>;
  bool forget(const IsGone& is_gone);
  // All that are not among these, sorted by name.
  bool forget_all_but(std::span<const SharedFragment> shared);

  // nullopt: never.
  std::optional<LastAsked> last_asked() const;
  // Of a fragment that the peer says it keeps.
  Presence presence(const FragmentName& name) const;
  // Whether it counts as there, a chunk of it was proved, and the peer has answered for the last
  // time within proof_memory.
  bool has_proved_lately(const FragmentName& name, base::WallTime now) const;
  // When a chunk of it was proved last; nullopt: never.
  std::optional<base::WallTime> last_proved(const FragmentName& name) const;
  // Since when a chunk of it is owed; nullopt: none is.
  std::optional<base::WallTime> failing_since(const FragmentName& name) const;
  // Whether it is of use to give it further fragments: it owes nothing, is believed, and for
  // failure_memory nothing was found missing, whatever was forgotten since.
  bool may_be_given_more(base::WallTime now) const;
  // It has lied, and has not come back from that.
  bool is_distrusted() const { return known_.lied_at.has_value(); }
  const Counts& counts() const { return counts_; }

 private:
  std::vector<Sample> directed(std::span<const SharedFragment> shared, std::uint64_t seed) const;
  void on_absence(base::WallTime now, int times);
  void on_finding(base::WallTime now, const Sample& sample, Finding finding);
  void judge_honesty(base::WallTime now, std::span<const Finding> findings);
  void judge_extent(base::WallTime now, std::span<const Sample> samples,
                    std::span<const Finding> findings);

  Known known_;
  Counts counts_;
};

template <class Visit>
void AuditRecord::Known::for_each_time(const Visit& visit) {
  const auto at = [&](std::optional<base::WallTime>& time) {
    if (time) visit(*time);
  };
  for (auto& [name, fragment] : fragments) {
    at(fragment.last_proved);
    at(fragment.failing_since);
  }
  for (auto* time : {&last_attempt, &failed_at, &lied_at, &doubted_since, &clean_since}) at(*time);
}

}  // namespace tesseras::upkeep
