// tests/support/port.h: TCP ports for servers that tests start.
#pragma once

namespace support {

/// A TCP port of 127.0.0.1 on which nobody listens. Below the kernel's ephemeral ports, so that no connection takes it
/// before the server does, and given to no other test process while this one lives.
int free_port();

}  // namespace support
