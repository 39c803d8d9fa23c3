#include "preserve/heirs/recovery.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/text.hpp"
#include "foundation/crypto/random.hpp"
#include "preserve/identity/seed_file.hpp"

namespace tesseras::heirs {
namespace {

using base::Code;
using base::fail;

bool agree(const Given& a, const Given& b) {
  return a.share.set == b.share.set && a.share.part.data.size() == b.share.part.data.size();
}

// "share 2 (b.txt)"
std::string named(const Given& given) {
  return fmt::format("share {} ({})", given.share.part.index, given.name);
}

// In what `one` differs from `other`, with which it does not agree.
std::string difference(const Given& one, const Given& other) {
  const ShareSet& a = one.share.set;
  const ShareSet& b = other.share.set;
  if (a.owner != b.owner)
    return fmt::format("it is of another owner, {} and not {}", a.owner.hex(), b.owner.hex());
  if (a.session != b.session) {
    return fmt::format(
        "it was made at another time, on {} in session {}, and not on {} in session {}", a.created,
        a.session.hex(), b.created, b.session.hex());
  }
  if (a.threshold != b.threshold || a.total != b.total) {
    return fmt::format("it says that {} of {} are needed, and not {} of {}", a.threshold, a.total,
                       b.threshold, b.total);
  }
  if (a.created != b.created)
    return fmt::format("it says that it was made on {}, and not on {}", a.created, b.created);
  return "its list of all shares' hashes is another, so it is false";
}

// The one that most agree with; of several such, the first.
const Given& most_agreed(std::span<const Given> given) {
  return *std::ranges::max_element(given, {}, [&](const Given& one) {
    return std::ranges::count_if(given, [&](const Given& other) { return agree(one, other); });
  });
}

Result<void> require_one_set(std::span<const Given> given) {
  const Given& reference = most_agreed(given);
  const auto stranger =
      std::ranges::find_if(given, [&](const Given& one) { return !agree(one, reference); });
  if (stranger == given.end()) return {};
  const auto agreeing = [&](const Given& with) {
    return std::ranges::count_if(given, [&](const Given& one) { return agree(one, with); });
  };
  if (agreeing(*stranger) == agreeing(reference)) {
    return fail(
        Code::invalid,
        "{} and {} do not belong together: of the first, {}; which of them is the right one "
        "cannot be told from these alone: bring one more",
        named(*stranger), named(reference), difference(*stranger, reference));
  }
  return fail(Code::invalid, "{} does not belong to the others: {}; leave it out", named(*stranger),
              difference(*stranger, reference));
}

// One of each index.
std::vector<sharing::Share> different_parts(std::span<const Given> given) {
  std::vector<sharing::Share> parts;
  parts.reserve(given.size());
  for (const Given& one : given) {
    const auto& part = one.share.part;
    if (std::ranges::contains(parts, part.index, &sharing::Share::index)) continue;
    parts.push_back({part.index, crypto::SecretBuffer::copy_of(part.data.span())});
  }
  std::ranges::sort(parts, {}, &sharing::Share::index);
  return parts;
}

Result<void> require_enough(std::span<const sharing::Share> parts, std::span<const Given> given) {
  const unsigned needed = given.front().share.set.threshold;
  if (parts.size() >= needed) return {};
  const std::size_t more = needed - parts.size();
  return fail(Code::invalid, "{} of {} are needed, and {} here{}; bring {} more",
              base::counted(needed, "share"), given.front().share.set.total,
              parts.size() == 1 ? "1 is" : fmt::format("{} are", parts.size()),
              parts.size() == given.size() ? "" : ", one of them twice", more);
}

}  // namespace

Result<std::vector<Share>> make_shares(const identity::RootSeed& seed, unsigned threshold,
                                       unsigned total, base::WallTime now) {
  TRY(check_numbers(threshold, total));
  ShareSet set;
  set.threshold = threshold;
  set.total = total;
  set.owner = identity::Identity::from_seed(seed).fingerprint();
  crypto::fill_random(set.session.bytes);
  const auto day = base::to_civil(now);
  set.created = fmt::format("{:04}-{:02}-{:02}", day.year, day.month, day.day);
  auto parts = sharing::split(identity::encode_heir_blob(seed).span(), threshold, total);
  set.hashes.reserve(total);
  for (const auto& part : parts) set.hashes.push_back(crypto::blake3(part.data.span()));
  std::vector<Share> shares;
  shares.reserve(total);
  for (auto& part : parts) shares.push_back({.set = set, .part = std::move(part)});
  return shares;
}

Result<Recovered> recover(std::span<const Given> given) {
  if (given.empty()) return fail(Code::invalid, "no share is given");
  TRY(require_one_set(given));
  const auto parts = different_parts(given);
  TRY(require_enough(parts, given));
  // Shares that agree have the same list, and decode() held each one's data against it.
  const auto blob = TRY(sharing::combine(parts));
  auto seed = identity::decode_heir_blob(blob.span());
  if (!seed) return fail_in(seed.error(), "what these shares give");
  auto identity = identity::Identity::from_seed(*seed);
  const auto& owner = given.front().share.set.owner;
  if (identity.fingerprint() != owner) {
    return fail(Code::corrupt,
                "these shares say that they are of {}, and give {}: they are false, or one of them "
                "is; bring others",
                owner.hex(), identity.fingerprint().hex());
  }
  std::vector<unsigned> indices;
  indices.reserve(parts.size());
  for (const auto& part : parts) indices.push_back(part.index);
  return Recovered{
      .seed = *std::move(seed), .identity = std::move(identity), .indices = std::move(indices)};
}

}  // namespace tesseras::heirs
