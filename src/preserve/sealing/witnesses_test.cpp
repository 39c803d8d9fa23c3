#include "preserve/sealing/witnesses.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "foundation/crypto/random.hpp"
#include "preserve/sealing/limits.hpp"
#include "preserve/sealing/wrapping.hpp"

namespace tesseras::sealing {
namespace {

using base::Bytes;
using base::Code;
using crypto::XWingKey;
using crypto::XWingPublicKey;

constexpr std::size_t head_bytes = 24;
constexpr std::size_t hash_bytes = 32;

XWingKey somebody() { return XWingKey::from_seed(crypto::random_secret<32>()); }

KeyPart copy_of(const KeyPart& part) { return {part.index, part.data.clone()}; }

// A key, and `count` who have parts of it.
struct Sealed {
  explicit Sealed(unsigned count, unsigned threshold_) : threshold(threshold_) {
    keys.reserve(count);
    for (unsigned i = 0; i < count; ++i) keys.push_back(somebody());
    file = made_for(keys, threshold).value();
  }

  Result<Bytes> made_for(const std::vector<XWingKey>& owners, unsigned needed) const {
    std::vector<XWingPublicKey> to;
    to.reserve(owners.size());
    for (const auto& owner : owners) to.push_back(owner.public_key());
    return make_witnesses(key, binding, to, needed);
  }
  Result<KeyPart> opened(const Bytes& from, const XWingKey& own) const {
    return open_part(TRY(parse_witnesses(from)), binding, own);
  }
  std::vector<KeyPart> parts() const {
    std::vector<KeyPart> all;
    all.reserve(keys.size());
    for (const auto& own : keys) all.push_back(opened(file, own).value());
    return all;
  }
  Result<ContentKey> joined(std::span<const KeyPart> some) const {
    return key_of_parts(parse_witnesses(file).value(), binding.capsule.id,
                        commitment_to(key, binding.capsule.id), some);
  }
  std::size_t entry(std::size_t number) const {
    return head_bytes + keys.size() * hash_bytes + number * entry_bytes;
  }

