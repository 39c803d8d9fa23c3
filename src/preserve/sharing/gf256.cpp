#include "preserve/sharing/gf256.hpp"

namespace tesseras::sharing {

Element multiply(Element a, Element b) {
  unsigned product = 0;
  unsigned shifted = a;
  const unsigned bits = b;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= shifted & (0U - ((bits >> bit) & 1U));  // masks, where a branch would tell the bit
    shifted = (shifted << 1U) ^ (0x11bU & (0U - (shifted >> 7U)));
  }
  return static_cast<Element>(product);
}

Element inverse(Element a) {
  // a²⁵⁴, since a²⁵⁵ is 1 for all but 0: 254 is 2 + 4 + … + 128.
  Element square = a;
  Element product = 1;
  for (int i = 0; i < 7; ++i) {
    square = multiply(square, square);
    product = multiply(product, square);
  }
  return product;
}

}  // namespace tesseras::sharing
