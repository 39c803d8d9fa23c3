// For tests: a name server of others on a free port of this machine, which ends with the test.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "foundation/runtime/system_loop.hpp"

namespace tesseras::dns {

class Dnsmasq {
 public:
  static bool is_installed() { return ::access(program, X_OK) == 0; }

  // Serves these and nothing else: "--host-record=a.test,192.0.2.1", "--txt-record=b.test,text".
  // Null when it could not be started.
  static std::unique_ptr<Dnsmasq> start(const std::vector<std::string>& records) {
    // Somebody may take a port between our look at it and its start.
    for (int i = 0; i < 5; ++i) {
      std::unique_ptr<Dnsmasq> server(new Dnsmasq(free_port()));
      if (server->run(records)) return server;
    }
    return nullptr;
  }
  Dnsmasq(const Dnsmasq&) = delete;
  Dnsmasq& operator=(const Dnsmasq&) = delete;
  ~Dnsmasq() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
    if (words_ >= 0) ::close(words_);
  }

  runtime::Endpoint at() const { return {runtime::IpAddress::v4(127, 0, 0, 1), port_}; }

 private:
  static constexpr const char* program = "/usr/sbin/dnsmasq";

  struct Nobody final : runtime::DatagramHandler {
    void on_datagrams(std::span<const runtime::IncomingDatagrams>) override {}
    void on_writable() override {}
  };

  explicit Dnsmasq(std::uint16_t port) : port_(port) {}

  static std::uint16_t free_port() {
    Nobody nobody;
    const auto loop = runtime::make_system_loop();
    const auto taken = loop->bind_datagrams({runtime::IpAddress::v4(127, 0, 0, 1), 0}, nobody);
    ASSERT(taken.has_value());
    return (*taken)->local().port;
  }

  bool run(const std::vector<std::string>& records) {
    std::vector<std::string> words = {program,
                                      "--no-daemon",
                                      "--conf-file=/dev/null",
                                      "--no-hosts",
                                      "--no-resolv",
                                      "--bind-interfaces",
                                      "--local-ttl=1",
                                      "--cache-size=0",
                                      "--listen-address=127.0.0.1",
                                      "--port=" + std::to_string(port_)};
    words.insert(words.end(), records.begin(), records.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> pipe{};
    ASSERT(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(pipe[1], STDERR_FILENO);
      ::execv(program, arguments.data());
      ::_exit(127);
    }
    ::close(pipe[1]);
    words_ = pipe[0];
    std::string said;
    std::array<char, 256> some{};
    while (!said.contains("started")) {
      const auto count = ::read(words_, some.data(), some.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;  // it ended: the port, most likely
      said.append(some.data(), static_cast<std::size_t>(count));
    }
    return process_ > 0;
  }

  std::uint16_t port_;
  pid_t process_ = -1;
  int words_ = -1;
};

}  // namespace tesseras::dns
