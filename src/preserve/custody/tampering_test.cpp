// The tampering matrix: what somebody can do to an encrypted tessera, and how it is refused. A row
// is an attack on a real sealed tessera of several chunks. Each is tried as somebody does it who
//
//   has the files alone      verify names it, and no vault takes it in
//   changes MANIFEST, too    no signature holds, and no vault takes it in
//   can sign as its author   it is taken in, and then opens neither for who it was made for, nor
//   with
//                            its published key: refused with the reason, nothing left of it
//   is at a vault's disk     as it says there
//
// The same, as its user meets it: tests/cli/tampering.txtar. What publications and parts of keys
// say: there, in release_test.cpp and in witnesses_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/opening.hpp"
#include "preserve/custody/testing_anew.hpp"
#include "preserve/sealing/envelope.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;
using ::testing::IsEmpty;
using testing::Machine;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;
using testing::Tree;

constexpr std::size_t chunk_bytes = sealing::Limits::sealed_chunk_bytes;
const std::string content_name(paths::content), envelope_name(paths::envelope),
    witnesses_name(paths::witnesses);

struct Attack {
  std::string name;
  std::function<void(Tree&)> files;
  testing::ChangeHeader header;
  // How opening it is refused where both signatures hold.
  std::string to_its_reader;
  std::string with_its_key;
};

struct Made {
  base::ContentHash hash;
  Tree files;
  tessera::ManifestHeader header;
  sealing::ContentKey key;
};

std::string changed_in(std::size_t chunk, std::size_t of) {
  return "corrupt: the encrypted content was changed, in its chunk " + std::to_string(chunk + 1) +
         " of " + std::to_string(of);
}

std::vector<std::string> chunks_of(const std::string& content) {
  std::vector<std::string> chunks;
  for (std::size_t at = 0; at < content.size(); at += chunk_bytes)
    chunks.push_back(content.substr(at, chunk_bytes));
  return chunks;
}

std::string joined(const std::vector<std::string>& chunks) {
  std::string content;
  for (const auto& chunk : chunks) content += chunk;
  return content;
}

// The same refusal, whoever opens it.
Attack on_content(std::string name, std::string content, const std::string& refusal) {
  return {std::move(name),
          [content = std::move(content)](Tree& files) { files[content_name] = content; },
          {},
          refusal,
          refusal};
}

std::string flipped(std::string bytes, std::size_t at) {
  bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
  return bytes;
}

void add_changed_bytes(std::vector<Attack>& rows, const std::vector<std::string>& chunks) {
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const auto size = chunks[i].size();
    for (const auto at : {std::size_t{0}, size / 2, size - 17, size - 16, size - 1}) {
      auto some = chunks;
      some[i] = flipped(some[i], at);
      rows.push_back(
          on_content("byte " + std::to_string(at) + " of chunk " + std::to_string(i) + " changed",
                     joined(some), changed_in(i, chunks.size())));
    }
  }
}

void add_other_orders(std::vector<Attack>& rows, const std::vector<std::string>& chunks) {
  const auto count = chunks.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    for (std::size_t j = i + 1; j < count; ++j) {
      auto some = chunks;
      std::swap(some[i], some[j]);
      rows.push_back(on_content("chunks " + number + " and " + std::to_string(j) + " swapped",
                                joined(some), "corrupt: the encrypted content was changed"));
    }
    auto some = chunks;
    some.erase(some.begin() + static_cast<std::ptrdiff_t>(i));
    rows.push_back(on_content("chunk " + number + " left out", joined(some), "corrupt: "));
    some = chunks;
    some.insert(some.begin() + static_cast<std::ptrdiff_t>(i), chunks[i]);
    rows.push_back(on_content("chunk " + number + " there twice", joined(some), "corrupt: "));
  }
}

void add_cuts(std::vector<Attack>& rows, const std::string& content) {
  for (std::size_t edge = 0; edge < content.size(); edge += chunk_bytes) {
    for (const std::size_t more : {0UL, 1UL, 16UL, 17UL, chunk_bytes - 1}) {
      if (edge + more >= content.size()) continue;
      rows.push_back(on_content("cut after " + std::to_string(edge + more) + " bytes",
                                content.substr(0, edge + more), "corrupt: "));
    }
  }
  rows.push_back(on_content("cut by one byte", content.substr(0, content.size() - 1), "corrupt: "));
  rows.push_back(on_content("a byte behind the end", content + '\0', "corrupt: "));
  rows.push_back(on_content("a chunk behind the end", content + content.substr(0, chunk_bytes),
                            "corrupt: the encrypted content was changed"));
}

