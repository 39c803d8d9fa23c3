// TLS 1.3 as our QUIC has it (spec/transport.md): both sides show their node's key, nothing is
// resumed, and nothing is sent before the keys are known. Each maximum is OpenSSL's but the
// certificate's size.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "foundation/transport/certificate.hpp"
#include "foundation/transport/transport.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct ngtcp2_conn;
struct ngtcp2_crypto_ossl_ctx;

namespace tesseras::transport {

inline constexpr const char* alpn = "tesseras/1";

// What a node shows to others. Tests that play a stranger make one that breaks the rules.
struct TlsRules {
  std::string protocol = alpn;
  std::string groups = "X25519MLKEM768:X25519";
  std::string signatures = "ed25519";
  unsigned certificates = 1;  // up to 2
};

struct TlsContextFree {
  void operator()(ssl_ctx_st* context) const noexcept;
};

// For all sessions of a node.
class TlsContext {
 public:
  explicit TlsContext(const Credentials& credentials, const TlsRules& rules = {});
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* client() const { return client_.get(); }
  ssl_ctx_st* server() const { return server_.get(); }
  const std::string& protocol() const { return protocol_; }

 private:
  std::unique_ptr<ssl_ctx_st, TlsContextFree> client_;
  std::unique_ptr<ssl_ctx_st, TlsContextFree> server_;
  std::string protocol_;  // as ALPN has it, with its length before it
};

// One handshake and what follows. It outlives the connection that it is bound to.
class TlsSession {
 public:
  // The side that calls; it accepts no key but `expected`, where there is one.
  static std::unique_ptr<TlsSession> client(const TlsContext& context,
                                            const std::optional<PeerId>& expected);
  static std::unique_ptr<TlsSession> server(const TlsContext& context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  void bind(ngtcp2_conn* connection);
  // Once the handshake is complete: whose key the peer has shown; nullopt when it has shown none,
  // or does not speak our protocol.
  std::optional<PeerId> peer() const;
  // What the keys were agreed on with, as TLS calls it, e.g. "X25519MLKEM768".
  std::string key_agreement() const;
  // The handshake failed since the certificate was another's.
  bool was_another() const { return was_another_; }

 private:
  struct Reference;
  explicit TlsSession(ssl_ctx_st* context);

  static int check_certificate(void* store_context);
  friend class TlsContext;

  std::unique_ptr<Reference> reference_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  std::unique_ptr<ngtcp2_crypto_ossl_ctx, void (*)(ngtcp2_crypto_ossl_ctx*)> crypto_;
  std::optional<PeerId> expected_;
  std::optional<PeerId> shown_;
  bool was_another_ = false;
};

}  // namespace tesseras::transport
