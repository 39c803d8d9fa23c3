#include "preserve/identity/store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>
#include <vector>

#include "foundation/base/folder_fixture.hpp"
#include "foundation/runtime/disk_memory.hpp"

namespace tesseras::identity {
namespace {

using base::Code;
using runtime::MemoryDisk;
using runtime::path;

constexpr crypto::Argon2idCost cheap{.memory_kib = 8, .iterations = 1, .lanes = 1};

RootSeed seed_of(unsigned char value) {
  return RootSeed::copy_of(base::Bytes(RootSeed::size_bytes, std::byte{value}));
}

Protection protection_by(std::string_view words) {
  return {.passphrase = crypto::SecretBuffer::copy_of(base::as_bytes(words)), .cost = cheap};
}

AskPassphrase answer(std::string_view words) {
  return [words] { return crypto::SecretBuffer::copy_of(base::as_bytes(words)); };
}

base::Result<crypto::SecretBuffer> must_not_ask() {
  ADD_FAILURE() << "asked for a passphrase that nobody needs";
  return base::fail(Code::internal, "asked");
}

template <class T>
Code code_of(const base::Result<T>& result) {
  return result ? Code::internal : result.error().code;
}

// The folder as it is, with one file replaced by these bytes.
void put(runtime::Disk& disk, const path& file, base::ByteSpan bytes, std::uint32_t permissions) {
  (void)disk.remove(file);
  auto created = disk.create(file, permissions);
  ASSERT_TRUE(created) << created.error().message;
  ASSERT_TRUE((*created)->append(bytes));
}

TEST(IdentityStore, WhatIsMadeOpensAgain) {
  MemoryDisk disk;
  IdentityStore store(disk, "/data");
  EXPECT_FALSE(store.exists().value());
  const auto made = store.create(seed_of(1), std::nullopt);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(store.exists().value());
  EXPECT_FALSE(store.is_protected().value());
  EXPECT_EQ(made->public_keys(), Identity::from_seed(seed_of(1)).public_keys());
  EXPECT_EQ(store.open(must_not_ask)->public_keys(), made->public_keys());
  EXPECT_EQ(store.open_seed(nullptr).value(), seed_of(1));
  EXPECT_EQ(store.public_keys().value(), made->public_keys());
  EXPECT_EQ(disk.status("/data/identity/root.seed")->permissions, 0600U);
  EXPECT_EQ(disk.status("/data/identity/root.seed")->size_bytes, heir_blob_size_bytes);
  EXPECT_EQ(disk.status("/data/identity/creator.pub.mldsa65")->size_bytes, 1952U);
}

TEST(IdentityStore, APassphraseIsNeededForTheSeedAlone) {
  MemoryDisk disk;
  IdentityStore store(disk, "/data");
  ASSERT_TRUE(store.create(seed_of(1), protection_by("right")));
  EXPECT_TRUE(store.is_protected().value());
  EXPECT_TRUE(store.public_keys());
  EXPECT_EQ(store.open(answer("right"))->public_keys(), store.public_keys().value());
  EXPECT_EQ(code_of(store.open(answer("wrong"))), Code::denied);
  EXPECT_EQ(code_of(store.open(answer(""))), Code::denied);
  EXPECT_EQ(code_of(store.open(nullptr)), Code::denied);
  const AskPassphrase interrupted = [] {
    return base::Result<crypto::SecretBuffer>(base::fail(Code::cancelled, "stopped"));
  };
  EXPECT_EQ(code_of(store.open(interrupted)), Code::cancelled);
  EXPECT_EQ(code_of(store.create(seed_of(2), protection_by(""))), Code::conflict);
}

TEST(IdentityStore, AnExistingIdentityIsKept) {
  MemoryDisk disk;
  IdentityStore store(disk, "/data");
  const auto first = store.create(seed_of(1), std::nullopt);
  ASSERT_TRUE(first);
  EXPECT_EQ(code_of(store.create(seed_of(2), std::nullopt)), Code::conflict);
  EXPECT_EQ(store.open(nullptr)->public_keys(), first->public_keys());
  // Even one that cannot be read: it may be all that somebody has.
  put(disk, "/data/identity/root.seed", base::as_bytes("?"), 0600);
  EXPECT_EQ(code_of(store.create(seed_of(2), std::nullopt)), Code::conflict);
  EXPECT_EQ(code_of(store.open(nullptr)), Code::corrupt);
}

TEST(IdentityStore, WithoutAnIdentityItSaysWhatToDo) {
  MemoryDisk disk;
  const IdentityStore store(disk, "/data");
  for (const auto& error : {store.open(nullptr).error(), store.public_keys().error(),
                            store.is_protected().error(), store.open_seed(nullptr).error()}) {
    EXPECT_EQ(error.code, Code::not_found);
    EXPECT_NE(error.message.find("tes init"), std::string::npos) << error.message;
  }
}

TEST(IdentityStore, DamageIsNamed) {
  const path folder = "/data/identity";
  for (const char* name :
       {"root.seed", "creator.pub.ed25519", "creator.pub.mldsa65", "creator.pub.xwing"}) {
    MemoryDisk disk;
    IdentityStore store(disk, "/data");
    ASSERT_TRUE(store.create(seed_of(1), std::nullopt));
    disk.flip_bit(folder / name, 20, 3);
    EXPECT_EQ(code_of(store.open(nullptr)), Code::corrupt) << name;

    put(disk, folder / name, base::as_bytes("short"), 0600);
    EXPECT_EQ(code_of(store.open(nullptr)), Code::corrupt) << name;
    put(disk, folder / name, base::Bytes(100'000), 0600);
    EXPECT_EQ(code_of(store.open(nullptr)), Code::corrupt) << name;
    put(disk, folder / name, base::as_bytes("short"), 0600);
    disk.fail_reads(folder / name);
    EXPECT_EQ(code_of(store.open(nullptr)), Code::io) << name;
    ASSERT_TRUE(disk.remove(folder / name));
    const bool is_seed = std::string_view(name) == "root.seed";
    EXPECT_EQ(code_of(store.open(nullptr)), is_seed ? Code::not_found : Code::corrupt) << name;
  }
}

TEST(IdentityStore, ASeedThatOthersMayReadIsRefused) {
  for (const std::uint32_t permissions : {0640U, 0604U, 0620U, 0602U, 0644U, 0666U}) {
    MemoryDisk disk;
    IdentityStore store(disk, "/it's here");
    ASSERT_TRUE(store.create(seed_of(1), std::nullopt));
    put(disk, "/it's here/identity/root.seed", encode_heir_blob(seed_of(1)).span(), permissions);
    const auto refused = store.open(nullptr);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::denied);
    EXPECT_NE(refused.error().message.find("chmod 600 '/it'\\''s here/identity/root.seed'"),
              std::string::npos)
        << refused.error().message;
    EXPECT_TRUE(store.public_keys());
  }
}

TEST(IdentityStore, MissingPublicKeysAreMadeAgainOfABareSeed) {
  const path folder = "/data/identity";
  const std::vector<std::string> all = {"creator.pub.ed25519", "creator.pub.mldsa65",
                                        "creator.pub.xwing"};
  for (unsigned mask = 0; mask < 8; ++mask) {
    MemoryDisk disk;
    IdentityStore store(disk, "/data");
    const auto made = store.create(seed_of(1), std::nullopt);
    ASSERT_TRUE(made);
    std::vector<std::string> removed;
    for (unsigned i = 0; i < 3; ++i)
      if ((mask >> i & 1U) != 0) removed.push_back(all[i]);
    for (const auto& name : removed) ASSERT_TRUE(disk.remove(folder / name));
    EXPECT_EQ(store.restore_public_keys().value(), removed);
    EXPECT_EQ(store.open(nullptr)->public_keys(), made->public_keys()) << mask;
    EXPECT_TRUE(store.restore_public_keys()->empty());
  }
}

TEST(IdentityStore, PublicKeysAreNotMadeAgainOfAnotherOrAProtectedSeed) {
  const path folder = "/data/identity";
  MemoryDisk disk;
  IdentityStore store(disk, "/data");
  ASSERT_TRUE(store.create(seed_of(1), std::nullopt));
  ASSERT_TRUE(disk.remove(folder / "creator.pub.xwing"));
  disk.flip_bit(folder / "root.seed", 20, 3);
  EXPECT_EQ(code_of(store.restore_public_keys()), Code::corrupt);
  EXPECT_FALSE(disk.status(folder / "creator.pub.xwing"));
  ASSERT_TRUE(disk.remove(folder / "creator.pub.ed25519"));
  put(disk, folder / "root.seed", encode_heir_blob(seed_of(1)).span(), 0600);
  EXPECT_EQ(store.restore_public_keys()->size(), 2U);
  // Nothing is missing, and still somebody else's key is found.
  const auto other = Identity::from_seed(seed_of(2)).public_keys();
  put(disk, folder / "creator.pub.ed25519", other.ed25519.bytes, 0644);
  EXPECT_EQ(code_of(store.restore_public_keys()), Code::corrupt);
  ASSERT_TRUE(disk.remove(folder / "creator.pub.xwing"));
  put(disk, folder / "root.seed", encode_heir_blob(seed_of(1)).span(), 0644);
  EXPECT_EQ(code_of(store.restore_public_keys()), Code::denied);

  IdentityStore locked(disk, "/locked");
  ASSERT_TRUE(locked.create(seed_of(1), protection_by("right")));
  ASSERT_TRUE(disk.remove("/locked/identity/creator.pub.xwing"));
  EXPECT_EQ(code_of(locked.restore_public_keys()), Code::corrupt);
  EXPECT_EQ(code_of(locked.open(answer("right"))), Code::corrupt);
}

TEST(IdentityStore, ALostSeedIsNotReplacedByAnother) {
  MemoryDisk disk;
  IdentityStore store(disk, "/data");
  ASSERT_TRUE(store.create(seed_of(1), std::nullopt));
  ASSERT_TRUE(disk.remove("/data/identity/root.seed"));
  const auto refused = store.create(seed_of(2), std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::corrupt);
  EXPECT_TRUE(refused.error().message.contains("root.seed is gone")) << refused.error().message;
  EXPECT_FALSE(store.exists().value());
  // The same seed again, of heirs' shares, say, is welcome.
  const auto restored = store.create(seed_of(1), std::nullopt);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(store.open(nullptr)->public_keys(), restored->public_keys());
}

TEST(IdentityStore, WherePowerGoesThereIsOneWholeIdentityOrNone) {
  int made = 0, none = 0;
  for (std::uint64_t operation = 1; operation < 40; ++operation) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      MemoryDisk disk;
      IdentityStore store(disk, "/home/somebody/data");
      disk.lose_power_at(operation);
      const bool said_done = store.create(seed_of(1), std::nullopt).has_value();
      disk.lose_power(seed);
      if (!store.exists().value()) {
        EXPECT_FALSE(said_done) << operation << ' ' << seed;
        EXPECT_TRUE(store.create(seed_of(2), std::nullopt)) << operation << ' ' << seed;
        ++none;
      } else {
        ++made;
      }
      const auto opened = store.open(nullptr);
      EXPECT_TRUE(opened) << operation << ' ' << seed << ": " << opened.error().message;
    }
  }
  EXPECT_GT(made, 20);
  EXPECT_GT(none, 20);
}

TEST(IdentityStore, WhereTheDiskFailsThereIsOneWholeIdentityOrNone) {
  for (std::uint64_t operation = 1; operation < 40; ++operation) {
    MemoryDisk disk;
    IdentityStore store(disk, "/data");
    disk.fail_operation(operation, Code::exhausted);
    const auto made = store.create(seed_of(1), std::nullopt);
    if (!made) {
      EXPECT_EQ(made.error().code, Code::exhausted) << operation;
    }
    const auto again = store.create(seed_of(1), std::nullopt);
    EXPECT_TRUE(again || again.error().code == Code::conflict) << operation;
    EXPECT_TRUE(store.open(nullptr)) << operation;
    const auto left = disk.list("/data/identity").value();
    EXPECT_EQ(left.size(), 5U) << operation;  // no remains under other names
  }
  MemoryDisk disk;
  disk.set_read_only(true);
  EXPECT_EQ(code_of(IdentityStore(disk, "/data").create(seed_of(1), std::nullopt)), Code::denied);
}

TEST(IdentityStore, OfManyWhoInitAtOnceOneSucceeds) {
  const base::TemporaryFolder folder;
  const path root = folder.path();
  const ::mode_t usual = ::umask(0);  // the widest: what we ask for is what we get
  std::atomic<int> made = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (unsigned char i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        IdentityStore store(runtime::posix_disk(), root / "data");
        const auto result = store.create(seed_of(i), std::nullopt);
        if (result) ++made;
        if (!result && result.error().code == Code::conflict) ++refused;
      });
    }
  }
  (void)::umask(usual);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(refused, 7);
  const IdentityStore store(runtime::posix_disk(), root / "data");
  EXPECT_TRUE(store.open(nullptr));
  struct stat info{};
  ASSERT_EQ(::stat((store.folder() / "root.seed").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(store.folder().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

}  // namespace
}  // namespace tesseras::identity
