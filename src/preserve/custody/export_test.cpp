#include "preserve/custody/export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/archive.hpp"
#include "preserve/custody/bag.hpp"
#include "preserve/custody/testing.hpp"

namespace tesseras::custody {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Machine;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

class Export : public ::testing::Test {
 protected:
  Export() : hash_(machine_.keep(testing::sample_folder(disk_))) {}

  std::string name() const { return tessera::folder_name(hash_); }
  Result<Exported> folder(const path& to = "/out") { return machine_.hand_on(hash_, to); }
  std::vector<std::string> names_in(const path& at) {
    std::vector<std::string> names;
    if (!disk_.status(at)) return names;
    for (const auto& entry : must(disk_.list(at))) names.push_back(entry.name);
    return names;
  }
  // Everything that the vault has on the disk.
  std::vector<path> blobs() {
    std::vector<path> found;
    for (const auto& [relative, bytes] : testing::tree(disk_, machine_.home() / "blobs")) {
      found.push_back(machine_.home() / "blobs" / relative);
    }
    return found;
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_};
  base::ContentHash hash_;
};

constexpr ExportFormat all_formats[] = {ExportFormat::folder, ExportFormat::tar, ExportFormat::bag};

TEST_F(Export, WritesAFolderThatIsTheTessera) {
  const auto exported = must(folder());
  EXPECT_EQ(exported.at, path("/out") / name());
  EXPECT_FALSE(exported.completed);
  const auto files = testing::tree(disk_, exported.at);
  EXPECT_EQ(exported.files, files.size());
  std::uint64_t size_bytes = 0;
  for (const auto& [relative, bytes] : files) size_bytes += bytes.size();
  EXPECT_EQ(exported.size_bytes, size_bytes);
  EXPECT_EQ(base::BlobId{hash_.bytes}.hex(),
            crypto::blake3(base::as_bytes(files.at("MANIFEST"))).hex());
  EXPECT_TRUE(files.contains("README.decode"));
  EXPECT_TRUE(files.contains("index.html"));
  EXPECT_THAT(names_in("/out"), ::testing::ElementsAre(name()));
}

TEST_F(Export, WritesATarOfTheSameFilesManifestFirst) {
  const auto files = testing::tree(disk_, must(folder("/plain")).at);
  const auto exported = must(machine_.hand_on(hash_, "/out", ExportFormat::tar));
  EXPECT_EQ(exported.at, path("/out") / (name() + ".tar"));
  EXPECT_EQ(exported.files, files.size());
  const auto package = must(open_archive(disk_, exported.at, {}));
  std::vector<std::string> order;
  base::Bytes content(1 << 20);
  while (const auto entry = must(package->next())) {
    const auto relative = entry->path.substr(name().size() + 1);
    EXPECT_EQ(entry->path, name() + "/" + relative);
    order.push_back(relative);
    const auto got = must(package->read(content));
    EXPECT_EQ(base::as_text(base::ByteSpan(content).first(got)), files.at(relative));
  }
  ASSERT_EQ(order.size(), files.size());
  EXPECT_EQ(order[0], "MANIFEST");
  EXPECT_EQ(order[1], "identity/signature.ed25519.sig");
  EXPECT_EQ(order[2], "identity/signature.mldsa65.sig");
  EXPECT_TRUE(std::is_sorted(order.begin() + 3, order.end()));
}

TEST_F(Export, WritesABagThatHolds) {
  const auto plain = testing::tree(disk_, must(folder("/plain")).at);
  const auto exported = must(machine_.hand_on(hash_, "/out", ExportFormat::bag));
  EXPECT_EQ(exported.at, path("/out") / (name() + "-bag"));
  BagFiles payload;
  std::map<std::string, std::string> tags;
  for (const auto& [relative, text] : testing::tree(disk_, exported.at)) {
    const auto bytes = base::as_bytes(text);
    if (relative.starts_with("data/")) {
      EXPECT_EQ(text, plain.at(relative.substr(5 + name().size() + 1)));
      payload[relative] = {crypto::sha256(bytes), crypto::sha512(bytes), bytes.size()};
    } else {
      tags[relative] = text;
    }
  }
  EXPECT_EQ(payload.size(), plain.size());
  EXPECT_EQ(tags.size(), 6U);
  EXPECT_EQ(outcome(check_bag(tags, payload)), "ok");
  EXPECT_THAT(tags.at("bag-info.txt"), HasSubstr("Bagging-Date: 2026-02-14\n"));
}

TEST_F(Export, IsTheSameBytesWheneverItIsMade) {
  for (const auto format : all_formats) {
    must(machine_.hand_on(hash_, "/first", format));
    machine_.clock.at.unix_seconds += 86'400 * 400;
    disk_.set_now(machine_.clock.at);
    must(machine_.hand_on(hash_, "/second", format));
  }
  EXPECT_EQ(testing::tree(disk_, "/first"), testing::tree(disk_, "/second"));
}

TEST_F(Export, IsDurableOnceItReturns) {
  for (const auto format : all_formats) must(machine_.hand_on(hash_, "/out", format));
  const auto before = testing::tree(disk_, "/out");
  disk_.lose_power(0);
  EXPECT_EQ(testing::tree(disk_, "/out"), before);
}

TEST_F(Export, AgreesWithWhatIsThereAlready) {
  for (const auto format : all_formats) {
    EXPECT_FALSE(must(machine_.hand_on(hash_, "/out", format)).completed);
    const auto before = testing::tree(disk_, "/out");
    EXPECT_TRUE(must(machine_.hand_on(hash_, "/out", format)).completed);
    EXPECT_EQ(testing::tree(disk_, "/out"), before);
  }
}

TEST_F(Export, CompletesAPartOfTheSame) {
  const auto at = must(folder()).at;
  const auto whole = testing::tree(disk_, at);
  for (const auto& [relative, bytes] : whole) {
    must(disk_.remove(at / relative));
    EXPECT_TRUE(must(folder()).completed) << relative;
    EXPECT_EQ(testing::tree(disk_, at), whole) << relative;
  }
  must(disk_.remove_tree(at / "memories"));
  EXPECT_TRUE(must(folder()).completed);
  EXPECT_EQ(testing::tree(disk_, at), whole);
  must(disk_.remove_tree(at));
  must(disk_.make_folders(at, 0755));
  EXPECT_TRUE(must(folder()).completed);
  EXPECT_EQ(testing::tree(disk_, at), whole);
}

TEST_F(Export, LeavesSomethingElseAlone) {
  const auto at = must(folder()).at;
  const auto whole = testing::tree(disk_, at);
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"README.decode", "another text"},
      {"MANIFEST", ""},
      {"MANIFEST", whole.at("MANIFEST") + "x"},
      {"diary.txt", "mine"},
      {"memories/diary.txt", "mine"}};
  for (const auto& [relative, bytes] : changes) {
    testing::put(disk_, at / relative, bytes);
    const auto before = testing::tree(disk_, "/out");
    EXPECT_THAT(outcome(folder()), StartsWith("conflict: ")) << relative;
    EXPECT_EQ(testing::tree(disk_, "/out"), before) << relative;
    must(disk_.remove(at / relative));
    if (whole.contains(relative)) testing::put(disk_, at / relative, whole.at(relative));
  }
  must(disk_.make_folders(at / "an empty one", 0755));
  EXPECT_THAT(outcome(folder()), StartsWith("conflict: "));
}

