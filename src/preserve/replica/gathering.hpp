// Which fragments of a plan to ask of whom, so that enough of them come soon: those that are the
// pack first, from whoever is least busy; in the place of a slow one, another. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "preserve/erasure/shape.hpp"
#include "preserve/replica/placement.hpp"

namespace tesseras::replica {

struct GatheringOptions {
  std::size_t moving_max = 8;  // asked for at once, those that have stalled not counted
  std::size_t asked_max = 32;  // those counted
  std::size_t of_one_source_max = 2;
  // A source that fails so often, and gives nothing in between, is left alone.
  unsigned failures_max = 3;
};

class Gathering {
 public:
  // A fragment that a source is asked for.
  struct Ask {
    std::size_t source = 0;
    unsigned fragment = 0;

    bool operator==(const Ask&) const = default;
  };
  enum class Failure {
    is_missing,  // the source does not keep it
    has_lied,    // what it gave was not the fragment: it is asked for nothing more
    broke_off,   // anything that may pass
    was_spoilt,  // what had come before was not the fragment's: nothing is this source's fault
  };

  // `begun` are those of which some bytes are here: they come first.
  Gathering(const erasure::Shape& shape, const Fragments& begun, GatheringOptions options = {});

  // Sources are numbered from 0 in the order in which they come; the first are preferred.
  std::size_t add_source(const Fragments& offers);

  // It is here already, whole.
  void have(unsigned fragment) { done_.set(fragment); }
  // Those that were left alone because they failed, and have not lied, count as others again.
  // Whether there are any.
  bool forgive();

  // The next one to ask for; nullopt: none now. Each ends with done() or failed().
  std::optional<Ask> next();
  void done(const Ask& ask);
  void failed(const Ask& ask, Failure why);
  // Nothing has come of that fragment for a while: others are asked for as if it did not count.
  // What is not asked for is left alone.
  void stalled(unsigned fragment);

  bool is_complete() const { return done_.count() >= shape_.data(); }
  // Those that have come.
  const Fragments& come() const { return done_; }
  std::size_t under_way() const { return asked_.size(); }

 private:
  struct Source {
    Fragments offers;
    std::size_t asked = 0;
    unsigned failures = 0;
    bool has_lied = false;
  };
  struct Asked {
    Ask ask;
    bool is_stalled = false;
  };

  void take_back(const Ask& ask);
  bool is_left_alone(const Source& one) const;
  std::optional<std::size_t> source_for(unsigned fragment) const;

  erasure::Shape shape_;
  GatheringOptions options_;
  std::vector<unsigned> order_;  // of the fragments, those to be asked for first
  std::vector<Source> sources_;
  std::vector<Asked> asked_;
  Fragments done_;
};

}  // namespace tesseras::replica
