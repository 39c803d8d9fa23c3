#include "foundation/transport/certificate.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/ed25519.hpp"

namespace tesseras::transport {
namespace {

// Every moment at which anybody may look; RFC 5280, 4.1.2.5 has the second for "no end".
constexpr const char* not_before = "20000101000000Z";
constexpr const char* not_after = "99991231235959Z";

// Something must stand there; RFC 5280 wants the issuer not to be empty.
constexpr unsigned char common_name[] = "tesseras";

}  // namespace

void CertificateFree::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }
void CertificateFree::operator()(x509_st* certificate) const noexcept { X509_free(certificate); }

Credentials make_credentials(const crypto::SecretBytes<32>& node_key) {
  Credentials made;
  const auto raw = node_key.span();
  made.key.reset(EVP_PKEY_new_raw_private_key_ex(
      nullptr, "ED25519", nullptr, reinterpret_cast<const unsigned char*>(raw.data()), raw.size()));
  ASSERT(made.key != nullptr);
  made.certificate.reset(X509_new());
  X509* certificate = made.certificate.get();
  ASSERT(certificate != nullptr);
  ASSERT(X509_set_version(certificate, X509_VERSION_3) == 1);
  ASSERT(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1);
  ASSERT(ASN1_TIME_set_string(X509_getm_notBefore(certificate), not_before) == 1);
  ASSERT(ASN1_TIME_set_string(X509_getm_notAfter(certificate), not_after) == 1);
  X509_NAME* name = X509_get_subject_name(certificate);
  ASSERT(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1);
  ASSERT(X509_set_issuer_name(certificate, name) == 1);
  ASSERT(X509_set_pubkey(certificate, made.key.get()) == 1);
  ASSERT(X509_sign(certificate, made.key.get(), nullptr) > 0);
  return made;
}

std::optional<PeerId> peer_in(x509_st* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  PeerId id;
  std::size_t size_bytes = id.bytes.size();
  if (key == nullptr || EVP_PKEY_is_a(key, "ED25519") != 1 ||
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(id.bytes.data()),
                                  &size_bytes) != 1 ||
      size_bytes != id.bytes.size()) {
    ERR_clear_error();
    return std::nullopt;
  }
  if (!crypto::is_usable(crypto::Ed25519PublicKey{id.bytes})) return std::nullopt;
  return id;
}

}  // namespace tesseras::transport
