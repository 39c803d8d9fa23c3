// A hundred years of a network whose authors are all gone, in minutes: the production decisions of
// whom to give fragments to (replica::place), what to ask for and what to make of it
// (upkeep::AuditRecord, next_audit), what is in need, and whose turn it is (assess, follow,
// turn_of), over nodes that come, go off and die in virtual time.
//
// What is not the product's own here:
//   - An oracle says who is near a key, and who says to keep what.
//   - Bytes move in no time. A repair gets hour by hour what can be got then, and costs what it
//     moves: fragments that are got, and those given.
//   - Of all who would audit a peer one does, and all act on its record: they would find the same
//     within a round. An honest peer is asked once it is off, and when it is back; in between it
//     would prove all. While it is off it is asked each twelve hours, which counts as hourly
//     attempts do.
//   - For a day the owner is there, and gives again what holders turn out not to keep; it keeps as
//     much for others as they for it. What is repaired is charged to nobody, as in the product.
//   - A fragment rots in a hundred years on average, and its keeper's reading finds that within
//     twelve days; no audit does.
//   - There are no bytes: proofs and signatures hold, or not, by what a node is.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "preserve/erasure/shape.hpp"

namespace tesseras::century {

struct Options {
  std::uint64_t seed = 1;
  unsigned nodes = 1000;  // at any time; who dies is followed by another
  unsigned tesserae = 10'000;
  unsigned days = 100 * 365;
  unsigned mean_life_days = 300;
  unsigned liars_percent = 10;  // of all who come
  // A large block of addresses is gone for ever, with all who are in it, that often on average, and
  // never twice within half that time; 0: never.
  unsigned block_loss_days = 180;
  bool has_audits = true;
  bool has_diversity = true;
  bool has_owner_free_repair = true;  // else nobody repairs after the first day
  // What each is cut into; null: as archives are.
  std::function<erasure::Shape(std::uint32_t tessera)> shape_of = {};
  std::function<void(std::string_view)> progress = [](std::string_view) {};
};

struct OfTier {
  std::uint64_t tesserae = 0;
  std::uint64_t lost = 0;
  std::uint64_t repairs = 0;
  std::uint64_t made = 0;           // fragments
  std::uint64_t made_of_packs = 0;  // of these, by who had made others shortly before
  std::uint64_t got = 0;            // fragments, to make them of
  std::uint64_t pack_seconds = 0;   // for which all packs were kept
  std::uint64_t stored_bytes = 0;   // of all fragments, when all are there
  std::uint64_t moved_bytes = 0;    // by repairs
  unsigned margin_min = 0;          // fragments above what is enough that there ever were least

  // Of what is stored, a day.
  double repair_share(unsigned days) const;
  // What kept packs took on average, of what is stored.
  double pack_share(unsigned days) const;
};

struct Outcome {
  std::array<OfTier, 3> tiers;  // copies, medium, large
  std::uint64_t deaths = 0;
  std::uint64_t block_losses = 0;
  std::uint64_t false_alarms = 0;  // who was taken for gone, and came back
  std::uint64_t liars_found = 0;
  std::uint64_t rotten = 0;  // fragments that a disk has lost
  std::uint64_t mended = 0;  // of these
  std::string digest;

  std::uint64_t lost() const;
};

Outcome play(const Options& options);

}  // namespace tesseras::century
