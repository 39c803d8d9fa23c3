// What a file is, told by its bytes and not by its name. The extension decides only where bytes
// cannot: .md or .txt, which maker's raw a TIFF is, and whether plain text is source code.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::media {

struct Sniffed {
  tessera::MediaFormat format = tessera::MediaFormat::other;
  // Why it is `other`, for the report: "not a known format", "text, but not UTF-8: convert it …".
  std::string note;
};

// The lower-case extension without its dot: "jpg" of "a/B.JPG"; empty when there is none
// (".profile" has none).
std::string extension_of(std::string_view relative);

// Pure. `head` is the beginning of the file, at most Limits::head_bytes; `size_bytes` the whole.
// Text is told by `head` alone here, a character cut off at the end of `head` included.
//
// Zero bytes are the empty text, whatever the name: nothing contradicts it and nothing is lost.
// Text is well-formed UTF-8 without NUL. Named .txt, .text, .md or .markdown it is one; under any
// other name (diary.log, notes.2019, list.csv, a wrong .jpg) it is one when it also has no control
// characters that writing programs do not use, and is not for machines: markup, a script, RTF or
// PostScript by its first characters, or source code, markup or settings by its name (.py, .json,
// .html). Those are `other`: they mean more than a text/plain could keep.
// A .txt in another encoding is `other`, with a hint to convert it: to call it text/plain in
// UTF-8 would be false.
Sniffed sniff_head(base::ByteSpan head, std::uint64_t size_bytes, std::string_view relative);

// As sniff_head, and what it left open settled from the file: a text is read through, and MP4,
// MOV and M4A are told apart by their tracks. Errors are those of File::read_at.
base::Result<Sniffed> sniff(runtime::File& file, std::uint64_t size_bytes,
                            std::string_view relative);

}  // namespace tesseras::media
