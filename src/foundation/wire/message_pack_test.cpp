#include "foundation/wire/message_pack.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "foundation/base/strong_id.hpp"

namespace tesseras::wire {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::Result;

// How the messages of other libraries look: a struct, what it writes, what it reads.
struct ExampleNodeTag;
using ExampleNodeKey = base::StrongId<ExampleNodeTag, 32>;

struct Address {
  std::array<std::byte, 4> host{};
  std::uint16_t port = 0;

  bool operator==(const Address&) const = default;
};

struct NodeInfo {
  ExampleNodeKey key;
  std::uint64_t nonce = 0;
  std::uint64_t capabilities = 0;
  std::vector<Address> addresses;  // at most 8
  std::string name;                // may be empty, and then is not there

  bool operator==(const NodeInfo&) const = default;
};

void write(MapWriter& map, const Address& address) {
  map.bytes("host", address.host);
  map.number("port", address.port);
}

Result<Address> read_address(Value value) {
  const MapView map = TRY(value.map());
  Address address;
  std::ranges::copy(TRY(map.bytes_exactly("host", 4)), address.host.begin());
  address.port = TRY(map.number_to<std::uint16_t>("port"));
  return address;
}

Result<Bytes> encode(const NodeInfo& info) {
  return pack_map([&](MapWriter& map) {
    map.list("addresses", info.addresses, [](ArrayWriter& out, const Address& address) {
      out.map([&](MapWriter& fields) { write(fields, address); });
    });
    map.number("capabilities", info.capabilities);
    map.bytes("key", info.key.bytes);
    if (!info.name.empty()) map.text("name", info.name);
    map.number("nonce", info.nonce);
  });
}

Result<NodeInfo> decode_node_info(ByteSpan bytes) {
  const MapView map = TRY(unpack_map(bytes));
  NodeInfo info;
  info.addresses = TRY(map.list("addresses", 8, read_address));
  info.capabilities = TRY(map.number("capabilities"));
  info.key = TRY(map.id<ExampleNodeKey>("key"));
  if (map.has("name")) info.name = TRY(map.text("name", 64));
  info.nonce = TRY(map.number("nonce"));
  return info;
}

NodeInfo example() {
  NodeInfo info;
  info.key.bytes.fill(std::byte{7});
  info.nonce = 300;
  info.capabilities = 0x1ff;
  info.addresses = {{{std::byte{127}, {}, {}, std::byte{1}}, 4433},
                    {{std::byte{10}, {}, {}, {}}, 1}};
  info.name = "casa";
  return info;
}

Bytes from_hex(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  Bytes bytes(digits.size() / 2);
  EXPECT_TRUE(base::from_hex(digits, bytes)) << hex;
  return bytes;
}

std::string refused(std::string_view hex) {
  const Bytes bytes = from_hex(hex);
  const auto value = unpack(bytes);
  if (value) return "taken";
  EXPECT_EQ(value.error().code, Code::corrupt);
  return value.error().message;
}

TEST(MessagePack, AStructGoesOutAndComesBack) {
  const Bytes bytes = encode(example()).value();
  EXPECT_EQ(decode_node_info(bytes).value(), example());
  NodeInfo bare;
  EXPECT_EQ(decode_node_info(encode(bare).value()).value(), bare);
  EXPECT_EQ(base::to_hex(encode(bare).value()),
            "84"
            "a9616464726573736573"
            "90"
            "ac6361706162696c6974696573"
            "00"
            "a36b6579"
            "c420" +
                std::string(64, '0') +
                "a56e6f6e6365"
                "00");
}

TEST(MessagePack, AStructThatIsNotAsItMustBe) {
  const auto message = [](const Bytes& bytes) {
    const auto info = decode_node_info(bytes);
    return info ? "taken" : info.error().message;
  };
  const auto packed = [](auto fill) { return pack_map(fill).value(); };
  NodeInfo nine = example();
  nine.addresses.resize(9);
  EXPECT_EQ(message(encode(nine).value()),
            "addresses: at byte 11: an array of 9, and at most 8 are allowed");
  EXPECT_EQ(message(packed([](MapWriter& map) { map.number("nonce", 1); })),
            "addresses: missing from the map at byte 0");
  EXPECT_EQ(message(packed([](MapWriter& map) { map.text("addresses", "none"); })),
            "addresses: at byte 11: an array belongs here, and this is a text");
  EXPECT_EQ(message(packed([](MapWriter& map) {
              map.array("addresses", [](ArrayWriter& out) {
                out.map([](MapWriter& one) { write(one, Address{}); });
                out.map([](MapWriter& one) {
                  one.bytes("host", Address{}.host);
                  one.number("port", 65536);
                });
              });
            })),
            "addresses: element 1: port: at byte 47: 65536, and at most 65535 is allowed");
  EXPECT_EQ(message(packed([](MapWriter& map) {
              map.array("addresses", [](ArrayWriter&) {});
              map.number("capabilities", 1);
              map.bytes("key", Bytes(31));
            })),
            "key: at byte 30: 31 bytes, and there must be 32");
  EXPECT_EQ(message(pack_array([](ArrayWriter&) {}).value()),
            "at byte 0: a map belongs here, and this is an array");
}

TEST(MessagePack, UnknownFieldsAreIgnored) {
  const Bytes bytes = pack_map([](MapWriter& map) {
                        map.boolean("aa", true);
                        map.array("addresses", [](ArrayWriter&) {});
                        map.map("b", [](MapWriter& inner) {
                          inner.list("list", std::vector<int>(20),
                                     [](ArrayWriter& out, int) { out.bytes(Bytes(300)); });
                        });
                        map.number("capabilities", 1);
                        map.bytes("key", Bytes(32));
                        map.number("nonce", 9);
                        map.text("zone", std::string(300, 'z'));
                      }).value();
  EXPECT_EQ(decode_node_info(bytes).value().nonce, 9U);
}

TEST(MessagePack, ShortestForms) {
  const auto packed = [](auto write) {
    const Bytes bytes = pack_array([&](ArrayWriter& out) { write(out); }).value();
    const auto value = unpack(bytes);
    EXPECT_TRUE(value) << value.error().message;
    return base::to_hex(
        ByteSpan(bytes).subspan(1).first(std::min<std::size_t>(bytes.size() - 1, 9)));
  };
  const auto number = [&](std::uint64_t n) {
    return packed([&](ArrayWriter& out) { out.number(n); });
  };
  EXPECT_EQ(number(0), "00");
  EXPECT_EQ(number(0x7f), "7f");
  EXPECT_EQ(number(0x80), "cc80");
  EXPECT_EQ(number(0xff), "ccff");
  EXPECT_EQ(number(0x100), "cd0100");
  EXPECT_EQ(number(0xffff), "cdffff");
  EXPECT_EQ(number(0x1'0000), "ce00010000");
  EXPECT_EQ(number(0xffff'ffff), "ceffffffff");
  EXPECT_EQ(number(0x1'0000'0000), "cf0000000100000000");
  EXPECT_EQ(number(std::numeric_limits<std::uint64_t>::max()), "cfffffffffffffffff");
  const auto text = [&](std::size_t size) {
    return packed([&](ArrayWriter& out) { out.text(std::string(size, 'a')); }).substr(0, 8);
  };
  EXPECT_EQ(text(0), "a0");
  EXPECT_EQ(text(31), "bf616161");
  EXPECT_EQ(text(32), "d9206161");
  EXPECT_EQ(text(255), "d9ff6161");
  EXPECT_EQ(text(256), "da010061");
  const auto bytes = [&](std::size_t size) {
    return packed([&](ArrayWriter& out) { out.bytes(Bytes(size)); }).substr(0, 8);
  };
  EXPECT_EQ(bytes(0), "c400");
  EXPECT_EQ(bytes(255), "c4ff0000");
  EXPECT_EQ(bytes(256), "c5010000");
  const auto array = [&](std::size_t count) {
    return packed([&](ArrayWriter& out) {
             out.array([&](ArrayWriter& inner) {
               for (std::size_t i = 0; i < count; ++i) inner.number(1);
             });
             out.boolean(true);
           })
        .substr(0, 8);
  };
  EXPECT_EQ(array(0), "90c3");
  EXPECT_EQ(array(15), "9f010101");
  EXPECT_EQ(array(16), "dc001001");
  EXPECT_EQ(packed([](ArrayWriter& out) { out.map([](MapWriter&) {}); }), "80");
  EXPECT_EQ(packed([](ArrayWriter& out) {
              out.map([](MapWriter& map) {
                for (char c = 'a'; c < 'a' + 16; ++c) map.boolean(std::string(1, c), false);
              });
            }),
            "de0010a161c2a162c2");
}

TEST(MessagePack, LongerFormsAreRefused) {
  for (const std::string_view hex :
       {"cc00", "cc7f", "cd0000", "cd00ff", "ce00000000", "ce0000ffff", "cf0000000000000000",
        "cf00000000ffffffff", "d900", "d9016f", "da00016f", "c5000100", "dc0000", "dc000100",
        "de0000", "de0001a16100"}) {
    EXPECT_TRUE(refused(hex).ends_with("is written in more bytes than it needs")) << hex;
  }
  EXPECT_TRUE(refused("81 d90161 00").ends_with("is written in more bytes than it needs"));
}

TEST(MessagePack, OtherKindsAreRefused) {
  // nil, never used, 32-bit lengths, extensions, floats, negative numbers.
  for (const std::string_view hex : {"c0",
                                     "c1",
                                     "c60000000000",
                                     "c7010000",
                                     "c800010000",
                                     "c9000000010000",
                                     "ca00000000",
                                     "cb0000000000000000",
                                     "d0ff",
                                     "d08f",
                                     "d1ffff",
                                     "d2ffffffff",
                                     "d3ffffffffffffffff",
                                     "d40000",
                                     "d5000000",
                                     "d80000000000000000000000000000000000",
                                     "db0000000000",
                                     "dd00000000",
                                     "df00000000",
                                     "e0",
                                     "ff",
                                     "d000",
                                     "d10000"}) {
    EXPECT_TRUE(refused(hex).ends_with("begins no value that is in use")) << hex;
  }
  EXPECT_EQ(refused("92 01 c0"), "at byte 2: 0xc0 begins no value that is in use");
}

TEST(MessagePack, NothingIsMissingAndNothingIsTooMuch) {
  EXPECT_EQ(refused(""), "at byte 0: 1 bytes belong here, and only 0 are left");
  for (const std::string_view hex :
       {"cc", "cd01", "ce010203", "cf01020304050607", "a161 62", "0000", "a2 61", "c4", "c401",
        "c5ffff00", "d9", "da01", "dc", "dc00", "de", "9101 01", "80 00", "c3c3"}) {
    EXPECT_NE(refused(hex), "taken") << hex;
  }
  EXPECT_EQ(refused("01 02"), "at byte 1: 1 bytes too many");
}

TEST(MessagePack, CountsAreBelievedOnlyWhenTheyCanBe) {
  EXPECT_EQ(refused("dcffff 010203"), "at byte 0: 65535 elements do not fit in the 3 bytes left");
  EXPECT_EQ(refused("94 010203"), "at byte 0: 4 elements do not fit in the 3 bytes left");
  EXPECT_EQ(refused("82 a16101 a162"), "at byte 0: 2 elements do not fit in the 5 bytes left");
  EXPECT_EQ(refused("91 deffff a16101"),
            "at byte 1: 65535 elements do not fit in the 3 bytes left");
}

TEST(MessagePack, DepthIsBounded) {
  EXPECT_EQ(refused("91919191 91919190"), "taken");
  EXPECT_EQ(refused("91919191 9191919190"), "at byte 8: deeper than 8");
  EXPECT_EQ(refused("91919191 9191919180"), "at byte 8: deeper than 8");
  EXPECT_EQ(refused("81a16181a16181a16181a16181a16181a16181a16181a16190"),
            "at byte 24: deeper than 8");
  EXPECT_NE(refused(std::string(2 * 60'000, '9')), "taken");
}

TEST(MessagePack, ValuesAreCounted) {
  Bytes most(3 + Limits::values_max - 1);
  most[0] = std::byte{0xdc};
  most[1] = static_cast<std::byte>((Limits::values_max - 1) >> 8U);
  most[2] = static_cast<std::byte>((Limits::values_max - 1) & 0xffU);
  EXPECT_TRUE(unpack(most));
  most.push_back(std::byte{0});
  most[1] = static_cast<std::byte>(Limits::values_max >> 8U);
  most[2] = static_cast<std::byte>(Limits::values_max & 0xffU);
  EXPECT_EQ(unpack(most).error().message, "at byte 8194: more than 8192 values");
}

TEST(MessagePack, SizeIsBounded) {
  const auto of = [](std::size_t size) {
    Bytes bytes(size);
    bytes[0] = std::byte{0xc5};
    bytes[1] = static_cast<std::byte>(((size - 3) >> 8U) & 0xffU);
    bytes[2] = static_cast<std::byte>((size - 3) & 0xffU);
    return bytes;
  };
  EXPECT_TRUE(unpack(of(Limits::message_bytes_max)));
  EXPECT_EQ(unpack(of(Limits::message_bytes_max + 1)).error().code, Code::exhausted);
  EXPECT_TRUE(unpack(of(1000), 1000));
  EXPECT_EQ(unpack(of(1001), 1000).error().message, "1001 bytes, and a message has at most 1000");
}

TEST(MessagePack, KeysAscendAndAreNames) {
  EXPECT_EQ(refused("82 a16100 a16200"), "taken");
  EXPECT_EQ(refused("82 a16100 a26161 00"), "taken");
  EXPECT_EQ(refused("82 a16100 a16100"), "at byte 4: 'a' may not follow 'a'");
  EXPECT_EQ(refused("82 a16200 a16100"), "at byte 4: 'a' may not follow 'b'");
  EXPECT_EQ(refused("82 a26161 00 a16100"), "at byte 5: 'a' may not follow 'aa'");
  EXPECT_EQ(refused("81 a000 00"), "at byte 1: '' is no key");
  EXPECT_EQ(refused("81 a141 00"), "at byte 1: 'A' is no key");
  EXPECT_EQ(refused("81 a20a61 00"), "at byte 1: '\\na' is no key");
  EXPECT_EQ(refused("81 a16100 00"), "at byte 4: 1 bytes too many");
  EXPECT_EQ(refused("81 0100 00"), "at byte 1: not the key of a map");
  EXPECT_EQ(refused("81 c40161 00"), "at byte 1: not the key of a map");
  EXPECT_EQ(refused("81 90 0000"), "at byte 1: not the key of a map");
  EXPECT_EQ(refused("81 d920" + base::to_hex(base::as_bytes(std::string(32, 'a'))) + "00"),
            "at byte 1: not the key of a map");
  EXPECT_EQ(refused("81 bf" + base::to_hex(base::as_bytes(std::string(31, 'a'))) + "00"), "taken");
}

TEST(MessagePack, TextsAreUtf8) {
  EXPECT_EQ(refused("a3e282ac"), "taken");
  EXPECT_EQ(refused("91 a1ff"), "at byte 1: a text that is not UTF-8");
  EXPECT_EQ(refused("a2c080"), "at byte 0: a text that is not UTF-8");
  EXPECT_EQ(refused("a3eda080"), "at byte 0: a text that is not UTF-8");
  EXPECT_EQ(refused("a2e282"), "at byte 0: a text that is not UTF-8");
}

TEST(MessagePack, AccessorsRefuseOtherTypesAndMore) {
  const Bytes bytes = from_hex("97 c3 07 a3616263 c40401020304 920102 80 cd0100");
  const ArrayView all = unpack(bytes).value().array(7).value();
  EXPECT_EQ(unpack(bytes).value().array(6).error().message,
            "at byte 0: an array of 7, and at most 6 are allowed");
  const auto at = [&](std::size_t index) { return all.at(index).value(); };
  EXPECT_EQ(all.at(7).error().code, Code::corrupt);
  EXPECT_TRUE(at(0).boolean().value());
  EXPECT_EQ(at(1).number().value(), 7U);
  EXPECT_EQ(at(2).text(3).value(), "abc");
  EXPECT_EQ(at(3).bytes(4).value().size(), 4U);
  EXPECT_EQ(at(4).array(2).value().count(), 2U);
  EXPECT_FALSE(at(5).map().value().has("a"));
  EXPECT_EQ(at(6).number_to<std::uint16_t>().value(), 256);

  EXPECT_FALSE(at(1).boolean());
  EXPECT_FALSE(at(0).number());
  EXPECT_FALSE(at(3).text(9));
  EXPECT_FALSE(at(2).bytes(9));
  EXPECT_FALSE(at(5).array(9));
  EXPECT_FALSE(at(4).map());
  EXPECT_FALSE(at(1).number(6));
  EXPECT_FALSE(at(6).number_to<std::uint8_t>());
  EXPECT_EQ(at(2).text(2).error().message,
            "at byte 3: a text of 3 bytes, and at most 2 are allowed");
  EXPECT_FALSE(at(3).bytes(3));
  EXPECT_FALSE(at(3).bytes_exactly(3));
  EXPECT_FALSE(at(3).bytes_exactly(5));
  EXPECT_FALSE(at(4).array(1));
  EXPECT_FALSE(at(3).id<base::BlobId>());
  EXPECT_EQ(base::to_hex(at(4).encoded()), "920102");
  EXPECT_EQ(base::to_hex(at(2).encoded()), "a3616263");
  EXPECT_EQ(at(4).type(), Type::array);
}

// The loop that messages are read with: what TRY hands out lives as long as the loop.
Result<std::uint64_t> sum_of(MapView map) {
  std::uint64_t sum = 0;
  for (const Value element : TRY(map.array("numbers", 3))) sum += TRY(element.number());
  for (const auto [key, value] : TRY(map.map("others"))) sum += key.size() * TRY(value.number());
  return sum;
}

TEST(MessagePack, LoopsGoOverElementsAndFields) {
  const auto sum = [](std::vector<std::uint64_t> numbers) {
    const Bytes bytes = pack_map([&](MapWriter& map) {
                          map.list("numbers", numbers,
                                   [](ArrayWriter& out, std::uint64_t one) { out.number(one); });
                          map.map("others", [](MapWriter& others) {
                            others.number("a", 5);
                            others.number("bb", 7);
                          });
                        }).value();
    return sum_of(unpack_map(bytes).value());
  };
  EXPECT_EQ(sum({}).value(), 19U);
  EXPECT_EQ(sum({100, 200, 300}).value(), 619U);
  EXPECT_FALSE(sum({1, 2, 3, 4}));
}

TEST(MessagePack, FieldsAreFoundWhereverTheyStand) {
  const Bytes bytes = pack_map([](MapWriter& map) {
                        map.map("a", [](MapWriter& inner) { inner.number("z", 1); });
                        map.boolean("b", true);
                        map.text("c", "three");
                        map.bytes("d", Bytes(5));
                      }).value();
  const MapView map = unpack_map(bytes).value();
  EXPECT_EQ(map.bytes("d", 5).value().size(), 5U);
  EXPECT_EQ(map.map("a").value().number("z").value(), 1U);
  EXPECT_TRUE(map.boolean("b").value());
  EXPECT_EQ(map.text("c", 5).value(), "three");
  EXPECT_FALSE(map.has("z"));
  EXPECT_FALSE(map.has("aa"));
  EXPECT_FALSE(map.has(""));
  EXPECT_EQ(map.number("d").error().message,
            "d: at byte 20: a number belongs here, and this is bytes");
  EXPECT_FALSE(map.text("c", 4));
  EXPECT_FALSE(map.map("b"));
  EXPECT_FALSE(map.boolean("e"));
}

TEST(MessagePack, AWriterRefusesWhatAReaderWould) {
  const auto not_utf8 = pack_map([](MapWriter& map) {
    map.text("a", "\xff");
    map.number("b", 1);
  });
  EXPECT_EQ(not_utf8.error().code, Code::invalid);
  // The first refusal is the one that is told.
  const auto both = pack_map([](MapWriter& map) {
    map.text("a", "\xff");
    map.bytes("b", Bytes(Limits::message_bytes_max));
  });
  EXPECT_EQ(both.error().code, Code::invalid);
  const auto fill = [](std::size_t size) {
    return [size](ArrayWriter& out) { out.bytes(Bytes(size)); };
  };
  EXPECT_EQ(pack_array(fill(Limits::message_bytes_max - 4)).value().size(),
            Limits::message_bytes_max);
  EXPECT_EQ(pack_array(fill(Limits::message_bytes_max - 3)).error().code, Code::exhausted);
  EXPECT_EQ(pack_array(fill(100), 103).value().size(), 103U);
  EXPECT_EQ(pack_array(fill(100), 102).error().message, "the message has more than 102 bytes");
  EXPECT_FALSE(pack_array(fill(Limits::message_bytes_max * 2)));
  const auto numbers = [](std::size_t count) {
    return [count](ArrayWriter& out) {
      for (std::size_t i = 0; i < count; ++i) out.number(1);
    };
  };
  EXPECT_TRUE(unpack(pack_array(numbers(Limits::values_max - 1)).value()));
  EXPECT_EQ(pack_array(numbers(Limits::values_max)).error().message,
            "the message has more than 8192 values");
  // A head that grows when the array is closed has to find room as well.
  EXPECT_TRUE(pack_array(numbers(16), 19));
  EXPECT_FALSE(pack_array(numbers(16), 18));
  EXPECT_FALSE(pack_array(numbers(16), 17));
}

TEST(MessagePackDeathTest, MistakesOfOursEndTheProgram) {
  const auto writing = [](auto fill) { (void)pack_map(fill); };
  EXPECT_DEATH(writing([](MapWriter& map) {
                 map.number("b", 1);
                 map.number("a", 1);
               }),
               "last_key");
  EXPECT_DEATH(writing([](MapWriter& map) {
                 map.number("a", 1);
                 map.number("a", 1);
               }),
               "last_key");
  EXPECT_DEATH(writing([](MapWriter& map) { map.number("Key", 1); }), "is_key");
  EXPECT_DEATH(
      writing([](MapWriter& map) { map.map("a", [&](MapWriter&) { map.number("b", 1); }); }),
      "depth");
}

}  // namespace
}  // namespace tesseras::wire
