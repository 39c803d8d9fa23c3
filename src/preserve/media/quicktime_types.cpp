#include "preserve/media/quicktime_types.hpp"

namespace tesseras::media {
namespace {

// `list` has four letters and a space for each type.
bool is_in(std::string_view list, BoxType type) {
  for (std::size_t at = 0; at + 4 < list.size(); at += 5) {
    BoxType listed = 0;
    for (const char c : list.substr(at, 4)) listed = listed << 8 | static_cast<unsigned char>(c);
    if (listed == type) return true;
  }
  return false;
}

}  // namespace

std::string shown(BoxType type) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto byte = static_cast<unsigned char>(type >> shift);
    if (byte == 0xa9) {
      text += "\xc2\xa9";
    } else {
      text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?';
    }
  }
  return text;
}

bool is_spare(BoxType type) { return is_in("free skip wide ", type); }

bool is_structure(BoxType type) {
  constexpr std::string_view tracks =
      "tkhd edts tref trgr tapt load clip matt mdhd elng vmhd smhd hmhd nmhd sthd gmhd dinf "
      "stts ctts cslg stsc stsz stz2 stco co64 stss stps stsh stdp sdtp padb sbgp sgpd subs "
      "saiz saio ";
  constexpr std::string_view fragments = "mfhd tfhd tfdt trun senc pssh ";
  return is_in(tracks, type) || is_in(fragments, type);
}

bool is_harmless_user_data(BoxType type) {
  constexpr std::string_view words =
      "\251nam \251ART \251too \251swr \251cmt \251day \251mak \251mod \251fmt \251inf \251cpy "
      "\251dir \251alb \251gen \251wrt \251des \251enc \251aut \251prd \251trk ";
  constexpr std::string_view assets =  // 3GPP
      "titl auth perf gnre cprt albm yrrc rtng clsf kywd dscp ";
  constexpr std::string_view others =
      "name hnti hinf tagc LOOP SelO AllF WLOC date vndr manu modl chpl kind ";
  return is_in(words, type) || is_in(assets, type) || is_in(others, type);
}

bool is_harmless_item(BoxType type) {
  constexpr std::string_view items =
      "\251lyr \251grp \251wrk \251mvn \251mvi \251mvc aART trkn disk gnre tmpo cpil pgap pcst "
      "stik hdvd desc ldes keyw catg purd tvsh tven tvsn tves tvnn sonm soar soal soaa soco sosn "
      "shwm ";
  return is_harmless_user_data(type) || is_in(items, type);
}

bool is_harmless_key(std::string_view key) {
  return key.starts_with("com.apple.quicktime.") || key.starts_with("com.android.");
}

}  // namespace tesseras::media
