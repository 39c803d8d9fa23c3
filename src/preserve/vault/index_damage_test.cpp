// A damaged index is said to be one: what it has is never told as absent.
#include <fstream>
#include <sstream>

#include "foundation/base/folder_fixture.hpp"
#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

using base::Code;

constexpr std::size_t page_bytes = 4096;

class IndexDamageTest : public testing::Test {
 protected:
  IndexDamageTest() {
    EXPECT_TRUE(Vault::create(runtime::posix_disk(), folder.path(), *home));
    Change change;
    for (int i = 0; i < 60; ++i) {
      const std::string name = std::to_string(i);
      const BlobId manifest = id_of(name);
      const PlacedBlob blob{manifest, {10, Where::file, 0, 0}};
      change.blobs.push_back(blob);
      IndexedTessera tessera;
      tessera.info.content_hash = ContentHash{manifest.bytes};
      tessera.info.title = content_of(name, 80);
      tessera.info.visibility = "public";
      tessera.info.language = "pt";
      tessera.info.created = at_second(i);
      tessera.blobs = {manifest};
      hashes.push_back(tessera.info.content_hash);
      change.tesserae.push_back(std::move(tessera));
    }
    EXPECT_TRUE(home->open().value()->apply(change));
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    whole = text.str();
  }

  // Whatever is asked of the vault, the answer is the right one or says that the index is damaged.
  void expect_nothing_absent(const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    auto vault = Vault::open(runtime::posix_disk(), folder.path(), *home);
    if (!vault) return expect_named(vault.error());
    const auto list = (*vault)->list();
    if (list) {
      EXPECT_EQ(list->size(), hashes.size());
    } else {
      expect_named(list.error());
    }
    for (const ContentHash& hash : hashes) {
      if (const auto found = (*vault)->find(hash.hex().substr(0, 12)); !found) {
        expect_named(found.error());
      } else {
        EXPECT_EQ(*found, hash);
      }
      if (const auto info = (*vault)->tessera(hash); !info) expect_named(info.error());
      const auto blob = (*vault)->open_blob(BlobId{hash.bytes});
      ASSERT_FALSE(blob) << "there is no such file";
      EXPECT_EQ(blob.error().code, Code::corrupt) << blob.error().message;
    }
  }
  void expect_named(const base::Error& error) {
    EXPECT_EQ(error.code, Code::corrupt) << error.message;
    EXPECT_NE(error.message.find("index"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("run `tes vault rebuild`"), std::string::npos) << error.message;
  }

  base::TemporaryFolder folder;
  runtime::path file = folder.path() / "db" / "tesseras.db";
  std::unique_ptr<IndexHome> home = sqlite_index_home(folder.path() / "db");
  std::vector<ContentHash> hashes;
  std::string whole;
};

TEST_F(IndexDamageTest, AFlippedByteHidesNothing) {
  ASSERT_GT(whole.size(), 10 * page_bytes);
  ASSERT_EQ(whole.size() % page_bytes, 0U);
  // The beginning of a page is its head; the rest are cells, the same all over.
  for (std::size_t page = 0; page < whole.size(); page += page_bytes) {
    for (std::size_t at = 0; at < page_bytes; at += at < 16 ? 1 : 331) {
      // The versions of file format and schema say that a newer release wrote it.
      if (page == 0 && (at == 18 || at == 19 || (at >= 60 && at < 64))) continue;
      std::string bytes = whole;
      bytes[page + at] = static_cast<char>(bytes[page + at] ^ 0x25);
      SCOPED_TRACE(fmt::format("page {} byte {}", page / page_bytes, at));
      expect_nothing_absent(bytes);
      if (HasFailure()) return;
    }
  }
}

TEST_F(IndexDamageTest, ALostPageHidesNothing) {
  for (std::size_t page = 0; page < whole.size(); page += page_bytes) {
    SCOPED_TRACE(fmt::format("page {}", page / page_bytes));
    for (const char fill : {'\0', '\x5a'}) {
      std::string bytes = whole;
      bytes.replace(page, page_bytes, page_bytes, fill);
      expect_nothing_absent(bytes);
    }
    std::string swapped = whole;
    const std::size_t other = (page + 3 * page_bytes) % whole.size();
    swapped.replace(page, page_bytes, whole, other, page_bytes);
    if (page != 0) expect_nothing_absent(swapped);
    expect_nothing_absent(whole.substr(0, page));
    if (HasFailure()) return;
  }
}

TEST_F(IndexDamageTest, ASoundIndexStillSaysWhatItDoesNotHave) {
  const auto vault = Vault::open(runtime::posix_disk(), folder.path(), *home).value();
  EXPECT_EQ(vault->find("00000000").error().code, Code::not_found);
  EXPECT_EQ(vault->tessera(ContentHash{id_of("none").bytes}).error().code, Code::not_found);
  EXPECT_EQ(vault->open_blob(id_of("none")).error().code, Code::not_found);
}

}  // namespace
}  // namespace tesseras::vault
