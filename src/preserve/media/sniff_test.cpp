#include "preserve/media/sniff.hpp"

#include <gtest/gtest.h>

#include "preserve/media/limits.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::media {
namespace {

using namespace std::string_literals;
using enum tessera::MediaFormat;
using tessera::MediaFormat;

Sniffed sniffed(const std::string& bytes, std::string_view name = "file") {
  BytesFile file(bytes);
  const auto found = sniff(file, file.size(), name);
  EXPECT_TRUE(found);
  return found.value_or(Sniffed{});
}

struct Case {
  std::string bytes;
  const char* name;
  MediaFormat format;
};

std::string ftyp(const std::string& brands) {
  return box("ftyp", brands.substr(0, 4) + big(0, 4) + brands.substr(4));
}

std::string ogg_bytes(const std::string& packet) {
  return "OggS\0"s + std::string(21, '\0') + "\x01"s + big(packet.size(), 1) + packet;
}

std::string film(const std::string& handlers) {
  std::string tracks;
  for (std::size_t i = 0; i < handlers.size(); i += 4) {
    tracks += box("trak", box("mdia", box("hdlr", big(0, 8) + handlers.substr(i, 4))));
  }
  return ftyp("isomiso2mp41") + box("mdat", std::string(5000, 'x')) + box("moov", tracks);
}

std::string tiff_bytes(std::vector<Field> fields) { return exif_tiff({}, {}, std::move(fields)); }

const std::string frame = "\xff\xfb\x90\x64"s + std::string(413, '\0');  // 128 kbit/s, 44.1 kHz

class SniffFinds : public ::testing::TestWithParam<Case> {};

TEST_P(SniffFinds, TheFormat) {
  const auto found = sniffed(GetParam().bytes, GetParam().name);
  EXPECT_EQ(found.format, GetParam().format) << found.note;
  EXPECT_EQ(found.note.empty(), found.format != other);
}

INSTANTIATE_TEST_SUITE_P(
    Media, SniffFinds,
    ::testing::Values(
        Case{jpeg_bytes(""), "a.png", jpeg}, Case{"\x89PNG\r\n\x1a\n", "a", png},
        Case{"GIF89a....", "a", gif}, Case{"RIFF....WAVEfmt ", "a", wav},
        Case{"RF64....WAVEds64", "a", wav}, Case{"RIFF....WEBPVP8 ", "a", webp},
        Case{"RIFF....AVI LIST", "a", other}, Case{ftyp("heicmif1heic"), "a.jpg", heic},
        Case{ftyp("mif1mif1heic"), "a", heic}, Case{ftyp("mif1mif1miaf"), "a", heif},
        Case{ftyp("avifmif1miaf"), "a", avif}, Case{ftyp("mif1avif"), "a", avif},
        Case{ftyp("qt  "), "a.mp4", mov}, Case{ftyp("M4A mp42isom"), "a", m4a},
        Case{ftyp("crx isom"), "a", cr3}, Case{ftyp("wxyz"), "a.mp4", other},
        Case{ftyp("3gp4isom3gp4"), "a", mp4}, Case{film("videsoun"), "a", mp4},
        Case{film("soun"), "a.mp4", m4a}, Case{box("wide", "") + box("mdat", "x"), "a", mov},
        Case{box("moov", "x"), "a", mov}, Case{"fLaC\0"s, "a", flac},
        Case{ogg_bytes("\x01vorbis"), "a", ogg}, Case{ogg_bytes("OpusHead"), "a", opus},
        Case{ogg_bytes("\x80theora"), "a.ogg", other}, Case{ogg_bytes("what"), "a.ogg", other},
        Case{"\x1a\x45\xdf\xa3\x8f\x42\x82\x84webm", "a", webm},
        Case{"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", "a.webm", other},
        Case{"ID3\x04\0\0\0\0\0\x02xx\xff\xfb\x90\x64"s, "a", mp3},
        Case{"ID3\x04\0\0\0\0\0\x02xx"s + "fLaC", "a.mp3", flac},
        Case{"ID3\x04\0\0\0\0\x40\0"s + std::string(8192, '\0') + "fLaC", "a.mp3", flac},
        Case{"ID3\x04\0\0\0\0\x40\0"s + std::string(8192, '\0') + "\xff\xfb\x90\x64", "a", mp3},
        Case{frame + frame, "a", mp3}, Case{frame, "a.mp3", mp3}, Case{frame, "a", other},
        Case{"%PDF-1.7\n", "a.txt", pdf}, Case{"junk%PDF-1.4", "a.pdf", pdf},
        Case{"a text about %PDF-1.4", "a.txt", text}));

INSTANTIATE_TEST_SUITE_P(
    Raws, SniffFinds,
    ::testing::Values(Case{tiff_bytes({text_field(0x10f, "Canon")}), "a.jpg", tiff},
                      Case{tiff_bytes({text_field(0x10f, "NIKON CORPORATION")}), "a.NEF", nef},
                      Case{tiff_bytes({text_field(0x10f, "NIKON CORPORATION")}), "a.tif", tiff},
                      Case{tiff_bytes({text_field(0x10f, "SONY")}), "a.arw", arw},
                      Case{tiff_bytes({text_field(0x10f, "Epson")}), "a.nef", tiff},
                      Case{tiff_bytes({{0xc612, 1, 4, "\1\4\0\0"s}}), "a.tif", dng},
                      Case{"II\x2a\0\x10\0\0\0CR\x02\0"s, "a", cr2},
                      Case{"IIRO\x08\0\0\0"s, "a", orf}, Case{"IIU\0\x08\0\0\0"s, "a", rw2},
                      Case{"FUJIFILMCCD-RAW 0201", "a", raf},
                      Case{"MM\0\x2a\0\0\0\x08\0\0"s, "a", tiff},
                      Case{"II\x2b\0\x08\0\0\0"s, "a", tiff},
                      // The directory lies behind what is read first.
                      Case{"II\x2a\0\0\x20\0\0"s + std::string(8184, '\0') +
                               directory({{0xc612, 1, 4, "\1\4\0\0"s}}, 8192),
                           "a.dng", dng},
                      Case{"II\x2a\0\xff\xff\xff\x7f"s, "a.dng", tiff}));

INSTANTIATE_TEST_SUITE_P(
    Texts, SniffFinds,
    ::testing::Values(Case{"", "a.txt", text}, Case{"", "a.md", markdown}, Case{"", "a.dat", text},
                      Case{"words", "a.TXT", text}, Case{"# words", "a.md", markdown},
                      Case{"words", "a", text}, Case{"words", ".profile", text},
                      Case{"words", "a.jpg", text}, Case{"words", "a.html", other},
                      Case{"words", "diary.log", text}, Case{"words", "a.py", other},
                      Case{"words", "notes.2019", text}, Case{"a;b\r\n1;2\r\n", "a.csv", text},
                      Case{"1\n00:00 --> 00:01\nwords", "a.srt", text},
                      Case{"* words", "a.org", text}, Case{"< 5 words", "a.old", text},
                      Case{"[1974] words", "a", text}, Case{"<p>words", "a.txt", text},
                      Case{"{}", "a.json", other}, Case{"<!DOCTYPE html>", "a.old", other},
                      Case{"\xef\xbb\xbf \n<html>", "a", other}, Case{"<?xml", "a.jpg", other},
                      Case{"#!/bin/sh", "a.old", other}, Case{"{\\rtf1 words", "a.doc", other},
                      Case{"%!PS-Adobe", "a.ps", other}, Case{"\xe9t\xe9", "a.log", other},
                      Case{"a\x02", "a.log", other},
                      Case{std::string(300'000, 'a') + "\0"s, "a.log", other},
                      Case{"\xc3\xa9t\xc3\xa9", "a.txt", text}, Case{"\xe9t\xe9", "a.txt", other},
                      Case{"\xff\xfe"
                           "a\0"s,
                           "a.txt", other},
                      Case{"a\0b"s, "a.txt", other}, Case{"a\0b"s, "a", other},
                      Case{"a\x02"
                           "b",
                           "a", other},
                      Case{"a\x02"
                           "b",
                           "a.txt", text},
                      Case{"\x1b[1mbold", "a", text}, Case{"\xc3", "a.txt", other},
                      // A character across the border of the head, and damage behind it.
                      Case{std::string(Limits::head_bytes - 1, 'a') + "\xc3\xa9", "a.txt", text},
                      Case{std::string(Limits::head_bytes - 1, 'a') + "\xc3(", "a.txt", other},
                      Case{std::string(300'000, 'a') + "\xe9", "a.txt", other},
                      Case{std::string(300'000, 'a') + "\xc3", "a", other},
                      Case{std::string(300'000, 'a') + "\0"s, "a.txt", other},
                      Case{std::string((256 << 10) + 3, 'a') + "\xf0\x9f\x8e\x82", "a.txt", text}));

TEST(Sniff, SaysWhatToDoAboutATextInAnotherEncoding) {
  EXPECT_NE(sniffed("\xe9t\xe9", "a.txt").note.find("iconv"), std::string::npos);
  EXPECT_NE(sniffed("\xff\xfe"
                    "a\0"s,
                    "a.txt")
                .note.find("UTF-16"),
            std::string::npos);
  EXPECT_NE(sniffed("\x01\x02", "a.jpg").note.find("damaged"), std::string::npos);
}

TEST(Sniff, AnExtensionIsBehindTheLastDotOfTheName) {
  EXPECT_EQ(extension_of("a/b.c/D.JPG"), "jpg");
  EXPECT_EQ(extension_of("a.b/c"), "");
  EXPECT_EQ(extension_of(".profile"), "");
  EXPECT_EQ(extension_of("a/.x.txt"), "txt");
  EXPECT_EQ(extension_of("a."), "");
}

TEST(Sniff, AnyBeginningIsSomething) {
  for (const auto& bytes :
       {jpeg_bytes(""), ftyp("mif1mif1heic"), film("vide"), ogg_bytes("OpusHead"), frame + frame,
        tiff_bytes({text_field(0x10f, "NIKON CORPORATION")}), "RIFF....WAVE"s,
        "ID3\x04\0\0\0\0\0\x02xx"s}) {
    for (std::size_t size = 0; size <= std::min<std::size_t>(bytes.size(), 200); ++size) {
      sniffed(bytes.substr(0, size), "a.nef");
    }
  }
}

TEST(Sniff, AFailingDiskIsAnError) {
  BytesFile file("words", 0);
  EXPECT_EQ(sniff(file, file.size(), "a").error().code, base::Code::io);
}

TEST(Sniff, KnowsTheSamples) {
  const std::string bytes = sample("samplefilehub.heif");
  if (bytes.empty()) GTEST_SKIP() << "the shared samples are absent";
  EXPECT_EQ(sniffed(bytes).format, heic);
  EXPECT_EQ(sniffed(sample("HMD_Nokia_8.3_5G_hdr.heif")).format, heic);
  EXPECT_EQ(sniffed(sample("polaroid_ion230.jpg"), "x.tiff").format, jpeg);
}

}  // namespace
}  // namespace tesseras::media
