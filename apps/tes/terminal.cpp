#include "apps/tes/terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using std::chrono::steady_clock;

// A terminal that knows how to erase a line and to change colours.
bool is_capable_terminal(int descriptor) {
  const char* terminal = std::getenv("TERM");
  return isatty(descriptor) == 1 && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

bool wants_color(ColorChoice choice, int descriptor) {
  if (choice != ColorChoice::automatic) return choice == ColorChoice::always;
  const char* no_color = std::getenv("NO_COLOR");
  return is_capable_terminal(descriptor) && (no_color == nullptr || *no_color == '\0');
}

// Asked for each line: windows change their size. 80 where nobody knows.
std::size_t terminal_columns() {
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
  return is_known ? size.ws_col : 80;
}

std::string remaining(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s left", seconds);
  if (seconds < 3600) return fmt::format("{:.0f} min left", seconds / 60);
  return fmt::format("{:.1f} h left", seconds / 3600);
}

// Set once a write to standard output met a closed pipe; errno is gone when the program ends.
std::atomic<bool> pipe_was_closed = false;

void write_line(std::FILE* to, std::string_view line) {
  errno = 0;
  const bool failed =
      std::fwrite(line.data(), 1, line.size(), to) != line.size() || std::fputc('\n', to) == EOF;
  if (failed && errno == EPIPE) pipe_was_closed = true;
}

// Turns the echo off for as long as it lives.
class Unechoed {
 public:
  Unechoed() {
    tcgetattr(STDIN_FILENO, &before_);
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~Unechoed() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  Unechoed(const Unechoed&) = delete;
  Unechoed& operator=(const Unechoed&) = delete;

 private:
  termios before_{};
};

// Byte by byte from the descriptor: a stdio buffer would keep a copy of a passphrase. Woken
// now and then, because signals only set the token.
base::Result<crypto::SecretBuffer> read_line(const std::stop_token& stop) {
  constexpr std::size_t line_bytes_max = 4096;
  crypto::SecretBuffer line(line_bytes_max);
  std::size_t size = 0;
  while (size < line_bytes_max) {
    if (stop.stop_requested()) return base::fail(base::Code::cancelled, "interrupted");
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 100) <= 0) continue;
    const ssize_t got = read(STDIN_FILENO, &line.mutable_span()[size], 1);
    if (got <= 0 && size == 0) return base::fail(base::Code::cancelled, "the input ended");
    if (got <= 0 || line.span()[size] == std::byte{'\n'}) break;
    ++size;
  }
  line.truncate(size);
  return line;
}

}  // namespace

void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) != -1) continue;
    // The lowest free number is the stream's. Not for writing: results that go nowhere must fail.
    if (open("/dev/null", O_RDONLY) != stream) return;
  }
}

bool output_was_closed_early() { return pipe_was_closed; }

void write_text(std::FILE* to, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), to);
}

