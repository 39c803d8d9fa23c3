#include "preserve/tessera/meta.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "preserve/tessera/limits.hpp"

namespace tesseras::tessera {
namespace {

using ::testing::HasSubstr;

Meta small_meta() {
  Meta meta;
  meta.type = MemoryType::reflection;
  meta.mime = "text/plain";
  meta.media.file = "media.txt";
  meta.sources = {source_from("a.txt")};
  return meta;
}

// What a vector holds, and what it expects of a reader: "ok", or "refused..." and why.
struct Vector {
  std::string name;
  std::string expectation;
  std::string reason;
  std::string bytes;
};

std::vector<Vector> vectors() {
  std::vector<Vector> all;
  const std::filesystem::path folder(TESSERAS_SOURCE_DIR "/spec/vectors/meta");
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string raw{std::istreambuf_iterator<char>(stream), {}};
    const std::size_t end = raw.find("\n\n");
    const std::string head = raw.substr(8, end - 8);  // after "expect: "
    const std::size_t colon = head.find(": ");
    all.push_back({file.path().stem().string(), head.substr(0, colon),
                   colon == std::string::npos ? "" : head.substr(colon + 2), raw.substr(end + 2)});
  }
  return all;
}

TEST(Meta, AgreesWithTheVectors) {
  int taken = 0, refused = 0;
  for (const Vector& vector : vectors()) {
    SCOPED_TRACE(vector.name);
    const auto meta = decode_meta(vector.bytes);
    if (vector.expectation == "ok" || vector.expectation == "refused by schema") {
      ++taken;
      ASSERT_TRUE(meta) << meta.error().message;
      const auto again = encode(*meta);
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_EQ(*decode_meta(*again), *meta);
    } else {
      ++refused;
      ASSERT_FALSE(meta);
      EXPECT_EQ(meta.error().code, base::Code::invalid);
      EXPECT_THAT(meta.error().message, ::testing::StartsWith("meta.json: "));
      EXPECT_THAT(meta.error().message, HasSubstr(vector.reason));
    }
  }
  EXPECT_GE(taken, 10);
  EXPECT_GE(refused, 60);
}

TEST(Meta, WritesTheBytesOfTheVectors) {
  int compared = 0;
  for (const Vector& vector : vectors()) {
    if (vector.name != "ok_full" && vector.name != "ok_smallest") continue;
    const auto meta = decode_meta(vector.bytes);
    ASSERT_TRUE(meta) << meta.error().message;
    EXPECT_EQ(*encode(*meta), vector.bytes);
    ++compared;
  }
  EXPECT_EQ(compared, 2);
}

TEST(Meta, RoundsPositionsToACentimetre) {
  Meta meta = small_meta();
  const auto written = [&](double latitude, double longitude) {
    meta.location = Location{"", Coordinates{latitude, longitude}, Origin::exif};
    const std::string text = *encode(meta);
    const std::size_t begin = text.find("[\n") + 2;
    return text.substr(begin, text.find(']', begin) - begin);
  };
  EXPECT_THAT(written(38.96270000001, -9.0), HasSubstr("38.9627,"));
  EXPECT_THAT(written(38.96270000001, -9.0), HasSubstr("-9.0\n"));
  EXPECT_THAT(written(-0.00000000001, 1e-7), HasSubstr(" 0.0,"));
  EXPECT_THAT(written(-0.00000000001, 1e-7), HasSubstr(" 0.0000001\n"));
}

TEST(Meta, RefusesToWriteWhatReadersRefuse) {
  const auto refused = [](auto change) {
    Meta meta = small_meta();
    change(meta);
    return !encode(meta).has_value();
  };
  EXPECT_FALSE(refused([](Meta&) {}));
  EXPECT_TRUE(refused([](Meta& m) { m.sources.clear(); }));
  EXPECT_TRUE(refused([](Meta& m) { m.mime.clear(); }));
  EXPECT_TRUE(refused([](Meta& m) { m.media.file = "a/b"; }));
  EXPECT_TRUE(refused([](Meta& m) { m.tags = {""}; }));
  EXPECT_TRUE(refused([](Meta& m) { m.description = "\xff"; }));
  EXPECT_TRUE(refused([](Meta& m) { m.created_at = "yesterday"; }));
  EXPECT_TRUE(refused([](Meta& m) { m.location.emplace(); }));
  EXPECT_TRUE(refused([](Meta& m) { m.language = "?"; }));
  EXPECT_TRUE(refused([](Meta& m) { m.sources[0].modified = "2020"; }));
  EXPECT_TRUE(refused([](Meta& m) {
    m.location = Location{"", Coordinates{std::numeric_limits<double>::quiet_NaN(), 0}, {}};
  }));
}

TEST(Meta, KeepsPathsOfAnyBytes) {
  const SourceFile good = source_from("Fotos/verão \"1\"\n.jpg");
  EXPECT_EQ(good.path, "Fotos/verão \"1\"\n.jpg");
  EXPECT_EQ(good.path_percent, "");
  const SourceFile bad = source_from("a\xe9/b");
  EXPECT_EQ(bad.path, "a\xef\xbf\xbd/b");
  EXPECT_EQ(bad.path_percent, "a%E9/b");
  Meta meta = small_meta();
  meta.sources = {good, bad};
  const auto bytes = encode(meta);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*decode_meta(*bytes), meta);
}

TEST(Meta, TakesAHundredThousandEqualFiles) {
  Meta meta = small_meta();
  for (int i = 0; i < 100'000; ++i) {
    SourceFile source = source_from("some/folder/of/copies/" + std::to_string(i) + ".txt");
    source.modified = "2020-02-29T12:00:00.123456789Z";
    meta.sources.push_back(source);
  }
  const auto bytes = encode(meta);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(decode_meta(*bytes)->sources.size(), 100'001U);
}

TEST(Meta, RefusesTooManyBytes) {
  const auto meta = decode_meta(std::string(Limits::meta_bytes_max + 1, ' '));
  ASSERT_FALSE(meta);
  EXPECT_THAT(meta.error().message, HasSubstr("at most"));
  Meta large = small_meta();
  large.description.assign(Limits::meta_bytes_max, 'a');
  const auto bytes = encode(large);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, base::Code::exhausted);
}

TEST(Meta, RefusesEveryCut) {
  for (const Vector& vector : vectors()) {
    if (vector.name != "ok_full") continue;
    const std::string bytes = vector.bytes.substr(0, vector.bytes.size() - 1);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_meta(bytes.substr(0, size))) << size;
    }
  }
}

}  // namespace
}  // namespace tesseras::tessera
