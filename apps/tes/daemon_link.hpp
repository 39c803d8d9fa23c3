// The daemon that a command talks to.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "apps/tes/session.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/runtime/byte_pipe.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "node/control.hpp"
#include "node/control_messages.hpp"
#include "preserve/custody/hashing.hpp"
#include "preserve/custody/pack.hpp"

namespace tesseras::tes {

class DaemonLink {
 public:
  // That of --daemon; else the one that serves this data dir, when one runs there; else the one of
  // the user's default folder. unavailable: none runs; the message says how to start one.
  static Result<DaemonLink> open(Session& session);

  // Who it is, as it said when it was found.
  const node::NodeInfoAnswer& info() const { return info_; }
  // Where its vault is.
  std::filesystem::path data_dir() const { return info_.data_dir; }

  // Waits for the answer. cancelled: Ctrl-C; timeout; else what the daemon said.
  template <class Request>
  Result<typename Request::Response> ask(const Request& request) {
    auto question = encode(request);
    const auto answer = ask(Request::method, question);
    crypto::cleanse(question);  // there may be a key in it
    if (!answer) return base::fail(answer.error());
    return node::decode<typename Request::Response>(*answer);
  }

  // A moment's pause, for who asks again and again. cancelled: Ctrl-C.
  Result<void> pause(std::chrono::milliseconds time = std::chrono::milliseconds(250));

  // What it has fetched goes to `take` while it comes. Errors of `take`, and through the source
  // those of ask().
  using Take = std::function<Result<void>(const custody::Source& pack)>;
  Result<void> collect(const base::ContentHash& content_hash, const Take& take);

  // Gives it a tessera that it wanted. Errors as of ask(), and those of the pack.
  Result<void> send(const base::ContentHash& content_hash, custody::Pack& pack);

 private:
  DaemonLink(Session& session, std::filesystem::path folder);
  Result<base::Bytes> ask(std::string_view method, base::ByteSpan body);
  // In a thread of its own.
  Result<void> receive(const base::ContentHash& content_hash, runtime::BytePipe& pipe) const;

  Session* session_;
  std::filesystem::path folder_;
  std::unique_ptr<runtime::SystemLoop> loop_;
  node::NodeInfoAnswer info_;
};

// The tessera that a person means: 64 hex digits, or the beginning of the name of one in this vault
// or in the daemon's. Errors of vault::Vault::find.
Result<base::ContentHash> content_hash_of(Session& session, const DaemonLink& link,
                                          const std::string& text);

// This vault, or, where it has not that tessera, the daemon's, which may not have it either. Errors
// of Session::open_vault.
Result<std::unique_ptr<vault::Vault>> vault_with(Session& session, const DaemonLink& link,
                                                 const base::ContentHash& hash);

}  // namespace tesseras::tes