  ContentKey key = new_content_key();
  WitnessBinding binding{{new_capsule_id(), base::WallTime{2'000'000'000, 0}},
                         crypto::Ed25519PublicKey{{std::byte{9}}}};
  unsigned threshold;
  std::vector<XWingKey> keys;
  Bytes file;
};

TEST(Witnesses, EnoughOfThemHaveTheKey) {
  for (unsigned count = 1; count <= 5; ++count) {
    for (unsigned threshold = 1; threshold <= count; ++threshold) {
      const Sealed sealed(count, threshold);
      EXPECT_EQ(sealed.file.size(), head_bytes + count * (hash_bytes + entry_bytes));
      const auto parts = sealed.parts();
      for (unsigned from = 0; from + threshold <= count; ++from) {
        const auto key = sealed.joined(std::span(parts).subspan(from, threshold));
        ASSERT_TRUE(key) << key.error().message;
        EXPECT_EQ(*key, sealed.key);
      }
      EXPECT_EQ(sealed.joined(parts).value(), sealed.key);
      EXPECT_EQ(sealed.joined(std::span(parts).first(threshold - 1)).error().code, Code::invalid);
    }
  }
}

TEST(Witnesses, EachHasAnotherPartAndNobodyElseOne) {
  const Sealed sealed(32, 17);
  std::set<std::uint8_t> numbers;
  for (const auto& part : sealed.parts()) numbers.insert(part.index);
  EXPECT_EQ(numbers.size(), 32);
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), 32);
  EXPECT_EQ(sealed.opened(sealed.file, somebody()).error().code, Code::denied);
}

TEST(Witnesses, APersonMayBeOne) {
  Sealed sealed(1, 1);
  const auto heir = identity::Identity::from_seed(identity::new_root_seed());
  const std::vector keys{heir.public_keys().xwing, sealed.keys[0].public_key()};
  const auto file = make_witnesses(sealed.key, sealed.binding, keys, 1);
  ASSERT_TRUE(file);
  const auto witnesses = parse_witnesses(*file).value();
  const auto part = open_part(witnesses, sealed.binding, heir);
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_TRUE(part_holds(witnesses, sealed.binding.capsule.id, *part));
  // With one that is enough, the part is the key.
  EXPECT_EQ(part->data, sealed.key);
}

TEST(Witnesses, ChanceDecidesWhoseIsWhich) {
  const Sealed sealed(4, 2);
  std::set<std::uint8_t> places;
  // That one of four is never seen in 60 is one in 8 million.
  for (int i = 0; i < 60 && places.size() < 4; ++i)
    places.insert(sealed.opened(sealed.made_for(sealed.keys, 2).value(), sealed.keys[0])->index);
  EXPECT_EQ(places.size(), 4);
}

TEST(Witnesses, RefuseWhatCannotWork) {
  const Sealed sealed(3, 2);
  EXPECT_EQ(sealed.made_for({}, 0).error().code, Code::invalid);
  EXPECT_EQ(sealed.made_for({}, 1).error().code, Code::invalid);
  EXPECT_EQ(sealed.made_for(sealed.keys, 0).error().code, Code::invalid);
  EXPECT_EQ(sealed.made_for(sealed.keys, 4).error().code, Code::invalid);
  const std::vector twice{sealed.keys[0].public_key(), sealed.keys[1].public_key(),
                          sealed.keys[0].public_key()};
  EXPECT_EQ(make_witnesses(sealed.key, sealed.binding, twice, 2).error().code, Code::invalid);
  XWingPublicKey none;
  none.bytes.fill(std::byte{0xff});
  EXPECT_EQ(make_witnesses(sealed.key, sealed.binding, std::vector{none}, 1).error().code,
            Code::invalid);
  std::vector<XWingPublicKey> many(Limits::witnesses_max + 1);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].bytes[0] = static_cast<std::byte>(i);
  EXPECT_EQ(make_witnesses(sealed.key, sealed.binding, many, 2).error().code, Code::exhausted);
}

TEST(Witnesses, RefuseEveryChangedByte) {
  const Sealed sealed(2, 2);
  for (std::size_t at = 0; at < sealed.file.size(); ++at) {
    Bytes changed = sealed.file;
    changed[at] ^= std::byte{1};
    int opened = 0;
    for (const auto& own : sealed.keys) {
      const auto part = sealed.opened(changed, own);
      if (part) ++opened;
      if (!part && at < head_bytes) continue;
      // Another's entry is not touched; one's own is refused, and gives no garbage.
      EXPECT_TRUE(part || part.error().code == Code::denied) << at;
    }
    EXPECT_EQ(opened, at < sealed.entry(0) ? 0 : 1) << at;
  }
}

TEST(Witnesses, AreBoundToTesseraDateAndCreator) {
  const Sealed sealed(1, 1);
  const auto witnesses = parse_witnesses(sealed.file).value();
  ASSERT_TRUE(open_part(witnesses, sealed.binding, sealed.keys[0]));
  const auto with = [&](auto change) {
    auto other = sealed.binding;
    change(other);
    const auto part = open_part(witnesses, other, sealed.keys[0]);
    return part ? "opened" : base::name_of(part.error().code);
  };
  using Binding = WitnessBinding;
  EXPECT_STREQ(with([](Binding& it) { it.capsule.id.bytes[31] ^= std::byte{1}; }), "denied");
  EXPECT_STREQ(with([](Binding& it) { it.capsule.open_after->unix_seconds += 1; }), "denied");
  EXPECT_STREQ(with([](Binding& it) { it.capsule.open_after.reset(); }), "denied");
  EXPECT_STREQ(with([](Binding& it) { it.creator.bytes[0] ^= std::byte{1}; }), "denied");
}

TEST(Witnesses, AreBoundToTheirPlaces) {
  const Sealed sealed(2, 1);
  Bytes swapped = sealed.file;
  const auto at = [&](std::size_t number) {
    return swapped.begin() + static_cast<std::ptrdiff_t>(sealed.entry(number));
  };
  std::swap_ranges(at(0), at(1), at(1));
  for (const auto& own : sealed.keys)
    EXPECT_EQ(sealed.opened(swapped, own).error().code, Code::denied);
}

TEST(Witnesses, RefuseOtherSizesAndNumbers) {
  const Sealed sealed(2, 1);
  const auto code_of = [](const Bytes& file) {
    const auto parsed = parse_witnesses(file);
    return parsed ? "parsed" : base::name_of(parsed.error().code);
  };
  EXPECT_STREQ(code_of(sealed.file), "parsed");
  for (const std::size_t size : {std::size_t{0}, head_bytes - 2, head_bytes - 1, head_bytes,
                                 sealed.entry(0), sealed.entry(1), sealed.file.size() - 1}) {
    const Bytes cut(sealed.file.begin(), sealed.file.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_STREQ(code_of(cut), "corrupt") << size;
  }
  Bytes longer = sealed.file;
  longer.push_back(std::byte{0});
  EXPECT_STREQ(code_of(longer), "corrupt");
  // T and N that none has, each in a file of the size that N wants.
  for (const auto& [threshold, count] :
       {std::pair{0U, 0U}, {0U, 2U}, {3U, 2U}, {1U, 0U}, {1U, 33U}, {33U, 33U}}) {
    Bytes file = sealed.file;
    file[head_bytes - 2] = static_cast<std::byte>(threshold);
    file[head_bytes - 1] = static_cast<std::byte>(count);
    file.resize(head_bytes + count * (hash_bytes + entry_bytes));
    EXPECT_STREQ(code_of(file), "corrupt") << threshold << " of " << count;
  }
}

TEST(Witnesses, NameAFalsePart) {
  const Sealed sealed(4, 3);
  auto parts = sealed.parts();
  parts[2].data.mutable_span()[7] ^= std::byte{1};
  const auto joined = sealed.joined(parts);
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, Code::invalid);
  const auto name = fmt::format("part {} ", parts[2].index);
  EXPECT_NE(joined.error().message.find(name), std::string::npos) << joined.error().message;
  // Under another number, or none that there is, it is false, too.
  for (const std::uint8_t index : {std::uint8_t{0}, std::uint8_t{5}, std::uint8_t{255}}) {
    parts = sealed.parts();
    parts[0].index = index;
    EXPECT_EQ(sealed.joined(parts).error().code, Code::invalid) << int{index};
  }
  parts = sealed.parts();
  std::swap(parts[0].index, parts[1].index);
  EXPECT_EQ(sealed.joined(parts).error().code, Code::invalid);
}

TEST(Witnesses, OnePartCountsOnce) {
  const Sealed sealed(3, 2);
  std::vector<KeyPart> same;
  same.push_back(sealed.opened(sealed.file, sealed.keys[0]).value());
  same.push_back(copy_of(same[0]));
  EXPECT_EQ(sealed.joined(same).error().code, Code::invalid);
  same.push_back(sealed.opened(sealed.file, sealed.keys[1]).value());
  EXPECT_EQ(sealed.joined(same).value(), sealed.key);
}

TEST(Witnesses, PartsOfAnotherKeyAreNotThisOnes) {
  const Sealed sealed(2, 2);
  const auto parts = sealed.parts();
  const auto another = commitment_to(new_content_key(), sealed.binding.capsule.id);
  EXPECT_EQ(
      key_of_parts(parse_witnesses(sealed.file).value(), sealed.binding.capsule.id, another, parts)
          .error()
          .code,
      Code::corrupt);
  // The same key, split again: its parts are others.
  Sealed again(2, 2);
  again.key = sealed.key.clone();
  again.binding = sealed.binding;
  again.file = again.made_for(again.keys, 2).value();
  EXPECT_EQ(again.joined(parts).error().code, Code::invalid);
}

// What only its creator can make: an entry that opens, and a part that its hash is not of.
TEST(Witnesses, NameAPartThatItsCreatorMadeFalse) {
  const Sealed sealed(1, 1);
  auto witnesses = parse_witnesses(sealed.file).value();
  base::Bytes associated = associated_data("tesseras witness v1", sealed.binding.capsule);
  const auto append = [&](base::ByteSpan bytes) {
    associated.insert(associated.end(), bytes.begin(), bytes.end());
  };
  append(sealed.binding.creator.bytes);
  associated.insert(associated.end(), 3, std::byte{1});  // 1 of 1, part 1
  append(crypto::blake3(witnesses.part_hashes[0].bytes).bytes);
  const Wrapping how{"tesseras witness key v1", sealed.binding.capsule.id, associated};
  const auto own = sealed.keys[0].public_key();
  witnesses.entries = wrap(sealed.key, own, how).value();
  EXPECT_TRUE(open_part(witnesses, sealed.binding, sealed.keys[0]));
  witnesses.entries = wrap(new_content_key(), own, how).value();
  EXPECT_EQ(open_part(witnesses, sealed.binding, sealed.keys[0]).error().code, Code::corrupt);
}

}  // namespace
}  // namespace tesseras::sealing
