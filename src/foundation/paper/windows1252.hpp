// The letters that every PDF reader and printer brings along: Windows-1252, which is ISO 8859-1
// with quotation marks, dashes and the euro sign (whatwg.org, "Encoding", index windows-1252).
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.hpp"

namespace tesseras::paper {

// UTF-8 to one byte a letter. invalid: it is no UTF-8, or has a letter or control character that is
// not among them; the message says which, and the caller writes it in another way.
base::Result<std::string> to_windows1252(std::string_view text);

}  // namespace tesseras::paper
