#pragma once

#include <string_view>
#include <vector>

#include "proxy/admin/admin_services.h"
#include "proxy/admin/admin_tasks.h"
#include "proxy/http/exchange.h"
#include "proxy/oci/percent.h"

namespace longshore {

// The admin API, /api/v1/: what an operator asks of a running Longshore and tells it to do. Lives
// on the admin listener's loop; what blocks runs in the pool. Requests have no body: parameters are
// in the query. Who may ask is AdminGuard's question, asked before.
class AdminApi {
 public:
  struct Parameter {
    enum class Kind { kText, kFlag, kCount };  // kFlag: true or false; kCount: 1 to `most`
    std::string_view name;
    std::string_view meaning;
    Kind kind = Kind::kText;
    int most = 0;
    bool required = false;
  };
  struct Endpoint {
    std::string_view method;  // POST changes something
    std::string_view path;
    std::string_view summary;
    std::vector<Parameter> parameters;
    std::string_view answer;  // its schema's name in AdminSchemas()
    void (AdminApi::*handle)(const ExchangePtr& exchange, const QueryPairs& query);
  };
  // All there is; the OpenAPI description is made from this.
  static const std::vector<Endpoint>& Endpoints();

  static constexpr int kMostRows = 1'000;  // of one page
  static constexpr int kMostTaskId = 1'000'000'000;
  static constexpr size_t kMostPurged = 1'000;  // tags, by one request

  explicit AdminApi(const AdminServices& services) : services_(services) {}
  AdminApi(const AdminApi&) = delete;
  AdminApi& operator=(const AdminApi&) = delete;

  // `path` begins with /api/. Answers 404 and 405 itself.
  void Handle(const ExchangePtr& exchange, std::string_view path, const QueryPairs& query);
  // The endpoint that answers to this; null if there is none.
  static const Endpoint* Find(std::string_view method, std::string_view path);

 private:
  void Why(const ExchangePtr& exchange, const QueryPairs& query);
  void Stats(const ExchangePtr& exchange, const QueryPairs& query);
  void List(const ExchangePtr& exchange, const QueryPairs& query);
  void Pins(const ExchangePtr& exchange, const QueryPairs& query);
  void Fills(const ExchangePtr& exchange, const QueryPairs& query);
  void Tasks(const ExchangePtr& exchange, const QueryPairs& query);
  void Describe(const ExchangePtr& exchange, const QueryPairs& query);
  void Purge(const ExchangePtr& exchange, const QueryPairs& query);
  void Pin(const ExchangePtr& exchange, const QueryPairs& query);
  void Unpin(const ExchangePtr& exchange, const QueryPairs& query);
  void Warm(const ExchangePtr& exchange, const QueryPairs& query);
  void Verify(const ExchangePtr& exchange, const QueryPairs& query);
  void Drain(const ExchangePtr& exchange, const QueryPairs& query);
  void Reload(const ExchangePtr& exchange, const QueryPairs& query);

  const AdminServices services_;
  AdminTasks tasks_;
};

// OpenAPI 3.1 of AdminApi::Endpoints(), as JSON.
std::string DescribeAdminApi();

}  // namespace longshore
