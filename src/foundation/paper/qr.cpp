#include "foundation/paper/qr.hpp"

#include <qrencode.h>

#include <cerrno>
#include <memory>

namespace tesseras::paper {
namespace {

using base::Code;
using base::fail;

QRecLevel level_of(Correction correction) {
  switch (correction) {
    case Correction::low: return QR_ECLEVEL_L;
    case Correction::medium: return QR_ECLEVEL_M;
    case Correction::quartile: return QR_ECLEVEL_Q;
    case Correction::high: return QR_ECLEVEL_H;
  }
  return QR_ECLEVEL_H;
}

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// Of a code with its quiet zone, which has no end here: an odd last row has light ones below.
bool is_light(const QrCode& code, unsigned column, unsigned row) {
  const unsigned quiet = QrCode::quiet_modules;
  const bool is_inside =
      column >= quiet && row >= quiet && column - quiet < code.side() && row - quiet < code.side();
  return !is_inside || !code.is_dark(column - quiet, row - quiet);
}

}  // namespace

QrCode::QrCode(unsigned side, crypto::SecretBuffer modules)
    : side_(side), modules_(std::move(modules)) {}

Result<QrCode> QrCode::of(std::string_view text, Correction correction) {
  if (text.empty()) return fail(Code::invalid, "there is nothing to make a QR code of");
  errno = 0;
  const std::unique_ptr<QRcode, FreeCode> made(QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0,
      level_of(correction)));
  if (made == nullptr) {
    return fail(errno == ERANGE ? Code::exhausted : Code::internal,
                "{} bytes do not fit into a QR code", text.size());
  }
  const auto side = static_cast<unsigned>(made->width);
  const std::size_t count = std::size_t{side} * side;
  crypto::SecretBuffer modules(count);
  const auto bytes = modules.mutable_span();
  for (std::size_t at = 0; at < count; ++at)
    bytes[at] =
        static_cast<std::byte>(made->data[at] & 1U);  // the other bits are the library's own
  crypto::cleanse({reinterpret_cast<std::byte*>(made->data), count});
  return QrCode(side, std::move(modules));
}

bool QrCode::is_dark(unsigned column, unsigned row) const {
  ASSERT(column < side_ && row < side_);
  return modules_.span()[std::size_t{row} * side_ + column] != std::byte{0};
}

std::string to_blocks(const QrCode& code) {
  const unsigned side = code.side() + 2 * QrCode::quiet_modules;
  std::string text;
  for (unsigned row = 0; row < side; row += 2) {
    for (unsigned column = 0; column < side; ++column) {
      const bool upper = is_light(code, column, row);
      const bool lower = is_light(code, column, row + 1);
      text += upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " ");
    }
    text += '\n';
  }
  return text;
}

}  // namespace tesseras::paper
