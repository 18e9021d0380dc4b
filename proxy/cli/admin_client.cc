#include "proxy/cli/admin_client.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "proxy/cli/config_option.h"
#include "proxy/config/config.h"
#include "proxy/upstream/curl_ask.h"

namespace longshore::cli {
namespace {

using Json = nlohmann::json;

// A purge may read the whole index first.
constexpr Duration kPatience{600'000};
constexpr size_t kMostBytes = 64 << 20;

// An address that everything listens on is reached by the loopback one.
Result<std::string> AddressOf(ListenAddress address) {
  if (address.port == 0) {
    return Fail(Code::kInvalid,
                "admin_listen has no fixed port: look into the log for it, and give it with "
                "--admin 127.0.0.1:PORT");
  }
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address.ToString();
}

bool HasPort(std::string_view address) {
  return address.find(':', address.rfind(']') + 1) != std::string_view::npos;
}

Error WithNextStep(const std::string& address, const Error& error) {
  return {error.code, "no answer from the admin listener at " + address + ": " + error.message +
                          ". Is longshore running? --admin ADDRESS or --config FILE says where"};
}

std::string MessageOf(const CurlAnswer& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  if (json.is_object() && json.contains("error")) {
    return json["error"].value("message", std::string());
  }
  std::string text = answer.body.substr(0, answer.body.find('\n'));
  return text.empty() ? "status " + std::to_string(answer.status) : text;
}

}  // namespace

void AddWhere(CLI::App& app, AdminOptions& options) {
  app.add_option("--config", options.config_file, "the server's YAML file, to find it by");
  app.add_option("--admin", options.address, "where its admin listener is [127.0.0.1:5001]");
}

void AddAdminOptions(CLI::App& app, AdminOptions& options) {
  AddWhere(app, options);
  app.add_option("--token-file", options.token_file, "holds the token, where one is needed");
  app.add_flag("--json", options.json, "print JSON");
}

Result<AdminClient> AdminClient::Open(const AdminOptions& options) {
  auto loaded = LoadForCommand(options.config_file);
  if (!loaded) {
    return Fail(Code::kInvalid,
                loaded.error().message + "; --admin ADDRESS needs no configuration");
  }
  const Config& config = *loaded;
  Secret token = config.admin_token;
  if (!options.token_file.empty()) {
    auto read = ReadSecretFile(options.token_file);
    if (!read) return tl::unexpected(read.error());
    token = std::move(*read);
  }
  ListenAddress listen = config.admin_listen;
  if (!options.address.empty()) {
    // Another machine may be meant, by name.
    auto named = ParseHostPort(options.address);
    if (!named) return Fail(Code::kInvalid, "--admin: " + named.error().message);
    if (!HasPort(*named)) {
      return Fail(Code::kInvalid, "--admin: has no port: write it like 127.0.0.1:5001");
    }
    return AdminClient(std::move(*named), token.Reveal());
  }
  auto address = AddressOf(std::move(listen));
  if (!address) return tl::unexpected(address.error());
  return AdminClient(std::move(*address), token.Reveal());
}

Result<std::string> AdminClient::Get(const std::string& endpoint, const QueryPairs& query) const {
  return Ask("GET", endpoint, query);
}

Result<std::string> AdminClient::Post(const std::string& endpoint, const QueryPairs& query) const {
  return Ask("POST", endpoint, query);
}

Result<std::string> AdminClient::Ask(const std::string& method, const std::string& endpoint,
                                     const QueryPairs& query) const {
  CurlQuestion question;
  question.method = method;
  question.url = "http://" + address_ + "/api/v1/" + endpoint;
  if (!query.empty()) question.url += "?" + FormatQuery(query);
  question.headers = {"Accept: application/json", "X-Longshore-Request: 1"};
  if (!token_.empty()) question.headers.push_back("Authorization: Bearer " + token_);
  question.patience = kPatience;
  question.most_bytes = kMostBytes;
  auto answer = CurlAsk(question);
  if (!answer) return tl::unexpected(WithNextStep(address_, answer.error()));
  if (answer->status == 200) return std::move(answer->body);
  const Code code = answer->status == 401   ? Code::kDenied
                    : answer->status == 404 ? Code::kNotFound
                                            : Code::kInvalid;
  return Fail(code, MessageOf(*answer));
}

int PrintError(const Error& error) {
  std::cerr << "longshore: " << error.message << "\n";
  return 1;
}

int WithAdmin(const AdminOptions& options,
              const std::function<Result<int>(const AdminClient& client)>& work) {
  auto client = AdminClient::Open(options);
  if (!client) return PrintError(client.error());
  auto status = work(*client);
  return status ? *status : PrintError(status.error());
}

}  // namespace longshore::cli