void add_from_another(std::vector<Attack>& rows, const Made& mine, const Made& other) {
  const auto chunks = chunks_of(mine.files.at(content_name));
  const auto others = chunks_of(other.files.at(content_name));
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    auto some = chunks;
    some[i] = others[i];
    rows.push_back(on_content("chunk " + std::to_string(i) + " of another tessera", joined(some),
                              changed_in(i, chunks.size())));
  }
  rows.push_back(
      on_content("the content of another tessera", joined(others), changed_in(0, chunks.size())));
}

// A key that is known needs no envelope.
Attack on_envelope(std::string name, std::string envelope, std::string refusal) {
  return {std::move(name),
          [envelope = std::move(envelope)](Tree& files) { files[envelope_name] = envelope; },
          {},
          std::move(refusal),
          "ok"};
}

void add_envelopes(std::vector<Attack>& rows, const Made& mine, const Made& other) {
  const auto& envelope = mine.files.at(envelope_name);
  rows.push_back(
      on_envelope("a byte in front of the envelope changed", flipped(envelope, 3), "corrupt: "));
  rows.push_back(on_envelope("the envelope cut by a byte", envelope.substr(0, envelope.size() - 1),
                             "corrupt: "));
  rows.push_back(on_envelope("the envelope cut by an entry",
                             envelope.substr(0, envelope.size() - 1168), "corrupt: "));
  rows.push_back(on_envelope("no envelope", "", "corrupt: "));
  rows.push_back(on_envelope("the envelope of another tessera", other.files.at(envelope_name),
                             "denied: it was not made for this identity"));
}

void add_headers(std::vector<Attack>& rows, const Made& mine, const Made& other) {
  const auto on_header = [&](std::string name, const testing::ChangeHeader& change,
                             std::string to_its_reader, std::string with_its_key) {
    rows.push_back(
        {std::move(name), [](Tree&) {}, change, std::move(to_its_reader), std::move(with_its_key)});
  };
  const auto count = chunks_of(mine.files.at(content_name)).size();
  const std::string not_his = "denied: it was not made for this identity";
  for (const std::int64_t moved : {-1'000'000'000, -1, 1, 1'000'000'000}) {
    on_header(
        "open-after moved by " + std::to_string(moved) + " s",
        [moved](auto& header) { header.open_after->unix_seconds += moved; }, not_his,
        changed_in(0, count));
  }
  // A private one has no witnesses.
  rows.push_back({"sealed made private", [](Tree& files) { files.erase(witnesses_name); },
                  [](auto& header) {
                    header.visibility = tessera::Visibility::only_me;
                    header.open_after.reset();
                  },
                  not_his, changed_in(0, count)});
  on_header(
      "the capsule id of another tessera",
      [&](auto& header) { header.capsule = other.header.capsule; }, not_his,
      "denied: that is the key of another tessera");
  on_header(
      "the key commitment of another tessera",
      [&](auto& header) { header.key_commitment = other.header.key_commitment; },
      "corrupt: ", "denied: that is the key of another tessera");
  on_header(
      "capsule id and key commitment of another tessera",
      [&](auto& header) {
        header.capsule = other.header.capsule;
        header.key_commitment = other.header.key_commitment;
      },
      not_his, "denied: that is the key of another tessera");
}

