// A share as text, to be printed, and typed or scanned again (spec/heir-share.md, section 2). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "preserve/heirs/share.hpp"

namespace tesseras::heirs {

crypto::SecretBuffer encode_text(const Share& share);

// A share, and what a person should know of the text that it was in: headers that say something
// else than the share does. It is whole nevertheless.
struct Reading {
  Share share;
  std::vector<std::string> remarks;
};

// corrupt: there is no share in it, or two that differ, or one that is damaged; the message names
// the lines that differ from their checks. unsupported: a newer release wrote it.
Result<Reading> decode_text(std::string_view text);

// Of either form, whichever it is. Errors as those of decode() and decode_text().
Result<Reading> decode_any(base::ByteSpan bytes);

// Whether these bytes, a whole file, are or hold a share, damaged or not: nothing that may be
// published. A text that only tells of shares holds none.
bool looks_like_share(base::ByteSpan bytes);

}  // namespace tesseras::heirs