TEST_F(Export, WritesThroughNoLink) {
  auto& disk = runtime::posix_disk();
  const base::TemporaryFolder real;
  const auto at = real.path() / "out" / name(), elsewhere = real.path() / "elsewhere";
  std::filesystem::create_directories(at);
  std::filesystem::create_directory(elsewhere);
  std::filesystem::create_directory_symlink("../../elsewhere", at / "memories");
  auto tools = machine_.tools_with(disk);
  const auto exported = export_tessera(*files_in_vault(machine_.vault(), hash_),
                                       real.path() / "out", ExportFormat::folder, tools);
  EXPECT_THAT(outcome(exported), AllOf(StartsWith("conflict: "), HasSubstr("'memories'")));
  EXPECT_TRUE(std::filesystem::is_empty(elsewhere));
  EXPECT_EQ(must(disk.list(real.path() / "out")).size(), 1U);
  EXPECT_EQ(must(disk.list(at)).size(), 1U);
}

TEST_F(Export, LeavesAloneAFileWhereAFolderBelongs) {
  for (const auto* relative : {"memories", "identity", "decode"}) {
    const auto at = path("/out") / name();
    testing::put(disk_, at / relative, "mine");
    EXPECT_THAT(outcome(folder()), AllOf(StartsWith("conflict: "), HasSubstr(relative)));
    EXPECT_EQ(testing::tree(disk_, at), (std::map<std::string, std::string>{{relative, "mine"}}));
    must(disk_.remove_tree("/out"));
  }
}

