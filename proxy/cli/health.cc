// longshore health [--admin ADDRESS | --config FILE]
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "proxy/cli/admin_client.h"
#include "proxy/cli/subcommand.h"
#include "proxy/upstream/curl_ask.h"

namespace longshore::cli {
namespace {

// 0: ready; 1: not, or nobody answers; 2: the address is none.
int AskReady(const AdminOptions& options) {
  const auto client = AdminClient::Open(options);
  if (!client) {
    PrintError(client.error());
    return options.address.empty() ? 1 : 2;
  }
  CurlQuestion question;
  question.url = "http://" + client->address() + "/readyz";
  const auto answer = CurlAsk(question);
  if (!answer) {
    std::cerr << "longshore health: " << question.url << ": " << answer.error().message
              << "; is it running, and is this its admin_listen?\n";
    return 1;
  }
  (answer->status == 200 ? std::cout : std::cerr) << answer->body;
  return answer->status == 200 ? 0 : 1;
}

}  // namespace

Run DeclareHealth(CLI::App& app) {
  auto options = std::make_shared<AdminOptions>();
  AddWhere(app, *options);
  return [options] { return AskReady(*options); };
}

}  // namespace longshore::cli
