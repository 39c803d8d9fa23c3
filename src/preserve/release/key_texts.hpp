// A content key, and a part of one, as texts that people hand on (spec/key-publication.md, sections
// 1 and 2). Pure. What they say is not known to be true: it is held against the tessera's MANIFEST.
#pragma once

#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/secret.hpp"
#include "preserve/sealing/content_key.hpp"
#include "preserve/sealing/witnesses.hpp"

namespace tesseras::release {

using base::Result;

struct KeyPublication {
  base::ContentHash content_hash;
  sealing::ContentKey key;
};

struct PartText {
  base::ContentHash content_hash;
  sealing::KeyPart part;
};

// In memory that is zeroised: before its date, each is a secret.
crypto::SecretBuffer encode(const KeyPublication& publication);
crypto::SecretBuffer encode(const PartText& part);

// As it may come through the mail: with carriage returns, and with spaces and empty lines at the
// end.
//   invalid      it is none, or has been changed in a way that can be seen
//   unsupported  it is one of a later version
Result<KeyPublication> decode_publication(std::string_view text);
Result<PartText> decode_part(std::string_view text);

}  // namespace tesseras::release
