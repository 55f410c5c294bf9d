// operator/gate/session.h: one connection of a listener. Private to this folder.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <string>

#include "operator/gate/certificates.h"
#include "operator/gate/rates.h"
#include "operator/gate/server.h"

namespace gate {

/// What the connections of one listener share; all of them run on its one thread.
struct Listening {
  Handler handler = {};
  Limits limits = {};
  OnAnswer on_answer = {};
  Rates requests = {limits.each_client, limits.all};
  std::size_t open = 0;
  std::map<std::string, std::size_t> open_by_client = {};
};

/// Counts a connection for as long as it lives.
class Place {
 public:
  Place(Listening& listening, std::string client);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  Listening& listening() const { return listening_; }
  const std::string& client() const { return client_; }

 private:
  Listening& listening_;
  const std::string client_;
};

/// Serves the connection until either side ends it; keeps itself alive. `tls`: null for plain HTTP.
void start_session(boost::asio::ip::tcp::socket, std::unique_ptr<Place>,
                   std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace gate
