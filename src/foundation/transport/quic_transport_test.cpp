#include "foundation/transport/quic_transport.hpp"

#include <gtest/gtest.h>

#include "foundation/transport/quic_fixture.hpp"
#include "foundation/transport/transport_suite.hpp"

namespace tesseras::transport {

INSTANTIATE_TYPED_TEST_SUITE_P(Quic, TransportSuite, QuicFixture);

}  // namespace tesseras::transport
