#include "preserve/custody/utf8_names.hpp"

#include <locale.h>

namespace tesseras::custody {
namespace {

// Made once and kept: making one reads files, and an archive may have a million names.
::locale_t utf8() {
  static const ::locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return made;
}

}  // namespace

// uselocale takes null, where the system has no such locale, for a question.
Utf8Names::Utf8Names() : before_(::uselocale(utf8())) {}

Utf8Names::~Utf8Names() { ::uselocale(static_cast<::locale_t>(before_)); }

}  // namespace tesseras::custody
