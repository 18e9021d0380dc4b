#pragma once

#include <functional>
#include <string>

#include "cache/base/result.h"
#include "proxy/oci/percent.h"

namespace CLI {
class App;
}

namespace longshore::cli {

// Where the admin listener is, and how to print what it says.
struct AdminOptions {
  std::string config_file;  // admin_listen and admin_token_file from here
  std::string address;      // "127.0.0.1:5001"; before config_file
  std::string token_file;   // before config_file's
  bool json = false;        // print the answers as they come
};
void AddWhere(CLI::App& app, AdminOptions& options);  // config_file and address only
void AddAdminOptions(CLI::App& app, AdminOptions& options);

// Asks the admin API of a running Longshore. Blocks. Every error says what to do next.
class AdminClient {
 public:
  // kInvalid: the configuration, the address or the token file cannot be used.
  [[nodiscard]] static Result<AdminClient> Open(const AdminOptions& options);

  // `endpoint` is below /api/v1/. The body of the answer, a JSON text; or the error it tells.
  [[nodiscard]] Result<std::string> Get(const std::string& endpoint, const QueryPairs& query) const;
  [[nodiscard]] Result<std::string> Post(const std::string& endpoint,
                                         const QueryPairs& query) const;

  const std::string& address() const { return address_; }  // HOST:PORT

 private:
  AdminClient(std::string address, std::string token)
      : address_(std::move(address)), token_(std::move(token)) {}
  Result<std::string> Ask(const std::string& method, const std::string& endpoint,
                          const QueryPairs& query) const;

  std::string address_;
  std::string token_;
};

// Opens the client, does `work` with it, prints the error if there is one. The exit status.
int WithAdmin(const AdminOptions& options,
              const std::function<Result<int>(const AdminClient& client)>& work);
int PrintError(const Error& error);

}  // namespace longshore::cli
