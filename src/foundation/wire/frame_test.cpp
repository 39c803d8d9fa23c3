#include "foundation/wire/frame.hpp"

#include <gtest/gtest.h>

#include <string>

#include "foundation/wire/message_pack.hpp"

namespace tesseras::wire {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;

Bytes from_hex(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  Bytes bytes(digits.size() / 2);
  EXPECT_TRUE(base::from_hex(digits, bytes)) << hex;
  return bytes;
}

ByteSpan without_header(ByteSpan frame) { return frame.subspan(Limits::frame_header_bytes); }

base::Error refused(std::string_view hex) {
  const Bytes bytes = from_hex(hex);
  const auto envelope = decode_envelope(bytes);
  return envelope ? base::Error{Code::internal, "taken"} : envelope.error();
}

TEST(Frame, ARequestAndItsAnswers) {
  const Bytes body = base::to_bytes("body");
  const Bytes request = encode(Request{{7}, "find_node", body}).value();
  EXPECT_EQ(base::to_hex(request),
            "00000014"
            "95"
            "01"
            "07"
            "00"
            "a966696e645f6e6f6465"
            "c404626f6479");
  const auto decoded = decode_request(without_header(request)).value();
  EXPECT_EQ(decoded.id, RequestId{7});
  EXPECT_EQ(decoded.method, "find_node");
  EXPECT_EQ(base::as_text(decoded.body), "body");

  const Bytes response = encode(Response{{7}, body}).value();
  EXPECT_EQ(base::to_hex(response),
            "0000000a"
            "94"
            "01"
            "07"
            "01"
            "c404626f6479");
  EXPECT_EQ(base::as_text(decode_answer(without_header(response), {7}).value()), "body");

  const Bytes refusal = encode(Refusal{{7}, ErrorCode::unsupported, "no such method"});
  EXPECT_EQ(base::to_hex(refusal),
            "00000014"
            "95"
            "01"
            "07"
            "02"
            "03"
            "ae"
            "6e6f2073756368206d6574686f64");
  const auto answer = decode_answer(without_header(refusal), {7});
  EXPECT_EQ(answer.error(), (base::Error{Code::unsupported, "the peer says: no such method"}));
}

TEST(Frame, AnswersMustBeToTheRequest) {
  const Bytes response = encode(Response{{8}, {}}).value();
  EXPECT_EQ(decode_answer(without_header(response), {7}).error().message,
            "an answer to request 8, where 7 was asked");
  EXPECT_EQ(decode_answer(without_header(response), {9}).error().code, Code::corrupt);
  const Bytes refusal = encode(Refusal{{8}, ErrorCode::overloaded, ""});
  EXPECT_EQ(decode_answer(without_header(refusal), {7}).error().code, Code::corrupt);
  const Bytes request = encode(Request{{7}, "ping", {}}).value();
  EXPECT_EQ(decode_answer(without_header(request), {7}).error().code, Code::corrupt);
  EXPECT_EQ(decode_request(without_header(response)).error().code, Code::corrupt);
  EXPECT_EQ(decode_request(without_header(refusal)).error().code, Code::corrupt);
}

TEST(Frame, BodiesAreBounded) {
  const Bytes most(Limits::body_bytes_max);
  const RequestId id{~std::uint64_t{0}};
  const std::string method(Limits::key_bytes_max, 'm');
  const Bytes request = encode(Request{id, method, most}).value();
  EXPECT_LE(request.size(), Limits::frame_header_bytes + Limits::envelope_bytes_max);
  EXPECT_EQ(decode_request(without_header(request)).value().body.size(), most.size());
  EXPECT_TRUE(encode(Response{id, most}));
  const Bytes more(Limits::body_bytes_max + 1);
  EXPECT_EQ(encode(Request{id, method, more}).error().code, Code::exhausted);
  EXPECT_EQ(encode(Response{id, more}).error().code, Code::exhausted);
  // Nor are they taken, though the envelope would have had room.
  const Bytes envelope = pack_array([&](ArrayWriter& out) {
                           for (const std::uint64_t number : {1U, 7U, 1U}) out.number(number);
                           out.bytes(more);
                         }).value();
  EXPECT_EQ(decode_envelope(envelope).error().code, Code::corrupt);
}

TEST(Frame, EnvelopesThatAreNone) {
  for (const std::string_view hex : {"",
                                     "00",
                                     "80",
                                     "90",
                                     "91 01",
                                     "c401 01",
                                     "95",
                                     "95 01",
                                     "95 01 cd00",
                                     "93 01 07 01",
                                     "93 01 07 09",
                                     "93 a0 07 01 c400",
                                     "94 01 a0 01 c400",
                                     "94 01 07 a0 c400",
                                     "94 01 07 01 a0",
                                     "94 01 07 00 a0",
                                     "95 01 07 00 a0 c400",
                                     "95 01 07 00 a450696e67 c400",
                                     "95 01 07 00 a470696e67 a0",
                                     "95 01 07 00 c40470696e67 c400",
                                     "94 01 07 02 03",
                                     "95 01 07 02 00 a0",
                                     "95 01 07 02 a0 a0",
                                     "95 01 07 02 03 c400",
                                     "95 01 07 02 ce00010000 a0",
                                     "95 01 07 02 03 a1ff",
                                     "94 cc01 07 01 c400",
                                     "94 01 cc07 01 c400",
                                     "94 01 07 01 c400 00",
                                     "95 01 07 01 c400",
                                     "95 01 07 01 c400 c0",
                                     "99 01 07 01 c400 00 00 00 00 00",
                                     "84 a16101 a16201 a16301 a16401"}) {
    EXPECT_EQ(refused(hex).code, Code::corrupt) << hex << ": " << refused(hex).message;
  }
  EXPECT_EQ(refused("95 01 07 02 03 da0101" + std::string(2 * 257, '6')).code, Code::corrupt);
}

TEST(Frame, FurtherElementsAreIgnored) {
  EXPECT_EQ(refused("98 01 07 01 c400 00 a161 81a16100 c3").message, "taken");
  EXPECT_EQ(refused("98 01 07 00 a470696e67 c400 00 90 c3").message, "taken");
}

TEST(Frame, OtherVersionsAndKindsAreUnsupported) {
  // Whatever another version puts behind its id, floats and all, it is another version.
  for (const std::string_view hex :
       {"94 02 07 01 c400", "94 00 07 01 c400", "93 02 07 c0", "92 ccff cf0102030405060708",
        "95 02 07 ca00000000 ff ff", "94 01 07 03 c400", "95 01 07 ccff c400 a0"}) {
    EXPECT_EQ(refused(hex).code, Code::unsupported) << hex << ": " << refused(hex).message;
  }
}

TEST(Frame, ARefusalNamesTheRequestWhereItCan) {
  const base::Error why{Code::unsupported, "no method 'dance'"};
  const Bytes newer = from_hex("93 02 cd0100 c0");
  const auto frame = refusal_of(newer, why);
  ASSERT_TRUE(frame);
  EXPECT_EQ(base::to_hex(*frame),
            base::to_hex(encode(Refusal{{256}, ErrorCode::unsupported, why.message})));
  for (const std::string_view hex :
       {"", "00", "91 01", "91 01 07", "92 01", "92 01 a0", "92 c0 01", "82 01 01"}) {
    EXPECT_FALSE(refusal_of(from_hex(hex), why)) << hex;
  }
}

TEST(Frame, StrangersAreToldOnlyWhatTheySent) {
  const auto told = [](Code code) {
    const Bytes frame = refusal_of(RequestId{1}, base::Error{code, "words"});
    const auto envelope = decode_envelope(without_header(frame)).value();
    const Refusal refusal = std::get<Refusal>(envelope);
    return std::pair(refusal.code, std::string(refusal.reason));
  };
  EXPECT_EQ(told(Code::corrupt), std::pair(ErrorCode::invalid, std::string("words")));
  EXPECT_EQ(told(Code::invalid), std::pair(ErrorCode::invalid, std::string("words")));
  EXPECT_EQ(told(Code::unsupported), std::pair(ErrorCode::unsupported, std::string("words")));
  EXPECT_EQ(told(Code::denied), std::pair(ErrorCode::invalid, std::string()));
  EXPECT_EQ(told(Code::exhausted), std::pair(ErrorCode::too_large, std::string()));
  for (const Code code :
       {Code::io, Code::internal, Code::unavailable, Code::timeout, Code::cancelled}) {
    EXPECT_EQ(told(code), std::pair(ErrorCode::overloaded, std::string()));
  }
}

TEST(Frame, ErrorCodesGoBothWays) {
  EXPECT_EQ(static_cast<int>(ErrorCode::too_large), 1);
  EXPECT_EQ(static_cast<int>(ErrorCode::invalid), 2);
  EXPECT_EQ(static_cast<int>(ErrorCode::unsupported), 3);
  EXPECT_EQ(static_cast<int>(ErrorCode::overloaded), 4);
  for (const ErrorCode code :
       {ErrorCode::too_large, ErrorCode::invalid, ErrorCode::unsupported, ErrorCode::overloaded}) {
    EXPECT_EQ(error_code(code_of(code)), code);
  }
  EXPECT_EQ(code_of(ErrorCode{999}), Code::unsupported);
  EXPECT_EQ(refused("95 01 07 02 cd03e7 a0").message, "taken");
}

TEST(Frame, ReasonsAreCutAndCleaned) {
  const std::string long_reason = std::string(254, 'a') + "€€";
  const auto reason = [](std::string_view words) {
    const Bytes frame = encode(Refusal{{1}, ErrorCode::invalid, words});
    return std::get<Refusal>(decode_envelope(without_header(frame)).value()).to_error().message;
  };
  EXPECT_EQ(reason(long_reason), "the peer says: " + std::string(254, 'a'));
  EXPECT_EQ(reason(std::string(300, 'b')), "the peer says: " + std::string(256, 'b'));
  EXPECT_EQ(reason("a\xff"), "the peer says: a\xef\xbf\xbd");
  EXPECT_EQ(reason("\x1b[2J\n"), "the peer says: \\x1b[2J\\n");
  EXPECT_EQ(reason(""), "the peer refused, with code 2");
}

TEST(FrameReader, TakesBytesInAnyPieces) {
  Bytes stream = encode(Request{{1}, "ping", base::as_bytes("first")}).value();
  const std::size_t first = stream.size();
  const Bytes second = encode(Response{{2}, Bytes(300)}).value();
  stream.insert(stream.end(), second.begin(), second.end());
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameReader reader;
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; at < stream.size();) {
      const ByteSpan given =
          ByteSpan(stream).subspan(at).first(std::min(piece, stream.size() - at));
      const std::size_t taken = reader.take(given).value();
      at += taken;
      if (reader.complete()) {
        EXPECT_TRUE(decode_envelope(reader.envelope()));
        sizes.push_back(Limits::frame_header_bytes + reader.envelope().size());
        EXPECT_EQ(reader.take(given.subspan(taken)).value(), 0U);
        reader.next();
      } else {
        EXPECT_EQ(taken, given.size());
        EXPECT_FALSE(reader.expect_end());
      }
    }
    EXPECT_TRUE(reader.expect_end());
    EXPECT_EQ(sizes, (std::vector{first, second.size()}));
  }
}

