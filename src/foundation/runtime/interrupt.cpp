#include "foundation/runtime/interrupt.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

namespace tesseras::runtime {
namespace {

constexpr int status_interrupted = 130;
// Ends the waiter's wait; nobody else sends it.
const int wake_up = SIGRTMIN;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, wake_up);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_signal_ignored(signal)) sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

bool is_signal_ignored(int signal) {
  struct sigaction now{};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

struct Interrupt::State {
  std::stop_source source;
  sigset_t watched = watched_signals();
  std::jthread waiter;
};

Interrupt::Interrupt() : state_(std::make_unique<State>()) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file over `ulimit -f` is an error like any other
  // Blocked everywhere, and so delivered to the waiter alone: no code runs in a handler.
  pthread_sigmask(SIG_BLOCK, &state_->watched, nullptr);
  state_->waiter = std::jthread([state = state_.get()](const std::stop_token& ending) {
    while (true) {
      int signal = 0;
      sigwait(&state->watched, &signal);
      if (ending.stop_requested()) return;
      if (signal == wake_up) continue;
      if (state->source.stop_requested()) _exit(status_interrupted);
      state->source.request_stop();
    }
  });
}

Interrupt::~Interrupt() {
  state_->waiter.request_stop();
  pthread_kill(state_->waiter.native_handle(), wake_up);
  state_->waiter.join();
  pthread_sigmask(SIG_UNBLOCK, &state_->watched, nullptr);
}

std::stop_token Interrupt::token() const { return state_->source.get_token(); }

}  // namespace tesseras::runtime
