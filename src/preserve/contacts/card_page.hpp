// A contact's card on paper: a QR code, and what whoever gets it has to do.
#pragma once

#include <string_view>

#include "foundation/paper/language.hpp"
#include "preserve/contacts/card.hpp"

namespace tesseras::contacts {

// A page of A4, as a PDF: the code at `medium`, its modules 0.9 mm large, and the fingerprint of
// `card`, whose text `card_text` is. Nothing in it is secret. Errors: none for a text that
// encode() made; else those of paper::QrCode and paper::Pages.
Result<base::Bytes> card_page(const Card& card, std::string_view card_text,
                              paper::Language language);

}  // namespace tesseras::contacts
