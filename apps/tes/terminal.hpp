// The person at the other end: results on stdout, everything else on stderr, colour and
// progress only where somebody looks, questions only where somebody can answer.
#pragma once

#include <cstdio>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/runtime/progress.hpp"

namespace tesseras::tes {

// To be called first: a standard stream that is closed is held by /dev/null, so that no file of the
// vault is opened in its place and written over with messages.
void hold_standard_streams();
// Whether the reader of standard output went away before all was written, as `head` does.
bool output_was_closed_early();
// The text as it stands; failures are kept by the stream.
void write_text(std::FILE* to, std::string_view text);
// The same to standard output, past the stream, whose buffer would keep a copy. io: it cannot be
// written; a closed pipe is as with write_text().
base::Result<void> write_secret(base::ByteSpan text);

enum class ColorChoice { automatic, always, never };

class Terminal {
 public:
  // Colour also stays off when NO_COLOR is set (no-color.org) and the choice is automatic.
  Terminal(ColorChoice color, int verbosity, std::stop_token stop);

  // A line of the result. A closed pipe ends the program quietly, as it does for cat.
  void out(std::string_view line);
  // For whoever waits: quiet with -q.
  void note(std::string_view line);
  // Only with -v.
  void detail(std::string_view line);
  void warn(std::string_view line);
  void error(std::string_view line);

  std::string good(std::string_view text) const;  // green where colour is on
  std::string bad(std::string_view text) const;   // red
  std::string bold(std::string_view text) const;
  std::string on_black(std::string_view text) const;  // white on black, for a QR code

  // Both ends are a terminal: a question can be asked.
  bool can_ask() const;
  // One line, without its newline, at most 4 KiB; cancelled on Ctrl-C or when the input ends.
  base::Result<std::string> ask(std::string_view question);
  // As ask, without showing what is typed. denied when there is no terminal to ask on.
  base::Result<crypto::SecretBuffer> ask_secret(std::string_view question);

  // Shown on stderr when that is a terminal and the work takes over a second; nothing with -q.
  runtime::Progress& progress();
  // Takes the progress line away, before other output.
  void end_progress();

  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

 private:
  class ProgressLine;
  std::string paint(std::string_view text, std::string_view code) const;
  void err(std::string_view line);

  bool color_out_;
  bool color_err_;
  int verbosity_;  // -1 quiet, 0 normal, 1 and more verbose
  std::stop_token stop_;
  std::unique_ptr<ProgressLine> progress_;
};

}  // namespace tesseras::tes
