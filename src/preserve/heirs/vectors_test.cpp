// spec/vectors/heirs, made by other code than ours: see make.py there.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "foundation/base/vector_fixture.hpp"
#include "preserve/heirs/recovery.hpp"
#include "preserve/heirs/share_text.hpp"

namespace tesseras::heirs {
namespace {

using Fields = base::VectorFields;

void check_file(const std::string& name, Fields& v) {
  const auto bytes = base::bytes_of_vector(v["file"]);
  const auto reading = decode_any(bytes);
  EXPECT_EQ(reading ? "valid" : base::name_of(reading.error().code), v["expect"])
      << (reading ? "" : reading.error().message);
  if (!reading) return;
  const Share& share = reading->share;
  EXPECT_EQ(std::to_string(share.part.index), v["index"]);
  EXPECT_EQ(std::to_string(share.set.threshold), v["threshold"]);
  EXPECT_EQ(std::to_string(share.set.total), v["total"]);
  EXPECT_EQ(share.set.session.hex(), v["session"]);
  EXPECT_EQ(share.set.owner.hex(), v["owner"]);
  EXPECT_EQ(share.set.created, v["created"]);
  EXPECT_EQ(base::to_hex(share.part.data.span()), v["data"]);
  EXPECT_EQ(std::to_string(reading->remarks.size()), v["remarks"]);
  if (!v.contains("written")) return;
  const auto written = name.starts_with("bin") ? encode(share) : encode_text(share);
  EXPECT_EQ(base::to_hex(written.span()), v["file"]);
}

void check_recovery(Fields& v) {
  std::vector<Given> given;
  std::istringstream words(v["shares"]);
  for (std::string word; words >> word;) {
    auto share = decode(base::bytes_of_vector(word));
    ASSERT_TRUE(share) << share.error().message;
    given.push_back({.name = fmt::format("file {}", given.size() + 1), .share = *std::move(share)});
  }
  const auto recovered = recover(given);
  EXPECT_EQ(recovered ? "valid" : base::name_of(recovered.error().code), v["expect"])
      << (recovered ? "" : recovered.error().message);
  if (!recovered) return;
  EXPECT_EQ(base::to_hex(recovered->seed.span()), v["seed"]);
}

TEST(HeirVectors, Hold) {
  int files = 0, recoveries = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/heirs";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    const std::string name = entry.path().filename();
    SCOPED_TRACE(name);
    Fields vector = base::read_vector(entry.path());
    if (vector.contains("file")) {
      check_file(name, vector);
      ++files;
    } else {
      check_recovery(vector);
      ++recoveries;
    }
  }
  EXPECT_GE(files, 70);
  EXPECT_GE(recoveries, 20);
}

}  // namespace
}  // namespace tesseras::heirs
