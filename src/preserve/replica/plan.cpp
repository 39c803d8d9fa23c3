#include "preserve/replica/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/crypto/limits.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/manifest_head.hpp"

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

// Takes lines off the front of a text, each of which must begin as it is told.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  Result<std::string_view> next(std::string_view name) {
    ++number_;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos || !rest_.substr(0, end).starts_with(name))
      return fail(Code::corrupt, "plan: line {} should be '{}...'", number_, name);
    const auto value = rest_.substr(name.size(), end - name.size());
    rest_.remove_prefix(end + 1);
    return value;
  }
  Result<std::uint64_t> next_number(std::string_view name, std::uint64_t max) {
    const auto number = base::decimal_from(TRY(next(name)), max);
    if (!number || *number == 0)
      return fail(Code::corrupt, "plan: line {} has no number that may stand there", number_);
    return *number;
  }
  template <class Id>
  Result<Id> next_id(std::string_view name) {
    const auto id = Id::from_hex(TRY(next(name)));
    if (!id) return fail(Code::corrupt, "plan: line {} has no hash", number_);
    return *id;
  }
  Result<void> expect_end() const {
    if (rest_.empty()) return {};
    return fail(Code::corrupt, "plan: something follows line {}", number_);
  }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

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
  Lines lines(text);
  if (!TRY(lines.next("tesseras plan v1")).empty())
    return fail(Code::corrupt, "plan: line 1 has more than it may");
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

SignedPlan::SignedPlan(std::string text, Plan plan, Bytes chunk,
                       std::vector<crypto::ChainingValue> path, Keys keys,
                       identity::Signatures signatures)
    : text_(std::move(text)),
      id_(id_of(text_)),
      plan_(std::move(plan)),
      chunk_(std::move(chunk)),
      path_(std::move(path)),
      keys_(keys),
      signatures_(signatures) {}

Result<SignedPlan> SignedPlan::make(const Plan& plan, std::string_view manifest,
                                    const identity::Identity& author) {
  const ByteSpan bytes = base::as_bytes(manifest);
  if (plan.manifest_bytes != bytes.size() || crypto::blake3(bytes).bytes != plan.content_hash.bytes)
    return fail(Code::invalid, "the plan is not that of this tessera");
  const auto chunk = bytes.first(crypto::blake3_chunk_size(bytes.size(), 0));
  const auto& keys = author.public_keys();
  const auto head = TRY(tessera::parse_manifest_head(base::as_text(chunk)));
  if (head.creator != keys.ed25519 || head.creator_mldsa65 != crypto::blake3(keys.mldsa65.bytes)) {
    return fail(Code::denied,
                "this tessera is somebody else's, and its fragments are for its author to sign");
  }
  std::string text = encode(plan);
  const auto signatures = author.sign(base::as_bytes(text));
  return SignedPlan(std::move(text), plan, Bytes(chunk.begin(), chunk.end()),
                    TRY(crypto::tree_path(bytes, 0)), {keys.ed25519, keys.mldsa65}, signatures);
}

Result<SignedPlan> SignedPlan::decode(ByteSpan bytes) {
  const auto map = TRY(wire::unpack_map(bytes, signed_plan_bytes_max));
  const auto chunk = TRY(map.bytes("chunk", crypto::blake3_chunk_size_bytes));
  const Keys keys{TRY(map.id<crypto::Ed25519PublicKey>("ed25519_key")),
                  TRY(map.id<crypto::MlDsa65PublicKey>("mldsa65_key"))};
  const identity::Signatures signatures{TRY(map.id<crypto::Ed25519Signature>("ed25519_signature")),
                                        TRY(map.id<crypto::MlDsa65Signature>("mldsa65_signature"))};
  auto path = TRY(map.list("path", crypto::Limits::blake3_tree_depth_max,
                           [](wire::Value one) { return one.id<crypto::ChainingValue>(); }));
  std::string text(base::as_text(TRY(map.bytes("plan", text_bytes_max))));
  auto plan = TRY(parse_plan(text));
  SignedPlan made(std::move(text), std::move(plan), Bytes(chunk.begin(), chunk.end()),
                  std::move(path), keys, signatures);
  TRY(made.check());
  return made;
}

// In the order of what they cost.
Result<void> SignedPlan::check() const {
  const crypto::Blake3Hash root{plan_.content_hash.bytes};
  TRY(crypto::verify_path(root, plan_.manifest_bytes, 0, chunk_, path_));
  const auto head = TRY(tessera::parse_manifest_head(base::as_text(chunk_)));
  if (head.creator != keys_.ed25519 || head.creator_mldsa65 != crypto::blake3(keys_.mldsa65.bytes))
    return fail(Code::corrupt, "plan: its keys are not those of the tessera's author");
  const auto message = base::as_bytes(text_);
  if (!crypto::verify(keys_.ed25519, message, signatures_.ed25519) ||
      !crypto::verify(keys_.mldsa65, message, signatures_.mldsa65))
    return fail(Code::corrupt, "plan: a signature does not hold");
  return {};
}

Bytes SignedPlan::encoded() const {
  auto bytes = wire::pack_map(
      [&](wire::MapWriter& map) {
        map.bytes("chunk", chunk_);
        map.bytes("ed25519_key", keys_.ed25519.bytes);
        map.bytes("ed25519_signature", signatures_.ed25519.bytes);
        map.bytes("mldsa65_key", keys_.mldsa65.bytes);
        map.bytes("mldsa65_signature", signatures_.mldsa65.bytes);
        map.list("path", path_, [](wire::ArrayWriter& out, const crypto::ChainingValue& one) {
          out.bytes(one.bytes);
        });
        map.bytes("plan", base::as_bytes(text_));
      },
      signed_plan_bytes_max);
  ASSERT(bytes.has_value());
  return *std::move(bytes);
}

}  // namespace tesseras::replica
