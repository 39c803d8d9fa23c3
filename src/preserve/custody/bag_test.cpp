#include "preserve/custody/bag.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/testing.hpp"

namespace tesseras::custody {
namespace {

using ::testing::HasSubstr;
using testing::outcome;
using ::testing::StartsWith;

BagDigests digests(std::string_view text) {
  return {crypto::sha256(base::as_bytes(text)), crypto::sha512(base::as_bytes(text)), text.size()};
}

const BagFiles payload = {{"data/t/MANIFEST", digests("list")},
                          {"data/t/media.txt", digests("hello")},
                          {"data/t/zero", digests("")}};
constexpr base::WallTime when{1'771'061'400, 0};

std::map<std::string, std::string> tags() { return bag_tag_files(payload, when); }

// The same, with tag manifests that fit again: so that only the payload's are at fault.
std::map<std::string, std::string> without_tag_manifests() {
  auto files = tags();
  files.erase("tagmanifest-sha256.txt");
  files.erase("tagmanifest-sha512.txt");
  return files;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

// The digests of a manifest's lines in upper case.
std::string upper(std::string text) {
  bool in_digest = true;
  for (auto& c : text) {
    in_digest = c == '\n' || (in_digest && c != ' ');
    if (in_digest && c >= 'a' && c <= 'f') c = static_cast<char>(c - 32);
  }
  return text;
}

TEST(Bag, WritesTheTagFilesOfRfc8493) {
  const auto files = tags();
  EXPECT_EQ(files.size(), 6U);
  EXPECT_EQ(files.at("bagit.txt"), "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
  EXPECT_EQ(files.at("bag-info.txt"), "Bagging-Date: 2026-02-14\nPayload-Oxum: 9.3\n");
  // sha256sum's own answer for "hello" and for nothing.
  EXPECT_THAT(files.at("manifest-sha256.txt"),
              HasSubstr("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  "
                        "data/t/media.txt\n"));
  EXPECT_THAT(files.at("manifest-sha256.txt"),
              HasSubstr("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  "
                        "data/t/zero\n"));
  EXPECT_THAT(
      files.at("tagmanifest-sha512.txt"),
      HasSubstr(crypto::sha512(base::as_bytes(files.at("bagit.txt"))).hex() + "  bagit.txt\n"));
  EXPECT_THAT(files.at("tagmanifest-sha256.txt"), HasSubstr("  manifest-sha512.txt\n"));
  EXPECT_EQ(outcome(check_bag(files, payload)), "ok");
}

TEST(Bag, IsTheSameTwice) { EXPECT_EQ(tags(), tags()); }

TEST(Bag, TakesWhatOtherProgramsWrite) {
  auto files = without_tag_manifests();
  const auto plain = files.at("manifest-sha256.txt");
  std::string crlf, tabs;
  for (const char c : plain) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain.substr(i, 2) == "  ") {
      tabs += "\t";
      ++i;
    } else {
      tabs += plain[i];
    }
  }
  std::string binary, dotted;
  for (const auto& [path, file] : payload) {
    binary += file.sha256.hex() + " *" + path + "\n";
    dotted += file.sha256.hex() + "  ./" + path + "\n";
  }
  for (const auto& variant :
       {crlf, tabs, upper(plain), plain.substr(0, plain.size() - 1), binary, dotted}) {
    files["manifest-sha256.txt"] = variant;
    EXPECT_EQ(outcome(check_bag(files, payload)), "ok") << variant;
  }
  files.erase("manifest-sha512.txt");
  EXPECT_EQ(outcome(check_bag(files, payload)), "ok");
  files["bagit.txt"] = "BagIt-Version: 0.97\r\nTag-File-Character-Encoding: UTF-8";
  EXPECT_EQ(outcome(check_bag(files, payload)), "ok");
  files["bagit.txt"] =
      "\xef\xbb\xbf"
      "BagIt-Version: 1.0 \nTag-File-Character-Encoding: UTF-8 \t\n";
  EXPECT_EQ(outcome(check_bag(files, payload)), "ok");
}

TEST(Bag, EncodesTheThreeCharactersThatRfc8493Names) {
  const BagFiles odd = {{"data/a\nb\rc%0Ad e", digests("x")}};
  const auto files = bag_tag_files(odd, when);
  EXPECT_THAT(files.at("manifest-sha256.txt"), HasSubstr("  data/a%0Ab%0Dc%250Ad e\n"));
  EXPECT_EQ(outcome(check_bag(files, odd)), "ok");
  const BagFiles other = {{"data/a\nb\rc\nd e", digests("x")}};
  EXPECT_THAT(outcome(check_bag(files, other)), StartsWith("corrupt: "));
  // A lower-case escape is read too.
  auto lower = files;
  lower.erase("tagmanifest-sha256.txt");
  lower.erase("tagmanifest-sha512.txt");
  lower["manifest-sha256.txt"] = replaced(files.at("manifest-sha256.txt"), "%0A", "%0a");
  EXPECT_EQ(outcome(check_bag(lower, odd)), "ok");
}

TEST(Bag, FindsEveryDamageToThePayload) {
  for (const auto& [path, was] : payload) {
    auto changed = payload;
    changed[path] = digests("something else");
    EXPECT_THAT(outcome(check_bag(tags(), changed)), StartsWith("corrupt: " + path)) << path;
    auto missing = payload;
    missing.erase(path);
    EXPECT_THAT(outcome(check_bag(tags(), missing)), HasSubstr(path + ", which is missing"));
  }
  auto more = payload;
  more["data/t/more"] = digests("x");
  EXPECT_THAT(outcome(check_bag(tags(), more)), HasSubstr("does not list data/t/more"));
  // One digest of two is enough to be found.
  auto half = payload;
  half["data/t/zero"].sha512 = digests("other").sha512;
  EXPECT_THAT(outcome(check_bag(tags(), half)), HasSubstr("manifest-sha512.txt"));
}

TEST(Bag, FindsEveryChangedByteOfATagFile) {
  for (const auto& [name, text] : tags()) {
    for (std::size_t at = 0; at < text.size(); at += name.contains("512") ? 37U : 7U) {
      // Only the case of a digest's digits may change without a word.
      auto files = tags();
      files[name][at] = static_cast<char>(files[name][at] ^ 0x01);
      EXPECT_NE(outcome(check_bag(files, payload)), "ok") << name << " at " << at;
    }
  }
}

TEST(Bag, RefusesAManifestThatDoesNotParse) {
  const auto plain = tags().at("manifest-sha256.txt");
  const auto first = plain.substr(0, plain.find('\n') + 1);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"no path\n" + plain, "corrupt: manifest-sha256.txt lists path"},
      {"nothing-but-a-word\n", "invalid: manifest-sha256.txt line 1"},
      {plain + "abc   \n", "invalid: manifest-sha256.txt line 4"},
      {plain + first, "invalid: manifest-sha256.txt line 4: names a file twice"},
      {" " + plain, "corrupt: "},
      {"", "corrupt: manifest-sha256.txt does not list"},
      {std::string(70, '\0'), "invalid: "},
  };
  for (const auto& [text, wanted] : cases) {
    auto files = without_tag_manifests();
    files["manifest-sha256.txt"] = text;
    EXPECT_THAT(outcome(check_bag(files, payload)), StartsWith(wanted)) << text;
  }
}

TEST(Bag, RefusesADeclarationItDoesNotKnow) {
  for (const auto* text :
       {"", "BagIt-Version: 1.0\n", "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n",
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: ISO-8859-1\n",
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nMore: 1\n"}) {
    auto files = without_tag_manifests();
    files["bagit.txt"] = text;
    EXPECT_THAT(outcome(check_bag(files, payload)), StartsWith("invalid: bagit.txt")) << text;
  }
  auto files = without_tag_manifests();
  files.erase("bagit.txt");
  EXPECT_THAT(outcome(check_bag(files, payload)), HasSubstr("no bagit.txt"));
}

TEST(Bag, WantsAHashThatStillHolds) {
  auto files = without_tag_manifests();
  files.erase("manifest-sha256.txt");
  files.erase("manifest-sha512.txt");
  EXPECT_THAT(outcome(check_bag(files, payload)),
              AllOf(StartsWith("unsupported: "), HasSubstr("data/tessera-")));
}

TEST(Bag, FindsATagFileThatIsGone) {
  for (const auto* name : {"bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt"}) {
    auto files = tags();
    files.erase(name);
    EXPECT_THAT(outcome(check_bag(files, payload)), StartsWith("corrupt: tagmanifest")) << name;
  }
}

}  // namespace
}  // namespace tesseras::custody
