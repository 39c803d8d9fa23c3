#include "preserve/tessera/gallery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "foundation/base/text.hpp"
#include "preserve/tessera/context.hpp"
#include "preserve/tessera/gallery_html.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/test_tessera.hpp"

namespace tesseras::tessera {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Gallery : public ::testing::Test {
 protected:
  Gallery() {
    header_.created = *base::from_rfc3339_seconds("2026-02-14T09:30:00Z");
    header_.language = "en";
    header_.title = "Summer <1974> & \"more\"";
    meta_.mime = "image/jpeg";
    meta_.media = {
        .file = "media.jpg", .size_bytes = 2048, .blake3 = id_, .sha256 = {}, .parts = {}};
    meta_.sources = {source_from("a.jpg")};
  }

  std::string page(std::size_t number, std::size_t memories,
                   const std::vector<GalleryMemory>& shown) const {
    std::string html;
    const GalleryHead head{.header = header_,
                           .description = description_,
                           .creator_fingerprint = "abcd",
                           .memories = memories};
    GalleryPage page(head, number, [&](std::string_view bytes) { html += bytes; });
    page.begin();
    for (const GalleryMemory& memory : shown) page.memory(memory);
    page.end();
    return html;
  }
  GalleryMemory shown(MediaFormat format, std::string_view context) const {
    return {.id = id_,
            .format = format,
            .meta = meta_,
            .context = context,
            .excerpt = {},
            .in_parts = false};
  }
  std::string one(MediaFormat format, std::string_view context = "words\n") const {
    return page(1, 1, {shown(format, context)});
  }

