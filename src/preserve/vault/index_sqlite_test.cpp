#include "preserve/vault/index_sqlite.hpp"

#include <fstream>
#include <sstream>

#include "foundation/base/folder_fixture.hpp"
#include "preserve/vault/index_suite.hpp"
#include "preserve/vault/schema.hpp"

namespace tesseras::vault {
namespace {

using base::Code;

class SqlitePlace {
 public:
  SqlitePlace() { EXPECT_TRUE(home_->create()); }
  IndexHome& home() { return *home_; }

 private:
  base::TemporaryFolder folder_;
  // A name that SQLite's URIs would read as something else.
  std::unique_ptr<IndexHome> home_ = sqlite_index_home(folder_.path() / "a%41?b#c ç");
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, IndexSuite, SqlitePlace);

class SqliteIndexTest : public testing::Test {
 protected:
  base::TemporaryFolder folder;
  std::unique_ptr<IndexHome> home = sqlite_index_home(folder.path());
  runtime::path file = folder.path() / "tesseras.db";

  Database database() { return Database::open(file, Database::Mode::create).value(); }
  void run(const std::string& sql) { ASSERT_TRUE(database().run(sql)); }
};

std::string fixture(const std::string& name) {
  std::ifstream in(std::string(TESSERAS_SOURCE_DIR) + "/src/preserve/vault/fixtures/" + name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// There is a fixture for each version that was ever released; this opens them all.
TEST_F(SqliteIndexTest, OpensEveryOlderSchema) {
  for (std::size_t version = 1; version <= schema_steps().size(); ++version) {
    base::TemporaryFolder place;
    const std::string sql = fixture(fmt::format("index-v{}.sql", version));
    ASSERT_FALSE(sql.empty()) << version;
    {
      auto made = Database::open(place.path() / "tesseras.db", Database::Mode::create).value();
      const auto done = made.run(sql);
      ASSERT_TRUE(done) << done.error().message;
      ASSERT_EQ(made.integer("PRAGMA user_version").value(), static_cast<std::int64_t>(version));
    }
    auto opened = sqlite_index_home(place.path())->open();
    ASSERT_TRUE(opened) << opened.error().message;
    Index& index = **opened;
    EXPECT_TRUE(index.check());
    const auto tesserae = index.tesserae().value();
    ASSERT_EQ(tesserae.size(), 1U);
    EXPECT_EQ(tesserae[0].title, "Verão em Ericeira");
    EXPECT_EQ(tesserae[0].memories, 2U);
    EXPECT_EQ(index.blobs_of(tesserae[0].content_hash).value().size(), 3U);
    EXPECT_EQ(index.packs().value(), (std::vector<PackState>{{1, 4096, 156, false}}));
    EXPECT_EQ(index.swept_at().value(), 1'780'000'000);
    EXPECT_TRUE(index.apply({}));
  }
}

TEST_F(SqliteIndexTest, RefusesANewerSchemaByName) {
  ASSERT_TRUE(home->create());
  run("PRAGMA user_version = 7");
  const auto opened = home->open();
  EXPECT_EQ(opened.error().code, Code::unsupported);
  EXPECT_EQ(opened.error().message,
            "this vault was written by a newer tesseras (schema 7; this version reads up to 1); "
            "update tesseras");
  EXPECT_EQ(database().integer("PRAGMA user_version").value(), 7) << "and leaves it alone";
}

TEST_F(SqliteIndexTest, ANewerSchemaIsNotRebuiltIntoAnOlderOne) {
  ASSERT_TRUE(Vault::create(runtime::posix_disk(), folder.path(), *home));
  run("PRAGMA user_version = 7");
  const auto rebuilt =
      Vault::rebuild(runtime::posix_disk(), folder.path(), *home, runtime::no_progress(), {});
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().code, Code::unsupported);
  EXPECT_EQ(database().integer("PRAGMA user_version").value(), 7);
}

TEST_F(SqliteIndexTest, RefusesWhatIsNoIndexOfOurs) {
  run("CREATE TABLE recipes(name TEXT)");
  EXPECT_EQ(home->open().error().code, Code::corrupt);
}

TEST_F(SqliteIndexTest, RefusesWhatIsNoDatabase) {
  for (const std::string& content :
       {std::string(5000, 'x'), std::string("SQLite format 3\0junk", 20)}) {
    std::ofstream(file, std::ios::trunc) << content;
    const auto opened = home->open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::corrupt) << opened.error().message;
    EXPECT_NE(opened.error().message.find("tes vault rebuild"), std::string::npos);
  }
}

TEST_F(SqliteIndexTest, DamageInsideIsFoundAndNamed) {
  ASSERT_TRUE(home->create());
  {
    auto index = home->open().value();
    Change change;
    for (int i = 0; i < 2000; ++i)
      change.blobs.push_back({id_of(std::to_string(i)), {10, Where::file, 0, 0}});
    ASSERT_TRUE(index->apply(change));
  }
  {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(8 * 4096);
    damage << std::string(20'000, '\x5a');
  }
  auto index = home->open();
  if (index) {
    const auto checked = (*index)->check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Code::corrupt);
    EXPECT_NE(checked.error().message.find("tes vault rebuild"), std::string::npos);
  } else {
    EXPECT_EQ(index.error().code, Code::corrupt);
  }
}

TEST_F(SqliteIndexTest, ReadsWhereNothingCanBeWritten) {
  ASSERT_TRUE(home->create());
  {
    auto index = home->open().value();
    Change change;
    change.swept_at = 5;
    ASSERT_TRUE(index->apply(change));
  }
  // As a file that cannot be written to; root could, so the index is opened as it stands.
  auto unchanging = Database::open(file, Database::Mode::read_unchanging).value();
  ASSERT_TRUE(migrate(unchanging, schema_steps()));
  SqliteIndex index(std::move(unchanging));
  EXPECT_FALSE(index.is_writable());
  EXPECT_EQ(index.swept_at().value(), 5);
  EXPECT_EQ(index.apply({}).error().code, Code::denied);
}

TEST_F(SqliteIndexTest, MigratesStepByStepOrNotAtAll) {
  constexpr const char* first = "CREATE TABLE a(x INTEGER); INSERT INTO a VALUES(1);";
  constexpr const char* second = "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 2;";
  constexpr const char* broken = "CREATE TABLE b(x INTEGER); INSERT INTO nowhere VALUES(1);";
  auto made = database();
  const std::array old{first};
  ASSERT_TRUE(migrate(made, old));
  const std::array with_broken{first, second, broken};
  EXPECT_FALSE(migrate(made, with_broken));
  EXPECT_EQ(made.integer("PRAGMA user_version").value(), 1);
  EXPECT_FALSE(made.integer("SELECT y FROM a")) << "the second step was taken back too";
  const std::array good{first, second};
  ASSERT_TRUE(migrate(made, good));
  EXPECT_EQ(made.integer("SELECT x + y FROM a").value(), 3);
  EXPECT_EQ(made.integer("PRAGMA user_version").value(), 2);
  ASSERT_TRUE(migrate(made, good));
  EXPECT_EQ(migrate(made, old).error().code, Code::unsupported);
}

TEST_F(SqliteIndexTest, AnOldLogIsNeverTakenForTheNewIndexs) {
  ASSERT_TRUE(home->create());
  auto reader = home->open().value();
  Change change;
  change.swept_at = 1;
  ASSERT_TRUE(reader->apply(change));  // stands in the log of the old file
  auto fresh = home->begin_anew().value();
  change.swept_at = 2;
  ASSERT_TRUE(fresh->apply(change));
  fresh.reset();
  ASSERT_TRUE(home->replace_with_new());
  EXPECT_EQ(home->open().value()->swept_at().value(), 2);
  EXPECT_EQ(reader->swept_at().value(), 1) << "who had the old one open still reads it";
  reader.reset();
  EXPECT_EQ(home->open().value()->swept_at().value(), 2);
  EXPECT_TRUE(home->open().value()->check());
}

}  // namespace
}  // namespace tesseras::vault
