#pragma once

#include <string>
#include <string_view>

#include "proxy/admin/admin_api.h"
#include "proxy/admin/admin_guard.h"
#include "proxy/admin/admin_services.h"
#include "proxy/http/exchange.h"

namespace longshore {

// The admin listener. Open to whoever reaches it: /metrics (Prometheus text), /healthz (the process
// runs), /readyz (it takes requests). Behind AdminGuard: the status page at / and the API at
// /api/v1/. Lives on one loop; what takes time is put together in the pool.
//
// /readyz is 200 as long as requests are answered, in trouble with the disk, too: what cannot be
// stored is relayed, and clients sent away would only pull across the long way. Its body then says
// "ready, degraded: " and what is wrong.
class AdminHandler final : public HttpHandler {
 public:
  explicit AdminHandler(const AdminServices& services)
      : services_(services), guard_(MakeGuard(*services.config.Get())), api_(services_) {}

  void Handle(const ExchangePtr& exchange) override;

 private:
  static AdminGuard MakeGuard(const Config& config);
  void RespondReady(Exchange& exchange) const;
  bool HandleOpen(const ExchangePtr& exchange, std::string_view path);
  void HandleGuarded(const ExchangePtr& exchange, std::string_view path);
  void Scrape(const ExchangePtr& exchange);

  const AdminServices services_;
  const AdminGuard guard_;
  AdminApi api_;
};

}  // namespace longshore
