// The certificate that carries a node's key through TLS: X.509, self-signed, Ed25519 (RFC 8410).
// It says nothing but the key. Made of the key alone, so that it is the same each time.
#pragma once

#include <memory>
#include <optional>

#include "foundation/crypto/secret.hpp"
#include "foundation/transport/transport.hpp"

struct evp_pkey_st;
struct x509_st;

namespace tesseras::transport {

struct CertificateFree {
  void operator()(evp_pkey_st* key) const noexcept;
  void operator()(x509_st* certificate) const noexcept;
};

// A certificate and its private key.
struct Credentials {
  std::unique_ptr<evp_pkey_st, CertificateFree> key;
  std::unique_ptr<x509_st, CertificateFree> certificate;
};

// `node_key` is the Ed25519 seed (RFC 8032's private key).
Credentials make_credentials(const crypto::SecretBytes<32>& node_key);

// The key in a certificate; nullopt when it is not Ed25519, or one that no node can have (see
// crypto::is_usable). Dates, names and the certificate's own signature are not looked at: TLS has
// the peer sign the handshake with that key.
std::optional<PeerId> peer_in(x509_st* certificate);

}  // namespace tesseras::transport
