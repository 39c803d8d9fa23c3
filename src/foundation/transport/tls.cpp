#include "foundation/transport/tls.hpp"

#include <ngtcp2/ngtcp2_crypto_ossl.h>
// Before it stands what it needs.
#include <ngtcp2/ngtcp2_crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <string_view>

#include "foundation/base/assert.hpp"

namespace tesseras::transport {
namespace {

// AES-128 first: every node has it, most in hardware, and it is what RFC 9001 needs anyway.
constexpr const char* ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
// Ours has some 250 bytes; a stranger's need not be read to its end.
constexpr std::size_t certificate_bytes_max = 4096;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Takes the protocol that is ours, wherever it stands in the client's list, or no session at all.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void* argument) {
  const auto& ours = static_cast<TlsContext*>(argument)->protocol();
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, octets(ours), static_cast<unsigned>(ours.size()),
                            offered, offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

SSL_CTX* make_context(const SSL_METHOD* method, const Credentials& credentials,
                      const TlsRules& rules) {
  SSL_CTX* context = SSL_CTX_new(method);
  ASSERT(context != nullptr);
  ASSERT(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
  ASSERT(SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1);
  ASSERT(SSL_CTX_set_ciphersuites(context, ciphers) == 1);
  ASSERT(SSL_CTX_set1_groups_list(context, rules.groups.c_str()) == 1);
  // Both of what we sign with and of what a peer may sign with.
  ASSERT(SSL_CTX_set1_sigalgs_list(context, rules.signatures.c_str()) == 1);
  if (rules.certificates > 0) {
    ASSERT(SSL_CTX_use_certificate(context, credentials.certificate.get()) == 1);
    ASSERT(SSL_CTX_use_PrivateKey(context, credentials.key.get()) == 1);
    if (rules.certificates > 1)
      ASSERT(SSL_CTX_add1_chain_cert(context, credentials.certificate.get()) == 1);
  }
  // A session that was resumed would show no key: no tickets, no cache, and so no 0-RTT.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  ASSERT(SSL_CTX_set_num_tickets(context, 0) == 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, certificate_bytes_max);
  return context;
}

}  // namespace

void TlsContextFree::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

struct TlsSession::Reference {
  ngtcp2_crypto_conn_ref link{};  // what the SSL object has as its application's data
  ngtcp2_conn* connection = nullptr;
};

TlsContext::TlsContext(const Credentials& credentials, const TlsRules& rules)
    : client_(make_context(TLS_client_method(), credentials, rules)),
      server_(make_context(TLS_server_method(), credentials, rules)),
      protocol_(static_cast<char>(rules.protocol.size()) + rules.protocol) {
  ASSERT(ngtcp2_crypto_ossl_init() == 0);
  for (SSL_CTX* context : {client_.get(), server_.get()}) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // In place of OpenSSL's look at chains, names and dates.
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX* store, void*) { return TlsSession::check_certificate(store); },
        nullptr);
  }
  SSL_CTX_set_alpn_select_cb(server_.get(), select_protocol, this);
  ASSERT(SSL_CTX_set_alpn_protos(client_.get(), octets(protocol_),
                                 static_cast<unsigned>(protocol_.size())) == 0);
}

TlsSession::TlsSession(ssl_ctx_st* context)
    : reference_(std::make_unique<Reference>()),
      ssl_(SSL_new(context), SSL_free),
      crypto_(nullptr, ngtcp2_crypto_ossl_ctx_del) {
  ASSERT(ssl_ != nullptr);
  ngtcp2_crypto_ossl_ctx* crypto = nullptr;
  ASSERT(ngtcp2_crypto_ossl_ctx_new(&crypto, ssl_.get()) == 0);
  crypto_.reset(crypto);
  reference_->link.user_data = this;
  reference_->link.get_conn = [](ngtcp2_crypto_conn_ref* link) {
    return static_cast<TlsSession*>(link->user_data)->reference_->connection;
  };
  SSL_set_app_data(ssl_.get(), &reference_->link);
}

TlsSession::~TlsSession() {
  // SSL_free calls back, and the connection may be gone.
  SSL_set_app_data(ssl_.get(), nullptr);
  // What went wrong in this one must not be taken for another's.
  ERR_clear_error();
}

std::unique_ptr<TlsSession> TlsSession::client(const TlsContext& context,
                                               const std::optional<PeerId>& expected) {
  std::unique_ptr<TlsSession> session(new TlsSession(context.client()));
  session->expected_ = expected;
  ASSERT(ngtcp2_crypto_ossl_configure_client_session(session->ssl_.get()) == 0);
  SSL_set_connect_state(session->ssl_.get());
  return session;
}

std::unique_ptr<TlsSession> TlsSession::server(const TlsContext& context) {
  std::unique_ptr<TlsSession> session(new TlsSession(context.server()));
  ASSERT(ngtcp2_crypto_ossl_configure_server_session(session->ssl_.get()) == 0);
  SSL_set_accept_state(session->ssl_.get());
  return session;
}

void TlsSession::bind(ngtcp2_conn* connection) {
  reference_->connection = connection;
  if (connection != nullptr) ngtcp2_conn_set_tls_native_handle(connection, crypto_.get());
}

std::optional<PeerId> TlsSession::peer() const {
  const unsigned char* selected = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &selected, &size);
  // A server that has chosen nothing does not know what it is talked to in.
  if (size == 0) return std::nullopt;
  return shown_;
}

std::string TlsSession::key_agreement() const {
  const char* name = SSL_get0_group_name(ssl_.get());
  return name == nullptr ? "" : name;
}

int TlsSession::check_certificate(void* store_context) {
  auto* store = static_cast<X509_STORE_CTX*>(store_context);
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& session = *static_cast<TlsSession*>(
      static_cast<ngtcp2_crypto_conn_ref*>(SSL_get_app_data(ssl))->user_data);
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  if (sk_X509_num(X509_STORE_CTX_get0_untrusted(store)) > 1) return 0;  // one is all it takes
  const auto shown = peer_in(X509_STORE_CTX_get0_cert(store));
  if (!shown) return 0;
  // Who answers at an address need not be who lives there: nothing is said to another's key.
  if (session.expected_ && shown != session.expected_) {
    session.was_another_ = true;
    return 0;
  }
  session.shown_ = shown;
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

}  // namespace tesseras::transport