TEST(FrameReader, LeavesWhatFollows) {
  Bytes stream = encode(Response{{2}, base::as_bytes("x")}).value();
  const std::size_t frame = stream.size();
  stream.resize(frame + 100'000);
  FrameReader reader;
  EXPECT_EQ(reader.take(stream).value(), frame);
  EXPECT_TRUE(reader.complete());
  EXPECT_EQ(reader.missing(), 0U);
  EXPECT_TRUE(reader.expect_end());
}

TEST(FrameReader, SaysHowMuchIsMissing) {
  FrameReader reader;
  EXPECT_EQ(reader.missing(), 4U);
  ASSERT_TRUE(reader.take(from_hex("0000")));
  EXPECT_EQ(reader.missing(), 2U);
  ASSERT_TRUE(reader.take(from_hex("0105")));
  EXPECT_EQ(reader.missing(), 0x105U);
  ASSERT_TRUE(reader.take(from_hex("aabbcc")));
  EXPECT_EQ(reader.missing(), 0x102U);
}

TEST(FrameReader, LengthsOutOfBounds) {
  const auto begin = [](std::string_view hex) {
    FrameReader reader;
    const Bytes bytes = from_hex(hex);
    const auto taken = reader.take(bytes);
    if (!taken) {
      EXPECT_FALSE(reader.complete());
      EXPECT_EQ(reader.take(bytes).error(), taken.error());
      EXPECT_EQ(reader.take({}).error(), taken.error());
      EXPECT_FALSE(reader.expect_end());
    }
    return taken ? "taken" : std::string(name_of(taken.error().code));
  };
  EXPECT_EQ(begin("00010000"), "taken");
  EXPECT_EQ(begin("00010001"), "exhausted");
  EXPECT_EQ(begin("ffffffff 00"), "exhausted");
  EXPECT_EQ(begin("80000000"), "exhausted");
  EXPECT_EQ(begin("00000000"), "corrupt");
  EXPECT_EQ(begin("00000000 91"), "corrupt");
  EXPECT_EQ(begin("00000001"), "taken");
  EXPECT_EQ(begin("ffffff"), "taken");
}

TEST(FrameReader, AStreamThatEnds) {
  FrameReader reader;
  EXPECT_TRUE(reader.expect_end());
  ASSERT_TRUE(reader.take(from_hex("00")));
  EXPECT_FALSE(reader.expect_end());
  ASSERT_TRUE(reader.take(from_hex("000002 94")));
  EXPECT_EQ(reader.expect_end().error().message,
            "the stream ended within a frame, 5 bytes after its beginning");
  ASSERT_TRUE(reader.take(from_hex("01")));
  EXPECT_TRUE(reader.expect_end());
}

}  // namespace
}  // namespace tesseras::wire