  crypto::Blake3Hash id_ = test::blake3_of("picture");
  ManifestHeader header_;
  std::string description_;
  Meta meta_;
};

TEST_F(Gallery, IsOnePageUpToFiveHundred) {
  EXPECT_EQ(gallery_pages(0), 1U);
  EXPECT_EQ(gallery_pages(500), 1U);
  EXPECT_EQ(gallery_pages(501), 2U);
  EXPECT_EQ(gallery_pages(100'000), 200U);
  EXPECT_EQ(gallery_path(1), "index.html");
  EXPECT_EQ(gallery_path(12), "gallery/12.html");
  EXPECT_EQ(gallery_first(1), 0U);
  EXPECT_EQ(gallery_first(3), 1000U);
}

TEST_F(Gallery, ShowsAPictureWithItsWords) {
  const std::string html = one(MediaFormat::jpeg, "Ana at the\nwell.\n");
  const std::string file = memory_folder(id_) + "media.jpg";
  EXPECT_THAT(html, HasSubstr("<a class=\"well\" href=\"" + file + "\"><img src=\"" + file +
                              "\" alt=\"Ana at the well.\""));
  EXPECT_THAT(html, HasSubstr("Ana at the\nwell.</p>"));
  EXPECT_THAT(html, HasSubstr("<title>Summer &lt;1974&gt; &amp; &quot;more&quot;</title>"));
  EXPECT_THAT(html, HasSubstr("<code dir=\"ltr\">abcd</code>"));
  EXPECT_THAT(html, HasSubstr("href=\"README.decode\""));
  EXPECT_THAT(html, HasSubstr("href=\"MANIFEST\""));
  EXPECT_THAT(html, Not(HasSubstr("<nav")));
}

TEST_F(Gallery, SaysTheTimeOnceWhereNobodyWroteAnything) {
  meta_.created_at = "1974-08-05T17:30:00";
  meta_.sources = {source_from("summer/IMG_1.jpg"), source_from("copies/صورة.jpg")};
  const std::string html = one(MediaFormat::jpeg, fallback_context(meta_));
  EXPECT_THAT(html, HasSubstr("<p class=\"words\"><bdi>IMG_1.jpg\nصورة.jpg</bdi></p>"));
  EXPECT_THAT(html, HasSubstr(">1974-08-05 17:30</time>"));
  const std::string written = one(MediaFormat::jpeg, "1974-08-05T17:30:00\n");
  EXPECT_THAT(written, HasSubstr("<p class=\"words\" dir=\"auto\">1974-08-05T17:30:00</p>"));
}

TEST_F(Gallery, EscapesWhatComesFromOutside) {
  const std::string evil = "\"><script>alert(1)</script><img src=x onerror='a'>&amp;\x01\xff";
  header_.title = "t" + evil;
  description_ = "d" + evil;
  meta_.location = Location{"l" + evil, {}, Origin::author};
  meta_.people = {{"p" + evil, "r" + evil, {}}};
  meta_.tags = {"g" + evil};
  for (const MediaFormatInfo& format : all_formats()) {
    GalleryMemory memory = shown(format.format, evil);
    memory.excerpt = evil;
    const std::string html = page(1, 1, {memory});
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("<img src=x")));
    EXPECT_THAT(html, Not(HasSubstr("onerror='")));
    EXPECT_THAT(html, HasSubstr("&quot;&gt;&lt;script&gt;"));
  }
  EXPECT_EQ(html::escape("a\x01\xff\xc2\x85"
                         "b\n"),
            "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
            "b\n");
}

TEST_F(Gallery, LoadsNothingFromElsewhereAndRunsNothing) {
  for (const MediaFormatInfo& format : all_formats()) {
    const std::string html = one(format.format);
    EXPECT_THAT(html, HasSubstr("default-src 'none'"));
    EXPECT_THAT(html, Not(HasSubstr("://")));
    EXPECT_THAT(html, Not(HasSubstr("url(")));
    EXPECT_THAT(html, Not(HasSubstr("@import")));
    EXPECT_THAT(html, Not(HasSubstr("javascript:")));
  }
}

TEST_F(Gallery, UsesTheRightElementForEachFormat) {
  EXPECT_THAT(one(MediaFormat::mp3), HasSubstr("<audio controls preload=\"none\""));
  EXPECT_THAT(one(MediaFormat::webm), HasSubstr("<video controls preload=\"metadata\""));
  EXPECT_THAT(one(MediaFormat::heic), HasSubstr("<strong>HEIC</strong>"));
  EXPECT_THAT(one(MediaFormat::heic), HasSubstr("Not every browser shows this format."));
  EXPECT_THAT(one(MediaFormat::pdf), Not(HasSubstr("<img")));
  GalleryMemory parts = shown(MediaFormat::mp4, "long\n");
  parts.in_parts = true;
  const std::string html = page(1, 1, {parts});
  EXPECT_THAT(html, Not(HasSubstr("<video")));
  EXPECT_THAT(html, HasSubstr("href=\"" + memory_folder(id_) + "\""));
  EXPECT_THAT(html, HasSubstr("In several parts."));
}

TEST_F(Gallery, ShowsTheBeginningOfATextAndLinksIt) {
  GalleryMemory text = shown(MediaFormat::text, "a letter\n");
  text.excerpt = "Dear <all>";
  EXPECT_THAT(page(1, 1, {text}), HasSubstr("Dear &lt;all&gt;</p><p>…</p>"));
  EXPECT_THAT(page(1, 1, {text}), HasSubstr(">media.jpg</a> (<bdi>2 KB</bdi>)"));
  meta_.media.size_bytes = text.excerpt.size();
  EXPECT_THAT(page(1, 1, {text}), HasSubstr("Dear &lt;all&gt;</p></div>"));
}

TEST_F(Gallery, ShowsTheLinesOfOtherSystems) {
  GalleryMemory text = shown(MediaFormat::text, "a\r\nb\rc\r\n");
  text.excerpt =
      "\xef\xbb\xbf"
      "Dear\r\nall\r";
  meta_.media.size_bytes = text.excerpt.size();
  const std::string html = page(1, 1, {text});
  EXPECT_THAT(html, HasSubstr("<p>Dear\nall\n</p>"));
  EXPECT_THAT(html, HasSubstr("a\nb\nc"));
  EXPECT_THAT(html, Not(HasSubstr("\r")));
  EXPECT_THAT(html, Not(HasSubstr("\xef\xbf\xbd")));
  EXPECT_EQ(html::escape("\r\r\n\n"), "\n\n\n");
}

TEST_F(Gallery, KeepsNamesFromTurningTheirLine) {
  meta_.people = {{"Ana \u202e(", "\u202d)", {}}};
  meta_.tags = {"\u202etag"};
  const std::string html = one(MediaFormat::jpeg);
  EXPECT_THAT(html, HasSubstr("<li><bdi>Ana \u202e(</bdi> (<bdi>\u202d)</bdi>)</li>"));
  EXPECT_THAT(html, HasSubstr("<li><bdi>\u202etag</bdi></li>"));
}

TEST_F(Gallery, CutsLongWordsBetweenCharacters) {
  std::string context;
  while (context.size() < 2 * Limits::gallery_context_bytes) context += "é€𝄞 ";
  const std::string html = one(MediaFormat::jpeg, context);
  EXPECT_TRUE(base::is_utf8(html));
  EXPECT_THAT(html, HasSubstr("<p class=\"more\" lang=\"en\" dir=\"ltr\">… <a href="));
  EXPECT_THAT(html, HasSubstr("context.txt\">Read on</a>"));
  EXPECT_THAT(html, Not(HasSubstr("\xef\xbf\xbd")));
  EXPECT_EQ(html::beginning("aé", 2), "a");
  EXPECT_EQ(html::beginning("aé", 3), "aé");
  EXPECT_EQ(html::alternative("  a \n\n b\n"), "a b");
}

TEST_F(Gallery, SaysLanguageAndDirection) {
  header_.language = "ar";
  EXPECT_THAT(one(MediaFormat::jpeg), HasSubstr("<html lang=\"ar\" dir=\"rtl\">"));
  EXPECT_THAT(one(MediaFormat::jpeg), HasSubstr("الذكريات"));
  header_.language = "und";
  EXPECT_THAT(one(MediaFormat::jpeg), HasSubstr("<html lang=\"\" dir=\"ltr\">"));
  header_.language = "PT-br";
  EXPECT_THAT(one(MediaFormat::jpeg), HasSubstr("Memórias"));
  EXPECT_EQ(html::direction("az-Arab"), "rtl");
  EXPECT_EQ(html::direction("ur-Latn"), "ltr");
  EXPECT_EQ(html::direction("he-IL"), "rtl");
}

TEST_F(Gallery, ShowsTimesPlacesAndPeopleAsKnown) {
  meta_.created_at = "1999-12-31T23:59:59.123456-03:30";
  meta_.location = Location{"", Coordinates{38.9627, -9.4174}, Origin::exif};
  meta_.people = {{"Ana", "grandmother", {}}};
  const std::string html = one(MediaFormat::jpeg);
  EXPECT_THAT(html,
              HasSubstr("<time dir=\"ltr\" datetime=\"1999-12-31T23:59:59-03:30\">1999-12-31 23:59 "
                        "-03:30</time>"));
  EXPECT_THAT(html, HasSubstr("38.96270, -9.41740"));
  EXPECT_THAT(html, HasSubstr("<li><bdi>Ana</bdi> (<bdi>grandmother</bdi>)</li>"));
  meta_.created_at.clear();
  meta_.created_approximate = ApproximateDate{ApproximateDate::Kind::year_month, "1961-08"};
  EXPECT_THAT(one(MediaFormat::jpeg),
              HasSubstr("<time dir=\"ltr\" datetime=\"1961-08\">1961-08</time>"));
}

TEST_F(Gallery, LinksItsPages) {
  const std::string first = page(1, 5001, {});
  EXPECT_THAT(first, HasSubstr("href=\"gallery/2.html\" rel=\"next\""));
  EXPECT_THAT(first, Not(HasSubstr("rel=\"prev\"")));
  const std::string middle = page(6, 5001, {shown(MediaFormat::jpeg, "x")});
  EXPECT_THAT(middle, HasSubstr("href=\"../gallery/5.html\" rel=\"prev\""));
  EXPECT_THAT(middle, HasSubstr("href=\"../index.html\""));
  EXPECT_THAT(middle, HasSubstr("href=\"../gallery/11.html\""));
  EXPECT_THAT(middle, HasSubstr("<strong aria-current=\"page\">6</strong>"));
  EXPECT_THAT(middle, HasSubstr("src=\"../memories/"));
  EXPECT_THAT(middle, HasSubstr("href=\"../README.decode\""));
  EXPECT_THAT(page(11, 5001, {}), Not(HasSubstr("rel=\"next\"")));
}

}  // namespace
}  // namespace tesseras::tessera
