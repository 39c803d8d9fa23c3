// Sealed tesserae that open without their author: made, kept, checked, and opened by witnesses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/crypto/random.hpp"
#include "preserve/custody/opening.hpp"
#include "preserve/custody/testing.hpp"
#include "preserve/custody/testing_anew.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::custody {
namespace {

using crypto::XWingKey;
using tessera::Visibility;
using ::testing::HasSubstr;
using testing::Machine;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

namespace paths = tessera::paths;

class CreateWitnesses : public ::testing::Test {
 protected:
  CreateWitnesses() {
    testing::sample_folder(disk_);
    for (int i = 0; i < 3; ++i)
      witnesses_.push_back(XWingKey::from_seed(crypto::random_secret<32>()));
  }

  CreateOptions sealed(unsigned threshold) const {
    auto options = testing::all_of("/family");
    options.visibility = Visibility::sealed;
    options.open_after = base::WallTime{3'000'000'000, 0};
    for (const auto& witness : witnesses_) options.witnesses.push_back(witness.public_key());
    options.threshold = threshold;
    return options;
  }

  base::ContentHash make(const CreateOptions& options) {
    return must(machine_.create(options)).tesserae.at(0).content_hash;
  }

  // A folder with what is in `hash`, with other contents at some paths or some more, signed anew.
  path signed_anew(const base::ContentHash& hash, const std::map<std::string, std::string>& some) {
    const auto from = must(machine_.hand_on(hash, "/out")).at;
    auto files = testing::tree(disk_, from);
    must(disk_.remove_tree("/out"));
    for (const auto& [relative, bytes] : some) files[relative] = bytes;
    return testing::signed_anew(disk_, "/anew", std::move(files), machine_.author);
  }

  std::string witnesses_of(const base::ContentHash& hash) {
    const auto at = must(machine_.hand_on(hash, "/read")).at;
    auto bytes = testing::get(disk_, at / paths::witnesses);
    must(disk_.remove_tree("/read"));
    return bytes;
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_};
  std::vector<XWingKey> witnesses_;
};

TEST_F(CreateWitnesses, EnoughOfThemOpenIt) {
  const auto hash = make(sealed(2));
  EXPECT_TRUE(must(machine_.check_kept(hash)).passed());
  const auto closed = must(Closed::find(machine_.vault(), hash));
  const auto witnesses = must(closed.witnesses());
  ASSERT_TRUE(witnesses);
  EXPECT_EQ(witnesses->threshold, 2);
  EXPECT_EQ(witnesses->part_hashes.size(), 3);
  std::vector<sealing::KeyPart> parts;
  for (const auto* own : {&witnesses_[2], &witnesses_[0]})
    parts.push_back(must(sealing::open_part(*witnesses, closed.witness_binding(), *own)));
  const auto key = must(sealing::key_of_parts(*witnesses, closed.capsule().id,
                                              *closed.manifest().header().key_commitment, parts));
  EXPECT_EQ(key, must(closed.key_of(machine_.author)));
  const auto inner = must(closed.open(key));
  auto tools = machine_.tools();
  EXPECT_TRUE(must(verify(*inner, {}, tools)).passed());
}

TEST_F(CreateWitnesses, TextsSayHowOnlyWhereThereAreSome) {
  const auto with = must(machine_.hand_on(make(sealed(1)), "/with")).at;
  auto alone = sealed(0);
  alone.witnesses.clear();
  const auto hash = make(alone);
  const auto without = must(machine_.hand_on(hash, "/without")).at;
  EXPECT_TRUE(disk_.status(with / "decode/witnesses.txt"));
  EXPECT_FALSE(disk_.status(without / "decode/witnesses.txt"));
  EXPECT_FALSE(disk_.status(without / paths::witnesses));
  EXPECT_FALSE(must(must(Closed::find(machine_.vault(), hash)).witnesses()));
}

TEST_F(CreateWitnesses, WhatCannotWorkIsRefusedBeforeAnythingIsRead) {
  EXPECT_THAT(outcome(check(sealed(0), disk_)), StartsWith("invalid: of 3 "));
  EXPECT_THAT(outcome(check(sealed(4), disk_)), StartsWith("invalid: of 3 "));
  auto options = sealed(2);
  options.witnesses.push_back(options.witnesses[0]);
  EXPECT_THAT(outcome(check(options, disk_)), HasSubstr("twice"));
  options = sealed(2);
  options.visibility = Visibility::only_me;
  options.open_after.reset();
  EXPECT_THAT(outcome(check(options, disk_)), HasSubstr("opens at no time"));
  options = sealed(2);
  options.witnesses.clear();
  EXPECT_THAT(outcome(check(options, disk_)), StartsWith("invalid: "));
}

TEST_F(CreateWitnesses, ItsAuthorIsNone) {
  auto options = sealed(2);
  options.witnesses.push_back(machine_.author.public_keys().xwing);
  EXPECT_THAT(outcome(machine_.create(options)), HasSubstr("your own keys"));
}

TEST_F(CreateWitnesses, EachOfASplitHasAKeyOfItsOwn) {
  testing::put(disk_, "/long/a.txt", "a\n" + std::string(600, 'a'));
  testing::put(disk_, "/long/b.txt", "b\n" + std::string(600, 'b'));
  auto options = sealed(2);
  options.folder = "/long";
  options.split = true;
  options.media_bytes_max = 700;
  const auto report = must(machine_.create(options));
  ASSERT_EQ(report.tesserae.size(), 2);
  EXPECT_NE(witnesses_of(report.tesserae[0].content_hash),
            witnesses_of(report.tesserae[1].content_hash));
}

// Both signatures hold: its creator made it so.
TEST_F(CreateWitnesses, AreCheckedWhereTheyStand) {
  const auto hash = make(sealed(2));
  const auto whole = witnesses_of(hash);
  const std::string name(paths::witnesses);
  EXPECT_TRUE(must(machine_.check_folder(signed_anew(hash, {{name, whole}}))).passed());
  auto too_many = whole;
  too_many[22] = 4;  // of 3
  for (const auto& bytes : {whole.substr(1), whole + "x", too_many, std::string("none")}) {
    const auto at = signed_anew(hash, {{name, bytes}});
    const auto report = must(machine_.check_folder(at));
    EXPECT_FALSE(report.passed());
    EXPECT_TRUE(report.verdict.signatures.valid());
    EXPECT_FALSE(machine_.take_in(at));
  }

  auto options = testing::all_of("/family");
  options.visibility = Visibility::only_me;
  const auto at = signed_anew(make(options), {{name, whole}});
  const auto report = must(machine_.check_folder(at));
  EXPECT_FALSE(report.passed());
  EXPECT_TRUE(std::ranges::any_of(report.verdict.lines, [](const auto& line) {
    return line.detail.contains("not sealed has no witnesses");
  }));
}

}  // namespace
}  // namespace tesseras::custody
