// Ctrl-C, and the polite kill: asked to stop, a program finishes the step it is in, undoes what
// is half done, and ends.
#pragma once

#include <memory>
#include <stop_token>

namespace tesseras::runtime {

// Whoever started us with a signal ignored, as nohup and a shell's background jobs do, wants us
// to go on when it comes.
bool is_signal_ignored(int signal);

class Interrupt {
 public:
  // Takes over those of SIGINT, SIGTERM and SIGHUP that are not ignored already, as under nohup,
  // and ignores SIGPIPE (a write then fails instead).
  // Make one, first thing in main, before any other thread. A second signal ends the
  // program at once, with status 130; what was acknowledged is safe all the same.
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tesseras::runtime
