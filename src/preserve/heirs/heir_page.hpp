// A share on paper: a sheet that an heir understands without having heard of us. Pure.
#pragma once

#include "foundation/paper/language.hpp"
#include "preserve/heirs/share.hpp"

namespace tesseras::heirs {

// A PDF, A4: in front what the sheet is, what to do with it, and a QR code; behind it the same in
// letters, how to do without this program, and the code once or twice more, of which any one is
// enough (spec/heir-share.md, section 5). Of a set of up to three shares, both sides of one sheet.
// The same share makes the same bytes. exhausted: the set has more than 22 shares, whose hashes no
// code holds; print the text form.
Result<crypto::SecretBuffer> heir_page(const Share& share, paper::Language language);

// Of a file's first heir_page_head_bytes, or all of it: a page of ours, which must not be
// published.
inline constexpr std::size_t heir_page_head_bytes = 4096;
bool looks_like_heir_page(base::ByteSpan head);

}  // namespace tesseras::heirs
