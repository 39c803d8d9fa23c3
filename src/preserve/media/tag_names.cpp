#include "preserve/media/tag_names.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "foundation/base/ascii.hpp"
#include "preserve/media/quicktime_text.hpp"

namespace tesseras::media {
namespace {

// As is_harmless_tag compares them, each between two spaces.
constexpr std::string_view names =
    " "
    "abstract accompaniment accurateripdiscid accurateripresult actor added addeddate album "
    "albumartist albumartistcredit albumartists albumartistsort albumsort alphamode arranger "
    "artdirector artist artistcredit artists artistsort asin assistantdirector author band "
    "barcode bibliography bpm bps catalog catalogid catalognr catalognumber catalogue "
    "cataloguenumber category cddb cddb1 cddbid cdtoc character choir choregrapher "
    "choreographer codinghistory com.android.capture.fps com.android.manufacturer "
    "com.android.model com.android.version com.apple.quicktime.author "
    "com.apple.quicktime.creationdate com.apple.quicktime.make com.apple.quicktime.model "
    "com.apple.quicktime.software comment comments compatiblebrands compilation composer "
    "composersort conductor contact contenttype coproducer copyright costumedesigner crc "
    "creationdate creationtime cuesheet date datedigitized dateencoded datepurchased "
    "daterecorded datereleased datetagged datewritten debutalbum description director "
    "directorofphotography disc discid discnumber discsubtitle disctitle disctotal "
    "distributedby djmixer dummy duration ean eanupc eanupn editedby email encodedby "
    "encodedfor encodedwith encoder encoderoptions encodersettings encodertool encodetime "
    "encoding encodingtime engineer ensemble episode episodeid episodenumber episodesort "
    "executiveproducer explicit fax file fingerprint firstplayed fmpsplaycount fmpsrating fps "
    "gaplessplayback genre group grouping grp1 handler handlername hdvideo icra imdb index "
    "initialkey instrument instruments introplay isbn isrc itunesadvisory key keyword "
    "keywords label labelcode labelno lang language lastplayed lawrating lccn leadperformer "
    "length licence license log logfile loved lyricist lyrics majorbrand make manufacturer "
    "masteredby mcdi measure media minorversion mixedby mixer model modificationdate mood "
    "movement movementname movementnumber movementtotal mp3gainalbumminmax mp3gainminmax "
    "mp3gainundo musicbrainzalbumreleasecountry musicbrainzreleasecountry musicipfingerprint "
    "musicippuid musicmagicdata musicmagicfingerprint musicproducer mvin mvnm narrator "
    "network note notes numberofbytes numberofframes officialartisturl opus orchestra "
    "organization original originalalbum originalartist originaldate originalfilename "
    "originallyricist originalmediatype originalreleasedate originalyear originationdate "
    "originationtime originator originatorreference part partnumber partoffset parttotal "
    "performer period phone playcount playcounter playedcount podcast podcastcategory "
    "podcastdesc podcastid podcastkeywords podcasturl presenter producer productcopyright "
    "productioncopyright productiondesigner productionstudio productnumber publicationright "
    "publisher purchasecurrency purchaseinfo purchaseitem purchaseowner purchaseprice purl "
    "rating ratingwmp reader recordingdate reelname related releasecountry releasedate "
    "releasestatus releasetime releasetype releaseyear remixedby remixer replaygaingain "
    "replaygainpeak retaildate ripdate ripmethod ripper ripping ripquality riptool sample "
    "scene screenplayby script season seasonnumber series seriespart show showmovement "
    "showworkmovement size software soloist soloists sortalbum sortalbumartist sortartist "
    "sortcomposer sorttitle sortwith soundengineer sourcecrc sourceid sourcemedia sourceurl "
    "statisticstags statisticswritingapp statisticswritingdateutc stereomode subject subtitle "
    "summary syncedlyric syncedlyrics synopsis take talb tbpm tcat tcmp tcom tcon tcop tdat "
    "tden tdes tdly tdor tdrc tdrl tdtg tempo tenc termsofuse text tflt tgid thanksto time "
    "timecode timereference tipl tit1 tit2 tit3 title titlesort tkey tkwd tlan tlen tmcl tmdb "
    "tmdb2 tmed tmoo toal tofn toly tool tope tory totaldiscs totalparts totaltracks "
    "tpe1 tpe2 tpe3 tpe4 tpos tpro tpub track tracknumber tracktotal trck trda trsn trso tsiz "
    "tso2 tsoa tsoc tsop tsot tsrc tsse tsst tuning tvdb tvdb2 tyer ucid unsyncedlyrics "
    "unsynchronisedlyrics upc url vendor vendorid version vocal vocals "
    "waveformatextensiblechannelmask waveundo webpageurl website wmencodingtime "
    "wmmediaclassprimaryid wmmediaclasssecondaryid wmprovider work workhash writer writtenby "
    "www wwwartist wwwartisturl wwwaudiofile wwwaudiosource year ";

// Families of names; a word of a place in one of them is still refused.
constexpr auto families = std::to_array<std::string_view>(
    {"accuraterip", "acoustid", "itun", "lyrics", "musicbrainz", "r128", "rating", "replaygain"});

// CHAPTER001, CHAPTER001NAME, CHAPTER001URL
bool is_chapter(std::string_view name) {
  constexpr std::string_view word = "chapter";
  if (!name.starts_with(word)) return false;
  name.remove_prefix(word.size());
  const auto rest = name.find_first_not_of("0123456789");
  if (rest == 0 || name.empty()) return false;
  return rest == std::string_view::npos || name.substr(rest) == "name" ||
         name.substr(rest) == "url";
}

}  // namespace

bool is_harmless_tag(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c != ' ' && c != '_' && c != '-') key += base::to_lower(c);
  }
  if (key.empty()) return false;
  if (names.contains(' ' + key + ' ') || is_chapter(key)) return true;
  return !is_about_place(key) && std::ranges::any_of(families, [&](std::string_view family) {
    return key.starts_with(family);
  });
}

}  // namespace tesseras::media