class TamperingMatrix : public ::testing::Test {
 protected:
  TamperingMatrix() {
    base::Bytes noise(140'000);
    std::uint32_t state = 1;
    for (auto& byte : noise) {
      state = state * 1664525U + 1013904223U;
      byte = static_cast<std::byte>(state >> 24U);
    }
    testing::put(disk_, "/family/noise.bin", base::as_text(noise));
    testing::put(disk_, "/family/letter.txt", "Read this when I am gone.\n");
    for (int i = 0; i < 2; ++i)
      heirs_.push_back(testing::author_from(static_cast<unsigned char>(20 + i)));
  }

  Made make() {
    auto options = testing::all_of("/family");
    options.choices.include_other = true;
    options.visibility = tessera::Visibility::sealed;
    options.open_after = base::WallTime{3'000'000'000, 0};
    for (const auto& heir : heirs_) options.witnesses.push_back(heir.public_keys().xwing);
    options.threshold = 2;
    const auto hash = must(machine_.create(options)).tesserae.at(0).content_hash;
    const auto at = must(machine_.hand_on(hash, "/made")).at;
    auto files = testing::tree(disk_, at);
    must(disk_.remove_tree("/made"));
    const auto closed = must(Closed::find(machine_.vault(), hash));
    return {hash, std::move(files), closed.manifest().header(),
            must(closed.key_of(machine_.author))};
  }

  static std::vector<Attack> attacks(const Made& mine, const Made& other) {
    std::vector<Attack> rows;
    const auto& content = mine.files.at(content_name);
    add_changed_bytes(rows, chunks_of(content));
    add_other_orders(rows, chunks_of(content));
    add_cuts(rows, content);
    add_from_another(rows, mine, other);
    add_envelopes(rows, mine, other);
    add_headers(rows, mine, other);
    return rows;
  }

  // The files changed and listed anew, signed by `author`.
  static path anew(runtime::Disk& disk, const Attack& attack, const Made& mine,
                   const identity::Identity& author) {
    auto files = mine.files;
    attack.files(files);
    return testing::signed_anew(disk, "/anew", std::move(files), author, attack.header);
  }

  // What comes of opening it, of which nothing may be left.
  static std::string opened(Machine& machine, const base::ContentHash& hash,
                            const sealing::ContentKey* key) {
    const auto open = [&]() -> Result<Exported> {
      const auto closed = TRY(Closed::find(machine.vault(), hash));
      const auto content_key = TRY(key ? key->clone() : closed.key_of(machine.author));
      const auto files = TRY(closed.open(content_key));
      auto tools = machine.tools();
      return export_tessera(*files, "/opened", ExportFormat::folder, tools);
    };
    auto said = outcome(open());
    if (said != "ok" && machine.disk().status("/opened")) {
      EXPECT_THAT(testing::tree(machine.disk(), "/opened"), IsEmpty());
    }
    must(machine.disk().remove_tree("/opened"));
    return said;
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_};
  std::vector<identity::Identity> heirs_;
};

TEST_F(TamperingMatrix, WhatIsWholeOpens) {
  const auto mine = make();
  EXPECT_GE(chunks_of(mine.files.at(content_name)).size(), 4);
  EXPECT_EQ(opened(machine_, mine.hash, nullptr), "ok");
  EXPECT_EQ(opened(machine_, mine.hash, &mine.key), "ok");
  // And so does what was signed anew and changed in nothing: the rows below fail for their change.
  const Attack none{"none", [](Tree&) {}, {}, "ok", "ok"};
  const auto at = anew(disk_, none, mine, machine_.author);
  EXPECT_EQ(must(machine_.take_in(at)).content_hash, mine.hash);
}

TEST_F(TamperingMatrix, WhoCannotSignIsFoundAtOnce) {
  const auto mine = make(), other = make();
  for (const auto& attack : attacks(mine, other)) {
    SCOPED_TRACE(attack.name);
    runtime::MemoryDisk disk;
    Machine machine(disk, "/home", 1);
    const auto at = anew(disk, attack, mine, machine_.author);
    for (const auto name : {paths::ed25519_signature, paths::mldsa65_signature})
      testing::put(disk, at / name, mine.files.at(std::string(name)));
    EXPECT_FALSE(must(machine.check_folder(at)).passed());
    EXPECT_THAT(outcome(machine.take_in(at)), StartsWith("corrupt: a signature does not hold"));
    if (!attack.header) {
      const path there = path("/there") / tessera::folder_name(mine.hash);
      auto files = mine.files;
      attack.files(files);
      testing::put_tree(disk, there, files);
      EXPECT_FALSE(must(machine.check_folder(there)).passed());
      EXPECT_THAT(outcome(machine.take_in(there)), StartsWith("corrupt: "));
    }
    EXPECT_THAT(must(machine.vault().list()), IsEmpty());
  }
}

TEST_F(TamperingMatrix, WhoCanSignOpensNothingElse) {
  const auto mine = make(), other = make();
  for (const auto& attack : attacks(mine, other)) {
    SCOPED_TRACE(attack.name);
    runtime::MemoryDisk disk;
    Machine machine(disk, "/home", 1);
    const auto at = anew(disk, attack, mine, machine_.author);
    ASSERT_EQ(outcome(machine.check_folder(at, true)), "ok");
    const auto hash = must(machine.take_in(at)).content_hash;
    EXPECT_NE(hash, mine.hash);
    EXPECT_THAT(opened(machine, hash, nullptr), StartsWith(attack.to_its_reader));
    EXPECT_THAT(opened(machine, hash, &mine.key), StartsWith(attack.with_its_key));
  }
}

TEST_F(TamperingMatrix, WhatIsChangedOnTheDiskIsFoundWhenItIsOpened) {
  const auto mine = make(), other = make();
  const auto hex = crypto::blake3(base::as_bytes(mine.files.at(content_name))).hex();
  const path blob = machine_.home() / "blobs" / hex.substr(0, 2) / hex.substr(2, 2) / hex;
  for (const auto& attack : attacks(mine, other)) {
    auto files = mine.files;
    attack.files(files);
    if (files.at(content_name) == mine.files.at(content_name)) continue;
    SCOPED_TRACE(attack.name);
    testing::put(disk_, blob, files.at(content_name));
    EXPECT_THAT(opened(machine_, mine.hash, nullptr), StartsWith("corrupt: "));
    EXPECT_THAT(opened(machine_, mine.hash, &mine.key), StartsWith("corrupt: "));
  }
  testing::put(disk_, blob, mine.files.at(content_name));
  EXPECT_EQ(opened(machine_, mine.hash, nullptr), "ok");
}

// An entry that was changed opens for nobody; another's says nothing to this reader, whatever is in
// it. Never is another key given.
TEST_F(TamperingMatrix, EveryByteOfTheEnvelope) {
  const auto mine = make();
  const sealing::Capsule capsule{*mine.header.capsule, mine.header.open_after};
  auto envelope = base::to_bytes(mine.files.at(envelope_name));
  ASSERT_EQ(envelope.size(), 21 + 4 * 1168);
  std::size_t refused = 0;
  for (auto& byte : envelope) {
    byte ^= std::byte{1};
    const auto key =
        sealing::open_envelope(envelope, capsule, *mine.header.key_commitment, machine_.author);
    if (!key) ++refused;
    EXPECT_TRUE(!key || *key == mine.key);
    byte ^= std::byte{1};
  }
  EXPECT_EQ(refused, 21 + 1168);
}

TEST_F(TamperingMatrix, EveryBitOfAPublishedKey) {
  const auto mine = make();
  const auto closed = must(Closed::find(machine_.vault(), mine.hash));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    auto key = mine.key.clone();
    key.mutable_span()[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_EQ(outcome(closed.open(key)), "denied: that is the key of another tessera") << bit;
  }
  EXPECT_EQ(outcome(closed.open(make().key)), "denied: that is the key of another tessera");
}

// Whoever takes the content, the envelope and all that they are bound to into a tessera of their
// own has made nothing that opens as theirs.
TEST_F(TamperingMatrix, AnotherAuthorsContentIsNotTakenForHis) {
  const auto mine = make();
  const auto thief = testing::author_from(9);
  auto files = mine.files;
  runtime::MemoryDisk disk;
  Machine machine(disk);
  testing::sample_folder(disk);
  machine.author = testing::author_from(9);
  const auto his = must(machine.hand_on(machine.keep("/family"), "/his")).at;
  for (const auto name : {paths::ed25519_key, paths::mldsa65_key, paths::xwing_key})
    files[std::string(name)] = testing::get(disk, his / name);
  const auto at = testing::signed_anew(disk, "/anew", files, thief, [&](auto& header) {
    const auto manifest = must(tessera::Manifest::parse(testing::get(disk, his / paths::manifest)));
    header.creator = manifest.header().creator;
    header.creator_mldsa65 = manifest.header().creator_mldsa65;
  });
  const auto hash = must(machine.take_in(at)).content_hash;
  EXPECT_THAT(opened(machine, hash, &mine.key),
              StartsWith("corrupt: what is encrypted in it is another tessera"));
}

// Neither has a date, so the stream is the same: what is inside says which of them it is.
TEST_F(TamperingMatrix, APrivateOneIsNotTakenForACircles) {
  auto options = testing::all_of("/family");
  options.visibility = tessera::Visibility::only_me;
  const auto hash = must(machine_.create(options)).tesserae.at(0).content_hash;
  const auto files = testing::tree(disk_, must(machine_.hand_on(hash, "/made")).at);
  const auto at = testing::signed_anew(disk_, "/anew", files, machine_.author, [](auto& header) {
    header.visibility = tessera::Visibility::circle;
  });
  EXPECT_THAT(opened(machine_, must(machine_.take_in(at)).content_hash, nullptr),
              StartsWith("corrupt: what is encrypted in it is another tessera"));
}

}  // namespace
}  // namespace tesseras::custody