TEST_F(Export, LeavesAnotherTarAlone) {
  const path at = path("/out") / (name() + ".tar");
  must(machine_.hand_on(hash_, "/out", ExportFormat::tar));
  const auto whole = testing::get(disk_, at);
  for (const auto& bytes : {std::string("mine"), std::string(), whole.substr(0, whole.size() - 512),
                            whole + std::string(512, '\0')}) {
    testing::put(disk_, at, bytes);
    EXPECT_THAT(outcome(machine_.hand_on(hash_, "/out", ExportFormat::tar)),
                StartsWith("conflict: "));
    EXPECT_EQ(testing::get(disk_, at), bytes);
  }
}

TEST_F(Export, RefusesAFileWhereTheFolderWouldBe) {
  testing::put(disk_, path("/out") / name(), "mine");
  EXPECT_THAT(outcome(folder()), StartsWith("conflict: "));
  EXPECT_EQ(testing::get(disk_, path("/out") / name()), "mine");
}

TEST_F(Export, HandsNothingOnThatIsDamaged) {
  std::size_t refused = 0;
  for (const auto& blob : blobs()) {
    const auto size = must(disk_.status(blob)).size_bytes;
    for (std::uint64_t at = 7; at < size; at += 1009) {
      disk_.flip_bit(blob, at, 3);
      for (const auto format : all_formats) {
        const auto result = machine_.hand_on(hash_, "/out", format);
        if (!result) {
          ++refused;
          EXPECT_THAT(outcome(result), StartsWith("corrupt: "));
          EXPECT_THAT(names_in("/out"), IsEmpty());
        }
        must(disk_.remove_tree("/out"));
      }
      disk_.flip_bit(blob, at, 3);
    }
  }
  EXPECT_GT(refused, 20U);
  EXPECT_EQ(outcome(folder()), "ok");
}

TEST_F(Export, LeavesNoFinalNameWhereverItFails) {
  for (const auto format : all_formats) {
    const auto before = disk_.operations();
    must(machine_.hand_on(hash_, "/count", format));
    const auto operations = disk_.operations() - before;
    must(disk_.remove_tree("/count"));
    for (std::uint64_t n = 1; n + 2 < operations; n += 1 + operations / 40) {
      disk_.fail_operation(n, Code::exhausted);
      EXPECT_THAT(outcome(machine_.hand_on(hash_, "/out", format)), StartsWith("exhausted: ")) << n;
      EXPECT_THAT(names_in("/out"), IsEmpty()) << n;
      must(disk_.remove_tree("/out"));
    }
  }
}

TEST_F(Export, IsWholeOrNotThereAfterAPowerCut) {
  const auto whole = testing::tree(disk_, must(folder("/plain")).at);
  const auto tar = testing::get(disk_, must(machine_.hand_on(hash_, "/t", ExportFormat::tar)).at);
  for (const auto format : {ExportFormat::folder, ExportFormat::tar}) {
    const bool is_tar = format == ExportFormat::tar;
    for (std::uint64_t seed = 0; seed < 24; ++seed) {
      const path out = (is_tar ? "/tar" : "/out") + std::to_string(seed);
      const auto at = out / (is_tar ? name() + ".tar" : name());
      disk_.lose_power_at(1 + seed * (is_tar ? 2 : 5));
      static_cast<void>(machine_.hand_on(hash_, out, format));
      disk_.lose_power(seed);
      if (disk_.status(at) && is_tar) {
        EXPECT_TRUE(testing::get(disk_, at) == tar) << seed;
      } else if (disk_.status(at)) {
        EXPECT_TRUE(testing::tree(disk_, at) == whole) << seed;
      }
      EXPECT_EQ(outcome(machine_.hand_on(hash_, out, format)), "ok") << seed;
      EXPECT_EQ(names_in(out).size(), 1U) << seed;
    }
  }
}

TEST_F(Export, LeavesNothingWhenInterrupted) {
  int reads = 0;
  testing::WatchedDisk watched(disk_, [&](const path&) -> Result<void> {
    if (++reads == 12) machine_.stop.request_stop();
    return {};
  });
  // A vault's own reads go through its own disk: a folder's do not.
  const auto at = must(folder("/plain")).at;
  auto tools = machine_.tools_with(watched);
  EXPECT_THAT(
      outcome(export_tessera(*files_in_folder(watched, at), "/out", ExportFormat::folder, tools)),
      StartsWith("cancelled: "));
  EXPECT_THAT(names_in("/out"), IsEmpty());
}

TEST_F(Export, SaysWhenTheTesseraIsNotThere) {
  EXPECT_THAT(outcome(machine_.hand_on(base::ContentHash{}, "/out")), StartsWith("not_found: "));
  EXPECT_FALSE(disk_.status("/out"));
}

}  // namespace
}  // namespace tesseras::custody
