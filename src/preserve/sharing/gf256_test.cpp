#include "preserve/sharing/gf256.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tesseras::sharing {
namespace {

Element element(unsigned value) { return static_cast<Element>(value); }

// The definition: polynomials over GF(2), and what is left of their product.
Element by_definition(unsigned a, unsigned b) {
  unsigned product = 0;
  for (unsigned bit = 0; bit < 8; ++bit) {
    if (((b >> bit) & 1U) != 0) product ^= a << bit;
  }
  for (unsigned bit = 15; bit >= 8; --bit) {
    if (((product >> bit) & 1U) != 0) product ^= 0x11bU << (bit - 8);
  }
  return element(product);
}

TEST(Gf256, MultipliesAsDefined) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      ASSERT_EQ(multiply(element(a), element(b)), by_definition(a, b)) << a << " × " << b;
    }
  }
}

TEST(Gf256, HasTheExamplesOfFips197) {
  EXPECT_EQ(multiply(0x57, 0x83), 0xc1);  // section 4.2
  EXPECT_EQ(multiply(0x57, 0x13), 0xfe);  // section 4.2.1
  EXPECT_EQ(inverse(0x53), 0xca);
}

TEST(Gf256, IsAField) {
  for (unsigned a = 0; a < 256; ++a) {
    const Element x = element(a);
    EXPECT_EQ(multiply(x, 1), x);
    EXPECT_EQ(multiply(x, 0), 0);
    EXPECT_EQ(multiply(x, inverse(x)), a == 0 ? 0 : 1) << a;
    for (unsigned b = 0; b < 256; ++b) {
      const Element y = element(b);
      ASSERT_EQ(multiply(x, y), multiply(y, x));
      for (unsigned c = 0; c < 256; ++c) {
        const Element z = element(c);
        ASSERT_EQ(multiply(multiply(x, y), z), multiply(x, multiply(y, z)));
        ASSERT_EQ(multiply(x, y ^ z), multiply(x, y) ^ multiply(x, z));
      }
    }
  }
}

TEST(Gf256, IsMadeOfThePowersOfThree) {
  std::set<Element> powers;
  Element power = 1;
  for (int i = 0; i < 255; ++i) {
    powers.insert(power);
    power = multiply(power, 3);
  }
  EXPECT_EQ(power, 1);
  EXPECT_EQ(powers.size(), 255U);
  EXPECT_FALSE(powers.contains(0));
}

}  // namespace
}  // namespace tesseras::sharing
