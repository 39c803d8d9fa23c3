#include "preserve/custody/utf8_names.hpp"

#include <locale.h>

namespace tesseras::custody {

Utf8Names::Utf8Names()
    : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)),
      before_(::uselocale(static_cast<::locale_t>(utf8_))) {}

Utf8Names::~Utf8Names() {
  ::uselocale(static_cast<::locale_t>(before_));
  if (utf8_ != nullptr) ::freelocale(static_cast<::locale_t>(utf8_));
}

}  // namespace tesseras::custody
