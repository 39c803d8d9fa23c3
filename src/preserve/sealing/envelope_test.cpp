#include "preserve/sealing/envelope.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "preserve/sealing/limits.hpp"

namespace tesseras::sealing {
namespace {

using base::Bytes;
using base::Code;
using identity::Identity;

constexpr std::size_t head_bytes = 21;
constexpr std::size_t entry_bytes = 1168;

struct Sealed {
  ContentKey key = new_content_key();
  Capsule capsule{new_capsule_id(), base::WallTime{2'000'000'000, 0}};

  tessera::KeyCommitment commitment() const { return commitment_to(key, capsule.id); }
  Result<Bytes> envelope_for(const std::vector<const Identity*>& readers) const {
    std::vector<crypto::XWingPublicKey> keys;
    keys.reserve(readers.size());
    for (const auto* reader : readers) keys.push_back(reader->public_keys().xwing);
    return make_envelope(key, capsule, keys);
  }
  Result<ContentKey> opened(const Bytes& envelope, const Identity& reader) const {
    return open_envelope(envelope, capsule, commitment(), reader);
  }
};

Identity somebody() { return Identity::from_seed(identity::new_root_seed()); }

TEST(Envelope, OpensForEachReaderAndNobodyElse) {
  const Sealed sealed;
  const auto author = somebody(), friend_of = somebody(), stranger = somebody();
  const auto envelope = sealed.envelope_for({&author, &friend_of});
  ASSERT_TRUE(envelope);
  for (const auto* reader : {&author, &friend_of}) {
    const auto key = sealed.opened(*envelope, *reader);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(*key, sealed.key);
  }
  EXPECT_EQ(sealed.opened(*envelope, stranger).error().code, Code::denied);
}

TEST(Envelope, HidesHowManyReadersThereAre) {
  const Sealed sealed;
  std::vector<Identity> readers;
  readers.reserve(9);
  for (int i = 0; i < 9; ++i) readers.push_back(somebody());
  const std::vector<std::pair<std::size_t, std::size_t>> sizes{{1, 4}, {4, 4}, {5, 8}, {9, 16}};
  for (const auto& [count, entries] : sizes) {
    std::vector<const Identity*> some;
    some.reserve(count);
    for (std::size_t i = 0; i < count; ++i) some.push_back(&readers[i]);
    const auto envelope = sealed.envelope_for(some);
    ASSERT_TRUE(envelope);
    EXPECT_EQ(envelope->size(), head_bytes + entries * entry_bytes) << count;
  }
  // Who is named twice is one.
  const auto twice =
      sealed.envelope_for({&readers[0], &readers[0], &readers[0], &readers[0], &readers[0]});
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->size(), head_bytes + 4 * entry_bytes);
}

TEST(Envelope, HasItsEntriesInAnyOrder) {
  const Sealed sealed;
  const auto author = somebody();
  std::set<std::size_t> places;
  // Each of the four places has a chance of a quarter: that one is never seen in 60 is one in 8
  // million.
  for (int i = 0; i < 60 && places.size() < 4; ++i) {
    const auto envelope = sealed.envelope_for({&author});
    ASSERT_TRUE(envelope);
    for (std::size_t at = 0; at < 4; ++at) {
      Bytes changed = *envelope;
      changed[head_bytes + at * entry_bytes] ^= std::byte{1};
      if (!sealed.opened(changed, author)) places.insert(at);
    }
  }
  EXPECT_EQ(places.size(), 4);
}

TEST(Envelope, RefusesEveryFlippedByteOfItsReadersEntry) {
  const Sealed sealed;
  const auto author = somebody();
  std::vector<const Identity*> four;
  std::vector<Identity> others;
  others.reserve(3);
  for (int i = 0; i < 3; ++i) others.push_back(somebody());
  four = {&author, &others[0], &others[1], &others[2]};
  auto envelope = sealed.envelope_for(four);
  ASSERT_TRUE(envelope);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < envelope->size(); at += at < head_bytes ? 1 : 37) {
    (*envelope)[at] ^= std::byte{1};
    std::size_t of_this = 0;
    for (const auto* reader : four) {
      const auto key = sealed.opened(*envelope, *reader);
      if (!key) ++of_this;
      // Never garbage.
      EXPECT_TRUE(!key || *key == sealed.key);
    }
    // In front it is none for anybody; else one entry is, and no other.
    EXPECT_EQ(of_this, at < head_bytes ? 4 : 1) << at;
    refused += of_this;
    (*envelope)[at] ^= std::byte{1};
  }
  EXPECT_GT(refused, 100);
}

TEST(Envelope, IsBoundToCapsuleAndDate) {
  const Sealed sealed;
  const auto author = somebody();
  const auto envelope = sealed.envelope_for({&author});
  ASSERT_TRUE(envelope);
  Capsule other{new_capsule_id(), sealed.capsule.open_after};
  EXPECT_EQ(open_envelope(*envelope, other, sealed.commitment(), author).error().code,
            Code::denied);
  for (const auto& date : {std::optional<base::WallTime>(), std::optional(base::WallTime{1, 0})}) {
    other = {sealed.capsule.id, date};
    EXPECT_EQ(open_envelope(*envelope, other, sealed.commitment(), author).error().code,
              Code::denied);
  }
}

TEST(Envelope, HoldsWhatIsCommittedTo) {
  const Sealed sealed;
  const auto author = somebody();
  const auto envelope = sealed.envelope_for({&author});
  ASSERT_TRUE(envelope);
  const auto another = commitment_to(new_content_key(), sealed.capsule.id);
  EXPECT_EQ(open_envelope(*envelope, sealed.capsule, another, author).error().code, Code::corrupt);
}

TEST(Envelope, RefusesOtherSizesAndBeginnings) {
  const Sealed sealed;
  const auto author = somebody();
  const auto made = sealed.envelope_for({&author});
  ASSERT_TRUE(made);
  for (const std::size_t size : {std::size_t{0}, head_bytes - 1, head_bytes, head_bytes + 1,
                                 head_bytes + 3 * entry_bytes, made->size() - 1}) {
    Bytes cut(made->begin(), made->begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(sealed.opened(cut, author).error().code, Code::corrupt) << size;
  }
  Bytes longer = *made;
  longer.resize(head_bytes + 5 * entry_bytes);
  EXPECT_EQ(sealed.opened(longer, author).error().code, Code::corrupt);
  longer.resize(head_bytes + 2048 * entry_bytes);
  EXPECT_EQ(sealed.opened(longer, author).error().code, Code::corrupt);
  Bytes newer = *made;
  newer[head_bytes - 2] = std::byte{'2'};
  EXPECT_EQ(sealed.opened(newer, author).error().code, Code::corrupt);
}

TEST(Envelope, RefusesKeysThatAreNone) {
  const Sealed sealed;
  crypto::XWingPublicKey none;
  none.bytes.fill(std::byte{0xff});
  const std::vector keys{none};
  EXPECT_EQ(make_envelope(sealed.key, sealed.capsule, keys).error().code, Code::invalid);
}

}  // namespace
}  // namespace tesseras::sealing