base::Result<void> write_secret(base::ByteSpan text) {
  std::fflush(stdout);
  while (!text.empty()) {
    const ssize_t put = write(STDOUT_FILENO, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EPIPE) {
      pipe_was_closed = true;
      return {};
    }
    if (put < 0) {
      return base::fail(base::Code::io,
                        "standard output could not be written; make room, and try again");
    }
    text = text.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

class Terminal::ProgressLine : public runtime::Progress {
 public:
  explicit ProgressLine(bool shown) : shown_(shown) {}

  void stage(std::string_view what, std::uint64_t total_bytes) override {
    const std::scoped_lock lock(mutex_);
    const bool was_drawn = drawn_;
    clear();
    what_ = what;
    total_bytes_ = total_bytes;
    done_bytes_ = 0;
    began_ = steady_clock::now();
    next_draw_ns_ = next_draw_after(began_, std::chrono::seconds(1));
    // Who saw one stage is told of the next, also of one that cannot say how far it is.
    if (was_drawn) show(what_, {}, {}, {});
  }

  void advance(std::uint64_t bytes) override {
    done_bytes_ += bytes;
    if (!shown_ || steady_clock::now().time_since_epoch().count() < next_draw_ns_) return;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock()) draw();
  }

  void end() {
    const std::scoped_lock lock(mutex_);
    clear();
    next_draw_ns_ = steady_clock::time_point::max().time_since_epoch().count();
  }

 private:
  static std::int64_t next_draw_after(steady_clock::time_point now, steady_clock::duration wait) {
    return (now + wait).time_since_epoch().count();
  }

  void draw() {
    const auto now = steady_clock::now();
    next_draw_ns_ = next_draw_after(now, std::chrono::milliseconds(200));
    const double seconds = std::chrono::duration<double>(now - began_).count();
    const std::uint64_t done = done_bytes_;
    const double rate = static_cast<double>(done) / std::max(seconds, 0.001);
    std::string share, amount, speed, left;
    if (total_bytes_ != 0) {
      const double part = static_cast<double>(done) / static_cast<double>(total_bytes_);
      share = fmt::format("  {:.0f}%", 100 * std::min(part, 1.0));
      amount = fmt::format("  {} of {}", base::human_size(done), base::human_size(total_bytes_));
    } else if (done != 0) {
      amount = fmt::format("  {}", base::human_size(done));
    }
    if (done != 0)
      speed = fmt::format("  {}/s", base::human_size(static_cast<std::uint64_t>(rate)));
    if (total_bytes_ > done && done != 0)
      left = "  " + remaining(static_cast<double>(total_bytes_ - done) / rate);
    show(what_ + share, amount, speed, left);
  }

  // What is least missed goes first where the window is narrow: a line that wraps could not be
  // erased. The last column stays free, since some terminals wrap when it is written.
  void show(std::string head, std::string_view amount, std::string_view speed,
            std::string_view left) {
    const std::size_t room = terminal_columns() - 1;
    if (head.size() + amount.size() + speed.size() + left.size() > room) amount = {};
    if (head.size() + speed.size() + left.size() > room) speed = {};
    if (head.size() + left.size() > room) left = {};
    head.resize(std::min(head.size(), room));
    const auto line = fmt::format("{}{}{}{}", head, amount, speed, left);
    fmt::print(stderr, "\r\x1b[2K{}", line);
    std::fflush(stderr);
    drawn_ = true;
  }

  void clear() {
    if (drawn_) fmt::print(stderr, "\r\x1b[2K");
    drawn_ = false;
  }

  const bool shown_;
  std::mutex mutex_;
  std::string what_;
  std::uint64_t total_bytes_ = 0;
  std::atomic<std::uint64_t> done_bytes_ = 0;
  std::atomic<std::int64_t> next_draw_ns_ =
      steady_clock::time_point::max().time_since_epoch().count();
  steady_clock::time_point began_;
  bool drawn_ = false;
};

Terminal::Terminal(ColorChoice color, int verbosity, std::stop_token stop)
    : color_out_(wants_color(color, STDOUT_FILENO)),
      color_err_(wants_color(color, STDERR_FILENO)),
      verbosity_(verbosity),
      stop_(std::move(stop)),
      progress_(
          std::make_unique<ProgressLine>(verbosity >= 0 && is_capable_terminal(STDERR_FILENO))) {}

Terminal::~Terminal() { end_progress(); }

void Terminal::out(std::string_view line) {
  end_progress();
  write_line(stdout, line);
}

void Terminal::err(std::string_view line) {
  end_progress();
  std::fflush(stdout);  // so that both streams into one file stand in the order of the words
  write_line(stderr, line);
}

void Terminal::note(std::string_view line) {
  if (verbosity_ >= 0) err(line);
}

void Terminal::detail(std::string_view line) {
  if (verbosity_ >= 1) err(line);
}

void Terminal::warn(std::string_view line) {
  err(fmt::format("{} {}", color_err_ ? "\x1b[33mwarning:\x1b[0m" : "warning:", line));
}

void Terminal::error(std::string_view line) {
  err(fmt::format("{} {}", color_err_ ? "\x1b[31mtes:\x1b[0m" : "tes:", line));
}

std::string Terminal::paint(std::string_view text, std::string_view code) const {
  return color_out_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string Terminal::good(std::string_view text) const { return paint(text, "32"); }
std::string Terminal::bad(std::string_view text) const { return paint(text, "31"); }
std::string Terminal::bold(std::string_view text) const { return paint(text, "1"); }
std::string Terminal::on_black(std::string_view text) const { return paint(text, "97;40"); }

bool Terminal::can_ask() const { return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1; }

base::Result<std::string> Terminal::ask(std::string_view question) {
  end_progress();
  fmt::print(stderr, "{} ", question);
  std::fflush(stderr);
  auto line = read_line(stop_);
  if (!line) fmt::print(stderr, "\n");
  if (!line) return base::fail(line.error());
  return std::string(base::as_text(line->span()));
}

base::Result<crypto::SecretBuffer> Terminal::ask_secret(std::string_view question) {
  if (!can_ask()) {
    return base::fail(
        base::Code::denied,
        "a passphrase is needed and there is no terminal to ask on; give it in a file "
        "with --passphrase-file");
  }
  end_progress();
  const Unechoed unechoed;
  fmt::print(stderr, "{} ", question);
  std::fflush(stderr);
  auto line = read_line(stop_);
  fmt::print(stderr, "\n");
  return line;
}

runtime::Progress& Terminal::progress() { return *progress_; }
void Terminal::end_progress() { progress_->end(); }

}  // namespace tesseras::tes
