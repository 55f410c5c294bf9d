// tests/operator/gate/raw_client.h: a TCP client that sends what no decent one would.
#pragma once
#include <string>

/// Connected to 127.0.0.1:port; throws std::runtime_error otherwise.
class RawClient {
 public:
  explicit RawClient(int port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False: the other side is gone.
  bool send(const std::string& text);
  /// Nothing more will be sent.
  void end();
  /// All that comes until the other side closes; throws when it doesn't within 60 s.
  std::string read_to_end();
  /// Reads on until `text` has come; false: closed before.
  bool read_until(const std::string& text);

 private:
  std::string read_some();
  int socket_ = -1;
  std::string received_ = {};
};
