#include "preserve/replica/plan.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/replica/text_lines.hpp"
#include "preserve/tessera/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using erasure::Shape;
using erasure::Tier;

constexpr std::size_t text_bytes_max = 8192;
constexpr std::uint64_t pack_bytes_max = (std::uint64_t{1} << 63U) - 1;
constexpr std::size_t hash_digits = 2 * crypto::Blake3Hash::size_bytes;

// In the order of the tiers' numbers.
constexpr std::array<std::string_view, 3> code_names = {"copies 7", "cauchy 16+8", "cauchy 48+24"};
std::string_view name_of(Tier tier) { return code_names.at(std::to_underlying(tier) - 1U); }

std::size_t hashes_in(const Shape& shape) {
  return shape.tier() == Tier::copies ? 1 : shape.fragments();
}

PlanId id_of(std::string_view text) { return PlanId{crypto::blake3(base::as_bytes(text)).bytes}; }

}  // namespace

std::string encode(const Plan& plan) {
  ASSERT(plan.fragments.size() == hashes_in(plan.shape));
  std::string text = fmt::format(
      "tesseras plan v1\ncontent: {}\nmanifest: {}\npack: {}\ncode: {}\n", plan.content_hash.hex(),
      plan.manifest_bytes, plan.shape.pack_bytes(), name_of(plan.shape.tier()));
  text.reserve(text.size() + plan.fragments.size() * (hash_digits + 1));
  for (const auto& hash : plan.fragments) text += hash.hex() + "\n";
  return text;
}

Result<Plan> parse_plan(std::string_view text) {
  if (text.size() > text_bytes_max) return fail(Code::corrupt, "plan: it is too long");
  TextLines lines("plan", text);
  TRY(lines.next_alone("tesseras plan v1"));
  const auto content_hash = TRY(lines.next_id<base::ContentHash>("content: "));
  const auto manifest_bytes =
      TRY(lines.next_number("manifest: ", tessera::Limits::manifest_bytes_max));
  const auto pack_bytes = TRY(lines.next_number("pack: ", pack_bytes_max));
  const Shape shape(erasure::tier_of(pack_bytes), pack_bytes);
  if (const auto name = TRY(lines.next("code: ")); name != name_of(shape.tier()))
    return fail(Code::corrupt, "plan: a pack of {} bytes is cut otherwise", pack_bytes);
  Plan plan{content_hash, manifest_bytes, shape, {}};
  for (std::size_t i = 0; i < hashes_in(shape); ++i)
    plan.fragments.push_back(TRY(lines.next_id<crypto::Blake3Hash>("")));
  TRY(lines.expect_end());
  return plan;
}

SignedPlan::SignedPlan(std::string text, Plan plan, Authorship authorship)
    : text_(std::move(text)),
      id_(id_of(text_)),
      plan_(std::move(plan)),
      authorship_(std::move(authorship)) {}

Result<SignedPlan> SignedPlan::make(const Plan& plan, std::string_view manifest,
                                    const identity::Identity& author) {
  const ByteSpan bytes = base::as_bytes(manifest);
  if (plan.manifest_bytes != bytes.size() || crypto::blake3(bytes).bytes != plan.content_hash.bytes)
    return fail(Code::invalid, "the plan is not that of this tessera");
  std::string text = encode(plan);
  auto authorship = TRY(Authorship::make(text, manifest, author));
  return SignedPlan(std::move(text), plan, std::move(authorship));
}

Result<SignedPlan> SignedPlan::decode(ByteSpan bytes) {
  const auto map = TRY(wire::unpack_map(bytes, signed_plan_bytes_max));
  auto authorship = TRY(Authorship::read(map));
  std::string text(base::as_text(TRY(map.bytes("plan", text_bytes_max))));
  auto plan = TRY(parse_plan(text));
  const auto checked = authorship.check(text, plan.content_hash, plan.manifest_bytes);
  if (!checked) return base::fail_in(checked.error(), "plan");
  return SignedPlan(std::move(text), std::move(plan), std::move(authorship));
}

Bytes SignedPlan::encoded() const {
  auto bytes = wire::pack_map(
      [&](wire::MapWriter& map) {
        authorship_.write(map);
        map.bytes("plan", base::as_bytes(text_));
      },
      signed_plan_bytes_max);
  ASSERT(bytes.has_value());
  return *std::move(bytes);
}

}  // namespace tesseras::replica
